"""The lifecycle as text for people, drawn from the table itself so that it can't be out of date."""

from orch.core.lifecycle import ROWS, SUBMITTED, Row
from orch.core.task import FINAL, Status


def render_lifecycle() -> str:
    """Render the page of the lifecycle: a diagram of the ways, then every row of the table."""
    return "\n".join([*_HEAD, "```mermaid", *_diagram(), "```", "", *_table(), ""])


_HEAD = (
    "# The life of a task",
    "",
    "Generated from the table in `src/orch/core/lifecycle.py` by `make docs`; edit that, not this.",
    "An event that has no row for a status changes nothing and is refused with the reason.",
    "",
)


def _diagram() -> list[str]:
    ways: dict[tuple[str, str], list[str]] = {}
    for row in ROWS:
        for source in row.sources:
            for target in row.targets:
                if target is not source:
                    ways.setdefault((source, target), []).append(row.event.__name__)
    lines = ["stateDiagram-v2"]
    lines += [f"    [*] --> {status}: TaskSubmitted" for status in SUBMITTED]
    lines += [
        f"    {source} --> {target}: {', '.join(events)}"
        for (source, target), events in ways.items()
    ]
    return [*lines, *(f"    {status} --> [*]" for status in Status if status in FINAL)]


def _table() -> list[str]:
    head = ["| event | in | leads to | orders |", "|---|---|---|---|"]
    first = f"| TaskSubmitted | - | {_names(SUBMITTED)} | - |"
    return [*head, first, *(_row(row) for row in ROWS)]


def _row(row: Row) -> str:
    targets = _names(row.targets) if row.targets else "the same"
    orders = ", ".join(effect.__name__ for effect in row.effects) or "-"
    return f"| {row.event.__name__} | {_names(row.sources)} | {targets} | {orders} |"


def _names(statuses: tuple[Status, ...]) -> str:
    return "any" if len(statuses) == len(Status) else ", ".join(statuses)
