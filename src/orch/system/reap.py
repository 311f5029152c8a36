"""End processes and prove it: terminate, then kill, then look again until nothing is left."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from signal import Signals

from orch.system.process import Process, send

_ROUNDS = 20
_KILL_WAIT_S = 2.0


@dataclass(frozen=True, slots=True)
class Proof:
    """What was found and ended, and what is left in spite of everything (hopefully nothing).

    Each process is told as "pid name". `terminated` went on TERM, `killed` needed KILL.
    """

    terminated: tuple[str, ...] = ()
    killed: tuple[str, ...] = ()
    left: tuple[str, ...] = ()

    @property
    def found(self) -> tuple[str, ...]:
        """All that was there when the ending began."""
        return self.terminated + self.killed + self.left


Find = Callable[[], list[Process] | Awaitable[list[Process]]]
"""Looks for processes, at once or sooner or later."""


async def end(find: Find, *, grace_s: float) -> Proof:
    """End whatever `find` finds, and what that starts meanwhile.

    TERM first (and CONT, for a stopped process can't hear), KILL after `grace_s`; with no grace
    KILL at once. `find` is asked again until it finds nothing.
    """
    first = await _found(find)
    if grace_s > 0 and first:
        _tell(first, (Signals.SIGTERM, Signals.SIGCONT))
        await all_gone(first, timeout_s=grace_s)
    seen = {p.pid: p for p in first}
    killed: dict[int, Process] = {}
    for _ in range(_ROUNDS):
        rest = await _found(find)
        if not rest:
            break
        killed.update((p.pid, p) for p in rest)
        _tell(rest, (Signals.SIGKILL,))
        await all_gone(rest, timeout_s=_KILL_WAIT_S)
    else:
        rest = await _found(find)
    left = {p.pid for p in rest}
    return Proof(
        terminated=told(p for p in seen.values() if p.pid not in killed and p.pid not in left),
        killed=told(p for p in killed.values() if p.pid not in left),
        left=told(p for p in (seen | killed).values() if p.pid in left),
    )


async def _found(find: Find) -> list[Process]:
    found = find()
    return await found if isinstance(found, Awaitable) else found


def told(processes: Iterable[Process]) -> tuple[str, ...]:
    """Name processes for a person."""
    return tuple(f"{p.pid} {p.name}" for p in processes)


async def all_gone(processes: Iterable[Process], *, timeout_s: float | None) -> bool:
    """Wait until these have ended, as the kernel tells by their pidfds; False at the time-out."""
    waits = [asyncio.ensure_future(gone(p.pid)) for p in processes]
    if not waits:
        return True
    _, pending = await asyncio.wait(waits, timeout=timeout_s)
    for wait in pending:
        wait.cancel()
    await asyncio.gather(*pending, return_exceptions=True)
    return not pending


async def gone(pid: int) -> None:
    """Wait until a process has ended; one that does not exist has."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        await readable(handle)
    finally:
        os.close(handle)


async def readable(handle: int) -> None:
    """Wait until a descriptor can be read; that of a process can when it has ended."""
    loop = asyncio.get_running_loop()
    ready = loop.create_future()

    def note() -> None:
        if not ready.done():
            ready.set_result(None)

    loop.add_reader(handle, note)
    try:
        await ready
    finally:
        loop.remove_reader(handle)


def _tell(processes: Iterable[Process], numbers: Iterable[Signals]) -> None:
    """Signal each; somebody else's processes are left to the proof, which will name them."""
    for process in processes:
        for number in numbers:
            try:
                send(process, number)
            except PermissionError:
                break
