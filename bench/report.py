"""What comes of the benchmarks: a table for people, a page for the docs, lines for programs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.figure import HEAD, Figure

PAGE = Path("docs") / "benchmarks.md"
LINES = Path(".cache") / "bench.jsonl"
RIGHT = {1, 3, 5}
"""The columns whose cells stand to the right."""

PREFACE = """\
<!-- Written by `make bench`; do not edit. -->
# Benchmarks

What orch costs, measured beside what you would compare it with. `make bench` measures again on
your machine, in temporary folders, and writes this page; `make bench ARGS="store --quick"` tries
one benchmark only and leaves the page alone.

Each figure is the median of at least five runs, its spread the smallest and the largest of them.
A figure and what it is compared with take turns (A B A B …); the ratio is the figure divided by
the other, pair by pair, and the median of these. Times want a ratio that is small, rates one that
is large. An aim that was missed says so. The landing lane has [its own
page](benchmarks-lane.md).
"""


@dataclass(slots=True)
class Section:
    """What one benchmark brought: figures, notes, what it left out, and what went wrong."""

    title: str
    about: str
    figures: list[Figure] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    left_out: list[tuple[str, str]] = field(default_factory=list)
    failure: str = ""


class Lines:
    """Writes each figure as a line of JSON as soon as it is there; earlier lines are dropped."""

    def __init__(self, root: Path) -> None:
        self._path = root / LINES
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.write_text("", encoding="utf-8")

    def add(self, figure: Figure) -> None:
        """Write one more line."""
        with self._path.open("a", encoding="utf-8") as file:
            file.write(figure.line() + "\n")


def write_table(figures: Sequence[Figure]) -> str:
    """Write an aligned table for a terminal."""
    rows = [HEAD, *(figure.cells() for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    return "\n".join(_align(row, widths).rstrip() for row in rows)


def write_row(figure: Figure) -> str:
    """Write one figure on a line of its own."""
    return "  ".join(cell for cell in figure.cells() if cell)


def _align(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = enumerate(zip(row, widths, strict=True))
    return "  ".join(
        cell.rjust(width) if column in RIGHT else cell.ljust(width)
        for column, (cell, width) in cells
    )


def write_page(machine: Mapping[str, str], sections: Sequence[Section]) -> str:
    """Write the page of the documentation."""
    parts = [PREFACE, "## The machine\n", _markdown(("", ""), list(machine.items()))]
    for section in sections:
        parts.append(f"\n## {section.title}\n\n{section.about}\n")
        parts += [f"{note}\n" for note in section.notes]
        if section.figures:
            parts.append(_markdown(HEAD, [figure.cells() for figure in section.figures]))
        parts += [f"\nNot measured: {what} ({why}).\n" for what, why in section.left_out]
        parts += [f"\nThis benchmark failed ({section.failure}).\n"] if section.failure else []
    return "\n".join(parts)


def _markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    marks = ["---:" if column in RIGHT and len(head) > 2 else "---" for column in range(len(head))]  # noqa: PLR2004
    lines = [head, marks, *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
