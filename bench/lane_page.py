"""The page of the lane's figures: each benchmark of the lane writes a section, the others stay."""

from collections.abc import Sequence
from pathlib import Path

from bench.machine import describe

PAGE = Path("docs") / "benchmarks-lane.md"

PREFACE = """\
<!-- Written by `make bench-lane bench-lane-sim bench-lane-plumbing`; do not edit. -->
# Benchmarks of the landing lane

What a window of candidates brings over landing one change at a time, with the product's own
planner, lanes, lander, gate and store. Who is sent back for a fault that was not planted in the
branch is a false ejection; a commit on the target whose gate fails when it is replayed, or a broken
invariant of [landing](landing.md), is a violation. Both have to be 0.
"""


def put(root: Path, name: str, *, title: str, text: str) -> None:
    """Write a section, with the machine as it was then, in the place of the one it had."""
    page = root / PAGE
    before = page.read_text(encoding="utf-8") if page.exists() else PREFACE
    begin, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->\n"
    machine = describe()
    told = ", ".join(f"{key} {machine[key]}" for key in ("cores", "memory", "git", "load before"))
    section = f"{begin}## {title}\n\n{text}\n({machine['date']}; {told}.)\n{end}"
    if begin in before:
        head, _, rest = before.partition(begin)
        page.write_text(head + section + rest.partition(end)[2], encoding="utf-8")
        return
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(f"{before}\n{section}", encoding="utf-8")


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Write a table in which all but the first column stand to the right."""
    lines = [head, ["---", *("---:" for _ in head[1:])], *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
