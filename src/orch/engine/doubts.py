"""A target that failed its gate may have been failed by the machine: it is asked again, rarely."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from orch.core.receipt import Outcome
from orch.engine.checks import Verdict
from orch.ports.clock import Clock

_FIRST_WAIT_S: Final = 600.0
_LONGEST_WAIT_S: Final = 3600.0
_FAILED: Final = frozenset({Outcome.RED, Outcome.UNCLEAN})


@dataclass(slots=True)
class _Doubt:
    said: Verdict
    wait_s: float
    until: float


@dataclass(slots=True)
class Doubts:
    """Says of which failures it is long enough ago.

    Nobody pushes a mended target where a network was down for an hour, and a lane that waits for
    that would wait for ever. A restart begins anew.
    """

    clock: Clock
    _of: dict[str, _Doubt] = field(default_factory=dict)

    def about(self, said: Mapping[str, Verdict]) -> frozenset[str]:
        """Name the commits whose failure is old: ten minutes, then longer, an hour at most."""
        failed = {commit: one for commit, one in said.items() if one.outcome in _FAILED}
        self._of = {commit: self._doubt(commit, one) for commit, one in failed.items()}
        now = self.clock.now()
        return frozenset(commit for commit, doubt in self._of.items() if doubt.until <= now)

    def hurry(self) -> None:
        """Doubt all of it now, for somebody says so."""
        for doubt in self._of.values():
            doubt.until = self.clock.now()

    def _doubt(self, commit: str, said: Verdict) -> _Doubt:
        last, now = self._of.get(commit), self.clock.now()
        if last is not None and last.said is said:
            return last
        was_doubted = last is not None and last.until <= now
        wait_s = min(last.wait_s * 2, _LONGEST_WAIT_S) if last and was_doubted else _FIRST_WAIT_S
        return _Doubt(said, wait_s, now + wait_s)
