"""Bounds on what processes may take, and what they took; kept by the kernel where it can be had."""

import itertools
import math
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from orch.system.cgroup import controllers, figure, put

_PERIOD_US = 100_000
_KB = 1024
_THREADS = 64
_SCORES = range(401, 500)
"""High enough to go before the daemon; none that programs are known to give their children."""
GATE_SCORE: Final = 400
"""That of what gates run, which share it; sessions have each one of their own above it."""
_SCORED: Final = """
{ read -r had && [ "$had" -ge "$0" ] || echo "$0" >/proc/self/oom_score_adj
} </proc/self/oom_score_adj 2>/dev/null
exec "$@"
"""

_turn = itertools.count()


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How much memory, how many processes and processors there may be; None is no bound."""

    memory_bytes: int | None = None
    processes: int | None = None
    cpu: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What was taken: processor time, the most memory at once, and kills for lack of memory.

    None where it is not known.
    """

    cpu_s: float | None = None
    peak_bytes: int | None = None
    oom_kills: int | None = None


def confine(group: Path | None, bounds: Bounds) -> frozenset[str]:
    """Bound a control group; return which of "memory" and "cpu" the kernel keeps.

    It counts threads, not processes, and agents' runtimes have dozens of them: of processes it
    only stops those that multiply faster than anybody looks.
    """
    threads = bounds.processes and bounds.processes * _THREADS
    wanted = {
        "memory": ("memory.max", bounds.memory_bytes),
        "processes": ("pids.max", threads),
        "cpu": ("cpu.max", bounds.cpu and f"{math.ceil(bounds.cpu * _PERIOD_US)} {_PERIOD_US}"),
    }
    asked = {name: one for name, one in wanted.items() if one[1] is not None}
    if group is None or not asked:
        return frozenset()
    # Also what is found out later (usage, kills) comes from the controllers.
    controllers()
    kept = {name for name, (file, value) in asked.items() if put(group / file, str(value))}
    if "memory" in kept:
        put(group / "memory.swap.max", "0")
    return frozenset(kept - {"processes"})


def taken(group: Path) -> Taken:
    """Say what a control group has taken so far."""
    used = figure(group / "cpu.stat", "usage_usec")
    return Taken(
        cpu_s=None if used is None else used / 1e6,
        peak_bytes=figure(group / "memory.peak"),
        oom_kills=figure(group / "memory.events", "oom_kill"),
    )


@contextmanager
def on_processors(cpu: float | None) -> Iterator[None]:
    """Have what is started meanwhile run on so many whole processors, in turn on others.

    For a lone thread, and where the kernel keeps no finer bound.
    """
    mine = os.sched_getaffinity(0)
    pin(0, cpu=cpu)
    try:
        yield
    finally:
        os.sched_setaffinity(0, mine)


def pin(pid: int, *, cpu: float | None) -> None:
    """Let a process, and all that it starts from now on, run on so many whole processors only."""
    mine = sorted(os.sched_getaffinity(0))
    count = math.ceil(cpu) if cpu else len(mine)
    if count < len(mine):
        first = next(_turn) * count
        with suppress(OSError):
            os.sched_setaffinity(pid, {mine[(first + n) % len(mine)] for n in range(count)})


def memory_bytes(pids: Iterable[int], *, above: int = 0) -> dict[int, int]:
    """Measure the memory of processes: anonymous and shared, not what files can give back.

    Memory that several of them share is counted in each of them, unless the sum is `above` this:
    then each gets its part, which takes the kernel longer to say. Who is gone is left out.
    """
    found = {pid: size for pid in pids if (size := _resident(pid)) is not None}
    if above and sum(found.values()) > above:
        return {pid: size for pid in found if (size := _proportional(pid)) is not None}
    return found


@contextmanager
def bearing(score: int | None) -> Iterator[bool]:
    """Bear this score meanwhile: what is started inherits it, and all that this starts.

    The kernel ends processes of a high score first when memory runs out. Nothing that a program
    does to its environment, group or parent takes it off. Yields whether that could be had.
    """
    before = score_of(os.getpid())
    if score is None or before is None or not _bear(score):
        yield False
        return
    try:
        yield True
    finally:
        _bear(before)


def score_of(pid: int) -> int | None:
    """Read the score of a process; None if it is gone or can't be read."""
    with suppress(OSError, ValueError):
        return int(Path(f"/proc/{pid}/oom_score_adj").read_text(encoding="ascii"))
    return None


def scored(argv: Sequence[str], score: int) -> tuple[str, ...]:
    """Word a command so that it has this score before it begins; a higher one stays.

    Written from outside it would come too late for what the command starts first.
    """
    return ("sh", "-c", _SCORED, str(score), *argv)


def is_scored(pid: int) -> bool:
    """Tell whether a process has the score of a gate or session, wherever it stands by now.

    Where this very process has one, too (orch's own tests run in a gate), it tells nothing.
    """
    own, its = score_of(os.getpid()), score_of(pid)
    return own is not None and its is not None and own < GATE_SCORE <= its <= _SCORES[-1]


def free_score(taken_now: Iterable[int | None]) -> int | None:
    """Choose a score that nobody bears now; None if there is none left."""
    used, own = set(taken_now), score_of(os.getpid()) or 0
    return next((one for one in _SCORES if one not in used and one >= own), None)


def _bear(score: int) -> bool:
    try:
        Path("/proc/self/oom_score_adj").write_text(str(score), encoding="ascii")
    except OSError:
        return False
    return True


def _resident(pid: int) -> int | None:
    return _sum_kb(f"/proc/{pid}/status", ("RssAnon:", "RssShmem:"))


def _proportional(pid: int) -> int | None:
    exact = _sum_kb(f"/proc/{pid}/smaps_rollup", ("Pss_Anon:", "Pss_Shmem:"))
    return _resident(pid) if exact is None else exact


def _sum_kb(path: str, names: tuple[str, ...]) -> int | None:
    total = None
    with suppress(OSError), open(path, encoding="ascii", errors="replace") as file:  # noqa: PTH123 - hot
        for line in file:
            if line.startswith(names):
                total = (total or 0) + int(line.split()[1]) * _KB
    return total
