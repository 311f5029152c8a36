"""A checkout in the way of a landing: when it is worth while to try again."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from orch.system.stamps import stamp

LOOK_S: Final = 2.0
"""So often it is looked whether what is in the way was touched: a few calls of `stat`."""
_LONGEST_WAIT_S: Final = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocked:
    """What is in the way of a push; the lane goes on with everything else."""

    reason: str
    commit: str
    checkout: str
    paths: Sequence[str] = ()


@dataclass(slots=True)
class Obstacle:
    """What is in the way now, and when a push is tried again.

    Each try costs an intent and a look through the whole checkout. So it is made when the files in
    the way were touched or somebody asks, and else ever more rarely.
    """

    _blocked: Blocked | None = None
    _stamp: object = None
    _wait_s: float = 0.0
    _until: float = 0.0

    def meet(self, blocked: Blocked, *, now: float) -> None:
        """Take note of what is in the way; what was there before is waited for twice as long."""
        again = self._blocked is not None and self._blocked.reason == blocked.reason
        self._wait_s = min(self._wait_s * 2, _LONGEST_WAIT_S) if again else LOOK_S
        self._until = now + self._wait_s
        self._blocked, self._stamp = blocked, stamp(blocked.checkout, blocked.paths)

    def clear(self) -> None:
        """Forget it: something was pushed, or somebody asks for a try."""
        self._blocked = None

    def held(self, *, now: float) -> frozenset[str]:
        """Name the commit that is not to be tried again yet, if there is one."""
        blocked = self._blocked
        if blocked is None or now >= self._until:
            return frozenset()
        if stamp(blocked.checkout, blocked.paths) != self._stamp:
            return frozenset()
        return frozenset({blocked.commit})

    def next_s(self) -> float | None:
        """Say when to look again; None if nothing is in the way."""
        return LOOK_S if self._blocked else None
