"""Virtual time for a whole event loop: when nobody has anything to do, the next timer is due."""

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

_Answer = TypeVar("_Answer")
START = 1_700_000_000.0


class Stalled(Exception):
    """Nobody has anything to do, and nobody waits for a time either: a deadlock."""


class _Selector(selectors.DefaultSelector):
    """Never waits; what would have been waited is added to the time."""

    def __init__(self) -> None:
        super().__init__()
        self.passed = 0.0

    def select(self, timeout: float | None = None) -> Any:  # noqa: ANN401 - as its base has it
        found = super().select(0)
        if found or timeout == 0:
            return found
        if timeout is None:
            raise Stalled
        self.passed += max(timeout, 0.0)
        return found


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._virtual = _Selector()
        super().__init__(self._virtual)

    def time(self) -> float:
        return self._virtual.passed


class _Inline(ThreadPoolExecutor):
    """Does at once what is given to a thread: then nothing happens beside the loop."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":  # noqa: ANN401 - as its base has it
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except BaseException as error:  # noqa: BLE001 - it is told to who asked
            future.set_exception(error)
        return future


class VirtualClock:
    """The clock of such a loop (fits `orch.ports.clock.Clock`)."""

    def now(self) -> float:
        """Return the virtual time, in seconds since the epoch."""
        return START + asyncio.get_running_loop().time()

    def monotonic(self) -> float:
        """Return the virtual seconds since the beginning."""
        return asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        """Wait in virtual time."""
        await asyncio.sleep(seconds)


def run(work: Coroutine[Any, Any, _Answer]) -> _Answer:
    """Run it to its end in virtual time; the same work takes the same course each time."""
    loop = _Loop()
    loop.set_default_executor(_Inline(max_workers=1))
    try:
        return loop.run_until_complete(work)
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()
