"""Changes whose gate could not be run to its end: a while alone, then behind all others."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from orch.core.landing import Item
from orch.engine.items import Items
from orch.ports.clock import Clock

_FIRST_WAIT_S: Final = 60.0
_LONGEST_WAIT_S: Final = 1800.0


@dataclass(slots=True)
class _Stumble:
    why: str
    wait_s: float
    until: float
    back: bool = False


@dataclass(slots=True)
class Stumbles:
    """Keeps what hangs out of the way of the others.

    A gate that runs out of time or is killed proves nothing, so nobody is sent back for it. But it
    may well be the change that makes it hang: those behind must not wait for ever, nor be gated
    with it. So it leaves the chain, and is tried again behind whoever has a place by then, ever
    more rarely. A restart begins anew.
    """

    clock: Clock
    _of: dict[str, _Stumble] = field(default_factory=dict)

    def meet(self, landing_id: str, why: str) -> None:
        """Take note that an item's gate could not be run."""
        last = self._of.get(landing_id)
        wait_s = min(last.wait_s * 2, _LONGEST_WAIT_S) if last else _FIRST_WAIT_S
        self._of[landing_id] = _Stumble(why, wait_s, self.clock.now() + wait_s)

    def out(self) -> Mapping[str, str]:
        """Say of each item that is out of the chain why."""
        return {one: stumble.why for one, stumble in self._of.items() if not stumble.back}

    async def bring_back(self, rows: Sequence[Item], items: Items) -> Sequence[Item]:
        """Let who was out long enough come back, behind all who have a place; return the rows."""
        open_ = {item.id for item in rows}
        self._of = {one: stumble for one, stumble in self._of.items() if one in open_}
        now, found = self.clock.now(), list(rows)
        for k, item in enumerate(found):
            stumble = self._of.get(item.id)
            if stumble and not stumble.back and stumble.until <= now:
                last = 1 + max(one.place for one in found)
                found[k] = await items.keep(item, place=last, waiting="")
                stumble.back = True
        return found

    def next_s(self) -> float | None:
        """Say in how many seconds somebody may come back; None if nobody is out."""
        now = self.clock.now()
        return min(
            (max(0.0, it.until - now) for it in self._of.values() if not it.back), default=None
        )
