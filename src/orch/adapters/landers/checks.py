"""Checks a candidate before it is pushed: I3 (linear), I5 (no line lost), I6 (no foreign path)."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final

from orch.adapters.hub import Hub
from orch.adapters.landers.accounting import Agreement, agree, compare
from orch.adapters.landers.clashes import clash
from orch.adapters.landers.plumbing import Entry, entries, merge, patch, patch_ids
from orch.adapters.landers.resolving import REPLAY, RERERE, find_faults
from orch.adapters.landers.source import Source, resolve
from orch.core.landing import Item
from orch.ports.lander import Candidate, Violation
from orch.system.git import Git, split_z

_SHOWN = 5
_SHOWN_CHARS = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """A candidate with its source; changes of the source, of the landing, and of the target."""

    git: Git
    source: Source
    candidate: Candidate
    mine: list[Entry]
    done: list[Entry]
    theirs: list[Entry]

    def fault(self, invariant: str, detail: str) -> list[Violation]:
        return [Violation(invariant=invariant, commit=self.candidate.commit, detail=detail)]


async def inspect(hub: Hub, item: Item, *, candidate: Candidate) -> list[Violation]:
    """Check a candidate against its source, by means that did not make it."""
    source = await resolve(hub, item, onto=candidate.parent)
    if not isinstance(source, Source):
        detail = f"the source can't be compared: {source.reason}"
        return [Violation(invariant="I5", commit=candidate.commit, detail=detail)]
    mine, done, theirs = await entries(
        hub.git,
        (source.base, source.head),
        (candidate.parent, candidate.commit),
        (source.base, candidate.parent),
    )
    case = _Case(
        git=hub.git, source=source, candidate=candidate, mine=mine, done=done, theirs=theirs
    )
    whole = _RELAXED.get(candidate.resolved, (_complete, _as_merged))
    found = [await check(case) for check in (_linear, *whole, _in_paths)]
    return [violation for faults in found for violation in faults]


async def _linear(case: _Case) -> list[Violation]:
    """I3: each commit has one parent, the one before it; the last has the candidate's tree."""
    candidate, faults = case.candidate, list[Violation]()
    flags = ("--no-walk=unsorted", "--format=%H %T %P")
    lines = (await case.git("log", *flags, *candidate.commits)).splitlines()
    found = [line.split() for line in lines]
    before = candidate.parent
    for commit, _, *parents in found:
        if parents != [before]:
            names = ", ".join(parent[:12] for parent in parents) or "none"
            faults += case.fault("I3", f"{commit[:12]} has parents {names}, not {before[:12]}")
        before = commit
    if before != candidate.commit or found[-1][1] != candidate.tree:
        faults += case.fault("I3", "the commits don't end in the candidate and its tree")
    return faults


async def _complete(case: _Case) -> list[Violation]:
    """I5, first half: the landing's patch is the source's, or each difference is accounted for.

    Where every path goes from the same blob to the same blob there is one patch, and no need to
    write it down twice; else `git patch-id` compares them.
    """
    source, candidate = case.source, case.candidate
    if case.mine == case.done:
        return []
    wanted, done = (source.base, source.head), (candidate.parent, candidate.commit)
    one, other = await patch_ids(case.git, wanted, done)
    if one == other:
        return []
    already = (source.base, candidate.parent)
    texts = [await patch(case.git, pair) for pair in (wanted, done, already)]
    difference = await asyncio.to_thread(compare, texts[0], texts[1], already=texts[2])
    if not (difference.lost or difference.foreign):
        return []
    told = f"lines lost: {_some(difference.lost)}; lines from nowhere: {_some(difference.foreign)}"
    return case.fault("I5", told)


async def _as_merged(case: _Case) -> list[Violation]:
    """I5, second half: another merge, path by path or with the sides swapped, gives that tree."""
    agreement, paths = agree(case.mine, case.done, target=case.theirs)
    if agreement is Agreement.SAME:
        return []
    if agreement is Agreement.OTHER and len(case.source.bases) == 1:
        return case.fault("I5", f"not what a merge gives: {', '.join(paths[:_SHOWN])}")
    swapped = await merge(case.git, case.source.head, theirs=case.candidate.parent)
    if swapped.conflicts:
        # Carried over commit by commit it went through, where the whole at once does not.
        return await _as_resolved(case)
    if swapped.tree == case.candidate.tree:
        return []
    return case.fault("I5", f"merged the other way it differs: {', '.join(paths[:_SHOWN])}")


async def _as_resolved(case: _Case) -> list[Violation]:
    """I5 for what was resolved: as merged but for the paths that conflict, and no markers left.

    A merge of the same two is made for that, so nobody's word is taken for what conflicts.
    """
    clashed = await clash(case.git, case.candidate.parent, theirs=case.source.head)
    faults = await find_faults(case.git, case.candidate.tree, clashed=clashed)
    if not faults:
        return []
    told = ", ".join(faults[:_SHOWN])
    return case.fault("I5", f"resolved by {case.candidate.resolved}, and wrong in {told}")


async def _in_paths(case: _Case) -> list[Violation]:
    """I6: only paths that the source changed, or what the target has renamed them to."""
    mine = {entry.path for entry in case.mine}
    foreign = {entry.path for entry in case.done} - mine
    if foreign:
        flags = ("-r", "-z", "-M", "--diff-filter=R", "--name-status")
        raw = await case.git.raw("diff-tree", *flags, case.source.base, case.candidate.parent)
        fields = split_z(raw)
        renamed = dict(zip(fields[2::3], fields[1::3], strict=True))
        foreign = {path for path in foreign if renamed.get(path) not in mine}
    if not foreign:
        return []
    return case.fault("I6", f"not changed by the source: {', '.join(sorted(foreign)[:_SHOWN])}")


_RELAXED: Final[Mapping[str, tuple[Callable[[_Case], Awaitable[list[Violation]]], ...]]] = {
    RERERE: (_as_resolved,),
    REPLAY: (_complete, _as_resolved),
}
"""What stands for the two halves of I5 where lines of a conflict were chosen anew."""


def _some(lines: tuple[bytes, ...]) -> str:
    shown = [repr(line[:_SHOWN_CHARS].decode("utf-8", "replace")) for line in lines[:_SHOWN]]
    more = f" and {len(lines) - _SHOWN} more" if len(lines) > _SHOWN else ""
    return (", ".join(shown) + more) if shown else "none"
