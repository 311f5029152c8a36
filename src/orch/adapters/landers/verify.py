"""Checks a target after the fact: I2 (what was gated), I3 (linear), I4 (each landing once)."""

from collections import defaultdict
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace

from orch.adapters.landers.keeping import find_kept
from orch.adapters.landers.trail import Mark, read_trail, source_of
from orch.core.landing import Item
from orch.ports.lander import Violation
from orch.system.git import Git


async def verify_target(
    git: Git, tip: str, *, landed: Sequence[Item], since: str | None
) -> list[Violation]:
    """Compare the rows of landed items with the commits of orch's on the target.

    `landed` must hold every item that landed in the range: one that this hub has landed and that no
    row knows is a violation. What another orch has landed on the same target is none of ours.
    """
    known = since if since is None or await git.ok("cat-file", "-e", since) else None
    marks = await read_trail(git, tip, since=known)
    missing = await _unreachable(git, landed, marks=marks, tip=tip)
    rows = {item.id for item in landed}
    unknown = {mark.landing_id for mark in marks} - rows
    return compare_rows(landed, marks, missing=missing, kept=await find_kept(git, unknown))


def compare_rows(
    landed: Sequence[Item],
    trail: Sequence[Mark],
    *,
    missing: AbstractSet[str],
    kept: AbstractSet[str],
) -> list[Violation]:
    """Compare rows with a trail (oldest first).

    `missing` are commits that the target lacks, `kept` those that this hub has made for landings
    of which there may be no row.
    """
    marks = defaultdict[tuple[str, str], list[Mark]](list)
    for mark in trail:
        marks[mark.landing_id, mark.source].append(mark)
    faults = [
        fault
        for item in landed
        for fault in _judge(item, marks[item.id, source_of(item)], missing=missing)
    ]
    rows = {item.id for item in landed}
    for mark in trail:
        if mark.landing_id not in rows and mark.commit in kept:
            told = f"it bears the Landing-Id {mark.landing_id}, and no such landing is recorded"
            fault = _fault("I4", mark.commit, detail=told)
            faults.append(replace(fault, landing=mark.landing_id))
    return faults


async def _unreachable(
    git: Git, landed: Sequence[Item], *, marks: Sequence[Mark], tip: str
) -> set[str]:
    """Return the landed commits that the tip does not reach."""
    seen = {mark.commit for mark in marks}
    asked = sorted({item.new for item in landed if item.new and item.new not in seen})
    if not asked:
        return set()
    lines = await git("cat-file", "--batch-check=%(objectname)", stdin="\n".join(asked) + "\n")
    gone = {line.split()[0] for line in lines.splitlines() if line.endswith(" missing")}
    here = [commit for commit in asked if commit not in gone]
    if not here:
        return gone
    span = "\n".join([*here, f"^{tip}"]) + "\n"
    beyond = (await git("rev-list", "--stdin", stdin=span)).split()
    return gone | (set(here) & set(beyond))


def _judge(item: Item, marks: list[Mark], *, missing: AbstractSet[str]) -> list[Violation]:
    """Check one landed item against the commits that bear its id."""
    new = item.new or ""
    if new in missing or not new:
        elsewhere = f"; {marks[-1].commit[:12]} bears its id" if marks else ""
        return [
            _fault(
                "I4", new, detail=f"{item.id} landed, and the target does not have it{elsewhere}"
            )
        ]
    if not marks:
        return []
    faults = _judge_parts(item, marks)
    mine = next((mark for mark in marks if mark.commit == new), None)
    if mine is not None and item.tree and mine.tree != item.tree:
        told = f"its tree is {mine.tree[:12]}, and {item.tree[:12]} was gated"
        faults.append(_fault("I2", new, detail=told))
    return faults


def _judge_parts(item: Item, marks: list[Mark]) -> list[Violation]:
    """Check that an id stands on one chain of commits, numbered without gap or repeat."""
    total = len(marks)
    wanted = [f"{k}/{total}" for k in range(1, total + 1)] if total > 1 else [""]
    if sorted(mark.part for mark in marks) != sorted(wanted):
        names = ", ".join(mark.commit[:12] for mark in marks)
        return [_fault("I4", marks[-1].commit, detail=f"{item.id} is on the target as {names}")]
    before, faults = item.old, list[Violation]()
    for mark in sorted(marks, key=lambda mark: int(mark.part.partition("/")[0] or 1)):
        if len(mark.parents) != 1 or (before and mark.parents[0] != before):
            told = f"its parents are not just the tip before it, {(before or '?')[:12]}"
            faults.append(_fault("I3", mark.commit, detail=told))
        before = mark.commit
    return faults


def _fault(invariant: str, commit: str, *, detail: str) -> Violation:
    return Violation(invariant=invariant, commit=commit, detail=detail)
