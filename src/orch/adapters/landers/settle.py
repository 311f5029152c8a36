"""Finds out after a crash what became of an intent, by asking the target itself."""

from orch.adapters.hub import Hub
from orch.adapters.landers.plumbing import is_ancestor
from orch.adapters.landers.trail import read_trail
from orch.core.landing import Item
from orch.ports.lander import Settled


async def judge_intent(hub: Hub, item: Item, *, tip: str) -> Settled:
    """Say what became of the intent, now that the target is known to be at `tip`.

    Reachable: it landed. Still where it was: it did not. Else somebody moved the target, and
    the trailer tells whether the landing is among what is there now, though under another name
    (the target was rewritten).
    """
    new, old = item.candidate, item.expected_old
    if new is not None and (tip == new or await is_ancestor(hub.git, new, of=tip)):
        return Settled.LANDED
    if tip == old:
        return Settled.NOT_LANDED
    since = old if old is not None and await hub.commit(old) is not None else None
    if await read_trail(hub.git, tip, since=since, of=item):
        return Settled.LANDED
    return Settled.MOVED
