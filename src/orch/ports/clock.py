"""The clock: what time it is, and waiting; faked in simulations."""

from typing import Protocol


class Clock(Protocol):
    """Tells the time and waits."""

    def now(self) -> float:
        """Return the seconds since the epoch."""
        ...

    def monotonic(self) -> float:
        """Return seconds that only ever pass: what an age is measured by when clocks are set."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait for this many seconds."""
        ...
