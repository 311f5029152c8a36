"""What the kernel counts of a process: time, wake-ups, children, memory."""

import time
from dataclasses import dataclass
from pathlib import Path

from orch.system.process import processes


@dataclass(frozen=True, slots=True)
class Counters:
    """What a process has used up so far, and which children it has.

    `cpu_s` covers all its threads, ended ones too. `wakeups` counts how often a thread went to
    sleep and so had to be woken. `reaped_faults` are the page faults of the children it has
    waited for: it grows with every child, however short its life.
    """

    at: float
    cpu_s: float
    wakeups: int
    reaped_faults: int
    children: frozenset[int]
    started_anywhere: int

    @classmethod
    def read(cls, pid: int) -> "Counters":
        """Read the counters of a process of this user."""
        return cls(
            at=time.monotonic(),
            cpu_s=_cpu_s(pid),
            wakeups=sum(_switches(path) for path in Path(f"/proc/{pid}/task").iterdir()),
            reaped_faults=_reaped_faults(pid),
            children=frozenset(p.pid for p in processes() if p.parent == pid),
            started_anywhere=_started_anywhere(),
        )

    def forks_since(self, before: "Counters") -> int:
        """Count the processes that were started since.

        The kernel counts forks of the whole machine only. Where a process has no new child and
        has reaped none, it started none, whatever others did; else all that were started
        anywhere meanwhile count as its own.
        """
        if (self.children, self.reaped_faults) == (before.children, before.reaped_faults):
            return 0
        return max(1, self.started_anywhere - before.started_anywhere)


@dataclass(frozen=True, slots=True)
class Memory:
    """What a process has in memory, its share of what it shares with others included (PSS).

    `own_bytes` leaves out what comes from files: how much of that counts as this process's share
    changes with every other process that uses the same libraries.
    """

    total_bytes: int
    own_bytes: int

    @classmethod
    def read(cls, pid: int) -> "Memory":
        """Read the memory of a process of this user."""
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
        kib = {line.split()[0]: int(line.split()[1]) for line in rollup.splitlines()[1:]}
        return cls(kib["Pss:"] * 1024, kib["Pss_Anon:"] * 1024)


def _cpu_s(pid: int) -> float:
    # The clock of another process, as clock_getcpuclockid(3) composes its number: exact to the
    # nanosecond, where /proc/PID/stat counts in hundredths of a second.
    return time.clock_gettime((~pid << 3) | 2)


def _switches(thread: Path) -> int:
    status = (thread / "status").read_text(encoding="ascii", errors="replace")
    line = next(line for line in status.splitlines() if line.startswith("voluntary_ctxt"))
    return int(line.split()[1])


def _reaped_faults(pid: int) -> int:
    stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    return int(stat.rpartition(")")[2].split()[8])


def _started_anywhere() -> int:
    stat = Path("/proc/stat").read_text(encoding="ascii")
    line = next(line for line in stat.splitlines() if line.startswith("processes"))
    return int(line.split()[1])
