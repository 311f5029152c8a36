"""Where a lane's target is, and what the lane itself has put below that."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from orch.core.landing import Item
from orch.engine.ground import Ground
from orch.engine.parts import Parts

_AGE_S = 1.0


@dataclass(slots=True)
class Target:
    """A target's tip, asked for at most once a second, and what is known to lie below it.

    `under` names the commits on which this lane has landed something since somebody else last
    moved the target. A restart begins with none.
    """

    parts: Parts
    under: set[str] = field(default_factory=set)
    _tip: str = ""
    _seen_at: float = 0.0

    async def find(self, ground: Ground) -> str:
        """Return the tip. Raises `Transient` when the target can't be reached."""
        now = self.parts.clock.now()
        if not self._tip or not 0 <= now - self._seen_at < _AGE_S:
            tip = await self.parts.lander.tip(ground.project, ground.target)
            if tip != self._tip:
                self.under.clear()
            self._tip, self._seen_at = tip, now
        return self._tip

    def note_push(self, items: Sequence[Item], new: str | None) -> None:
        """Note how far a push of items has moved the target; None: it is elsewhere now."""
        candidates = [item.candidate for item in items]
        if new is not None and new in candidates:
            landed = items[: candidates.index(new) + 1]
            self.under |= {item.expected_old for item in landed if item.expected_old}
        else:
            self.under.clear()
        self._tip, self._seen_at = new or "", self.parts.clock.now()
