"""Writes what the last runs showed into docs/agents.md: `python -m tests.agents.table`."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tests.agents.cells import ACP, CELLS, COLUMNS, KNOWN_GAPS, OTHERS, Gap
from tests.conftest import ROOT

PAGE = ROOT / "docs" / "agents.md"
BEGIN = "<!-- Written by `python -m tests.agents.table`; do not edit. -->"
END = "<!-- Until here. -->"
_DAILY = (
    "Of others the everyday life is shown, not each fault. `acp` is Copilot's program as one that "
    "orch knows by its protocol alone:"
)


@dataclass(frozen=True, slots=True)
class Told:
    """What a run noted of a cell: passed, failed or skipped, and whether CI runs it."""

    row: str
    column: str
    outcome: str
    rarely: bool


Known = Mapping[tuple[str, str], Told]
"""What was noted, by row and column."""


def read_cells() -> list[Told]:
    """Read what the runs on this machine noted."""
    found = (json.loads(path.read_text(encoding="utf-8")) for path in CELLS.glob("*.json"))
    return [Told(one["row"], one["column"], one["outcome"], one["rarely"]) for one in found]


def render(told: Iterable[Told], rows: Iterable[str], gaps: tuple[Gap, ...] = KNOWN_GAPS) -> str:
    """Render the table with its notes, and that of the agents of which less is shown."""
    known = {(one.row, one.column): one for one in told}
    rows = tuple(rows)
    daily = [row for row in rows if any((row, name) in known for name in OTHERS)]
    tables = [
        _table(rows, (*COLUMNS, *ACP), known=known, gaps=gaps),
        [f"{number}. {gap.why}" for number, gap in enumerate(gaps, 1)],
        [_DAILY],
        _table(daily, OTHERS, known=known, gaps=gaps),
    ]
    return "\n\n".join("\n".join(lines) for lines in tables)


def _table(
    rows: Iterable[str], columns: Sequence[str], *, known: Known, gaps: tuple[Gap, ...]
) -> list[str]:
    head = ["", *(name.replace("-", " ") for name in columns)]
    body = [_line([row, *(_cell(row, name, known, gaps) for name in columns)]) for row in rows]
    return [_line(head), _line(["---"] * len(head)), *body]


def _cell(row: str, column: str, known: Known, gaps: tuple[Gap, ...]) -> str:
    for number, gap in enumerate(gaps, 1):
        if row in gap.rows and column in gap.columns:
            return f"no ({number})"
    one = known.get((row, column))
    if one is None or one.outcome == "skipped":
        return "not run"
    return ("works, by hand" if one.rarely else "works") if one.outcome == "passed" else "FAILS"


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Replace the table in the page."""
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    table = render(read_cells(), ROWS)
    PAGE.write_text(f"{before}{BEGIN}\n\n{table}\n\n{END}{after}", encoding="utf-8")


ROWS = (
    "lands",
    "200 steps",
    "daemon killed",
    "agent killed, resumed",
    "question by orch",
    "question by its own tool",
    "permission allowed",
    "permission denied",
    "told at once",
    "told after its turn",
    "broken off and told",
    "leads another",
    "cap reached",
    "judges",
    "429, passing",
    "429, lasting",
    "usage limit",
    "401",
    "unknown model",
    "hang before an answer",
    "hang in mid-stream",
    "drop in mid-stream",
)
"""What happens, in the order in which it is told."""


if __name__ == "__main__":
    main()
