"""Tells how the gates of open landings stand: whose runs, since when, and for whom together."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from orch.core.batches import find_mates
from orch.core.landing import Item, ItemState
from orch.core.receipt import Outcome
from orch.daemon.context import Context
from orch.ports.store import ItemQuery

PROVEN = frozenset({ItemState.GREEN, ItemState.PUSHING})
UNDER_WAY = frozenset({"waiting", "running"})
_FAILED = frozenset({Outcome.RED, Outcome.UNCLEAN})


@dataclass(frozen=True, slots=True, kw_only=True)
class GateSeen:
    """What the gate of an item does or said, and since when it runs.

    `others` names, in the order of the lane, the items of its batch: that one run is for all.
    """

    word: str = ""
    since: float | None = None
    others: tuple[str, ...] = ()

    @property
    def is_under_way(self) -> bool:
        """Tell whether it runs, or waits for a slot."""
        return self.word in UNDER_WAY

    def state(self, item: Item) -> str:
        """Say where the item stands: the row of one whose gate runs for its batch knows nothing."""
        return ItemState.GATING.value if self.is_under_way else item.state.value


NONE = GateSeen()


def see_gates(context: Context, line: Iterable[Item]) -> Mapping[str, GateSeen]:
    """Say, by an item's id, how the gate stands that it has, or shares; nothing of what is proven.

    Of a batch only the last is asked, for all of them.
    """
    items = [item for item in line if item.is_open]
    open_ = {item.candidate: item for item in items if item.state not in PROVEN}
    proven = {item.candidate or "" for item in items if item.state in PROVEN}
    said = {commit: context.engine.gate(item) for commit, item in open_.items() if commit}
    now = {commit: gate for commit, gate in said.items() if gate}
    passed = {commit for commit, gate in now.items() if gate.word == Outcome.PASSED}
    mates = find_mates(items, running=now.keys() - passed, asked=proven | passed)
    return {
        whose: GateSeen(
            word=_word(gate.word),
            since=gate.since,
            others=tuple(one.id for one in batch if one.id != whose),
        )
        for whose, batch in mates.items()
        for gate in [now[batch[-1].candidate or ""]]
    }


async def see_gates_of(context: Context, items: Sequence[Item]) -> Mapping[str, GateSeen]:
    """Say the same of some landings, open or closed, from all that is in their lanes."""
    found: dict[str, GateSeen] = {}
    built = [item for item in items if item.is_open and item.candidate]
    for project_id, target in {(item.project_id, item.target) for item in built}:
        query = ItemQuery(project_id=project_id, target=target, open_only=True, limit=100_000)
        lane = await context.read(context.engine.store.items, query)
        found |= see_gates(context, lane)
    return found


def _word(said: str) -> str:
    if said in UNDER_WAY or said == Outcome.FLAKY:
        return said
    return "failed" if said in _FAILED else ""
