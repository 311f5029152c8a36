"""Merges for fakes: whole files, no lines; what a candidate in memory is made of."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, replace

from orch.adapters.landers.message import LANDING_ID, LANDING_PART, REVERTS, SOURCE_HEAD
from orch.adapters.landers.trail import Mark
from orch.adapters.landers.undoing import undone_by
from orch.core.landing import Item, Strategy
from orch.ports.lander import Conflict, Nothing, Unrelated
from orch.testing.fake_hub import FakeHub

Tree = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Origin:
    """What an item wants to land: differences, each from a commit to a commit."""

    steps: tuple[tuple[str, str], ...]


def find_origin(
    hub: FakeHub, item: Item, *, onto: str, messages: Mapping[str, str]
) -> Origin | Nothing | Unrelated:
    """Find an item's differences to be merged onto a tip."""
    if item.reverts:
        return _inverse(hub, item.reverts, onto=onto, messages=messages)
    head = item.source_head
    if head not in hub.commits:
        return Unrelated(reason=f"the commit {head[:12]} is not there any more")
    fork = hub.fork(onto, head)
    if fork is None:
        return Unrelated(reason="no history in common")
    if fork == head:
        return Nothing(reason=f"{item.target} has it already", landed_as=head)
    if item.strategy is Strategy.SQUASH:
        return Origin(((fork, head),))
    line = hub.history(head)
    line = [*reversed(line[: line.index(fork) + 1])]
    return Origin(tuple(itertools.pairwise(line)))


def _inverse(
    hub: FakeHub, landed: str, *, onto: str, messages: Mapping[str, str]
) -> Origin | Nothing | Unrelated:
    if landed not in hub.history(onto):
        return Unrelated(reason=f"{landed[:12]} is not on the target")
    landing = read_trailers(messages.get(landed, "")).get(LANDING_ID)
    part = read_trailers(messages.get(landed, "")).get(LANDING_PART, "1/1")
    before: str | None = landed
    for _ in range(int(part.partition("/")[0])):
        assert before is not None
        assert read_trailers(messages.get(before, "")).get(LANDING_ID) == landing
        before = hub.commits[before].parent
    before = before or hub.commit({}, None)
    base, ours, theirs = (hub.commits[one].files for one in (landed, onto, before))
    told = ((one, messages.get(one, "")) for one in hub.history(onto))
    if isinstance(merge_trees(base, ours, theirs=theirs), Conflict) and undone_by(landed, told):
        return Nothing(reason="it is undone already")
    return Origin(((landed, before),))


Resolutions = Mapping[tuple[str, frozenset[str | None]], str]
"""What a file became of which two contents (either may be that it is not there)."""


def merge_trees(
    base: Tree, ours: Tree, *, theirs: Tree, known: Resolutions | None = None
) -> dict[str, str] | Conflict:
    """Take each file from the side that changed it, or as it was resolved before."""
    merged, clash = dict[str, str](), list[str]()
    for name in sorted({*base, *ours, *theirs}):
        was, mine, other = base.get(name), ours.get(name), theirs.get(name)
        taken = mine if other == was else other
        if mine not in {was, other} and other != was:
            taken = (known or {}).get((name, frozenset({mine, other})))
            if taken is None:
                clash.append(name)
        if taken is not None:
            merged[name] = taken
    return Conflict(paths=tuple(clash), detail="both sides changed it") if clash else merged


def read_trailers(message: str) -> dict[str, str]:
    """Read the last paragraph of a message."""
    pairs = (line.partition(": ") for line in message.rstrip().rpartition("\n\n")[2].splitlines())
    return {name: value for name, mark, value in pairs if mark}


def read_mark(message: str, bare: Mark) -> Mark | None:
    """Fill in what a commit's message says of its landing; None if it is no landing."""
    trailers = read_trailers(message)
    if LANDING_ID not in trailers:
        return None
    return replace(
        bare,
        landing_id=trailers[LANDING_ID],
        part=trailers.get(LANDING_PART, ""),
        source=trailers.get(SOURCE_HEAD) or trailers.get(REVERTS, ""),
    )
