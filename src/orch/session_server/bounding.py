"""Bounds of a session: watched where the kernel keeps none, and told when they have ended it."""

import asyncio
from contextlib import suppress
from pathlib import Path
from signal import SIGKILL
from typing import Protocol

from orch.session_server.values import Record
from orch.system.bounds import Bounds, memory_bytes, taken
from orch.system.process import Process, oom_kills, send

PERIOD_S = 1.0
"""How often a session is measured whose bounds the kernel does not keep; others never are."""

_MB = 1_000_000
_KILLED_CODE = 128 + SIGKILL
"""What a shell exits with whose program was killed."""


class Bounded(Protocol):
    """What has to be known of a session to watch it."""

    record: Record
    over: asyncio.Event

    async def members(self) -> list[Process]:
        """Look for its processes."""
        ...


def bounds_of(record: Record) -> Bounds:
    """Return what a session may take."""
    return Bounds(memory_bytes=record.memory_bytes, processes=record.processes, cpu=record.cpu)


async def keep_within(session: Bounded) -> None:
    """Look at a session again and again, and end the largest process of one that takes too much.

    Returns at once if there is nothing to look at: no bound, or one that the kernel keeps.
    """
    record = session.record
    memory = None if "memory" in record.kept else record.memory_bytes
    processes = record.processes
    if memory is None and processes is None:
        return
    while not session.over.is_set():
        with suppress(TimeoutError):
            async with asyncio.timeout(PERIOD_S):
                await session.over.wait()
                return
        with suppress(OSError):
            members = await session.members()
            _bound_processes(record, members, most=processes)
            _bound_memory(record, members, most=memory)


def _bound_processes(record: Record, members: list[Process], *, most: int | None) -> None:
    if most is None or len(members) <= most:
        return
    record.cause = f"too many processes: {len(members)}, and it may have {most}"
    others = [process for process in members if process.pid != record.pid]
    youngest_first = sorted(others, key=lambda process: (-process.start_time, -process.pid))
    for process in youngest_first[: len(members) - most]:
        _kill(process)


def _bound_memory(record: Record, members: list[Process], *, most: int | None) -> None:
    if most is None:
        return
    sizes = memory_bytes((process.pid for process in members), above=most)
    total = sum(sizes.values())
    record.peak_memory_bytes = max(record.peak_memory_bytes or 0, total)
    if total <= most:
        return
    largest = max(members, key=lambda process: sizes.get(process.pid, 0))
    took, may = f"{total / _MB:.0f} MB", f"{most / _MB:.0f} MB"
    record.cause = f"out of memory: it took {took} and may have {may}; {largest.name} was killed"
    _kill(largest)


def _kill(process: Process) -> None:
    with suppress(OSError):
        send(process, SIGKILL)


def account(record: Record) -> None:
    """Note at the end what a session took, and what ended it if that was not itself."""
    group = taken(Path(record.cgroup)) if record.cgroup else None
    if group is not None:
        record.cpu_s = group.cpu_s if group.cpu_s is not None else record.cpu_s
        peaks = (group.peak_bytes, record.peak_memory_bytes)
        record.peak_memory_bytes = max((peak for peak in peaks if peak is not None), default=None)
    if not record.cause:
        record.cause = _cause(record, oom_in_group=(group.oom_kills or 0) if group else 0)


def _cause(record: Record, *, oom_in_group: int) -> str:
    """Say what is known of a kill that nobody here ordered; what is not known is not claimed."""
    was_killed = record.exit_signal == SIGKILL and SIGKILL not in record.signals
    ordered = any(one.split()[0] == str(record.pid) for one in record.killed)
    if oom_in_group and was_killed:
        return f"out of memory: the kernel killed it within its bound{_bound(record)}"
    if oom_in_group:
        return f"the kernel killed {oom_in_group} of its processes for lack of memory"
    on_machine = oom_kills() - record.oom_before
    if was_killed and not ordered:
        if on_machine > 0:
            return "killed from outside, while the machine was out of memory"
        return "killed from outside (out of memory? nobody of orch's did it)"
    if record.exit_code == _KILLED_CODE and on_machine > 0:
        return "one of its processes was killed, while the machine was out of memory"
    return ""


def _bound(record: Record) -> str:
    return f" of {record.memory_bytes / _MB:.0f} MB" if record.memory_bytes else ""
