"""What it costs to have a hundred sessions that do nothing."""

import time
from dataclasses import dataclass

from bench.benchmark import Benchmark, Run
from bench.crowd import SESSIONS, make_house, start_sessions
from bench.figure import Aim, Figure
from bench.kernel import Counters, Memory
from bench.measure import Series

WINDOW_S = 15.0
MINUTE_S = 60.0
MOST_CPU_S = 0.6
"""Per minute: one hundredth of a core."""


@dataclass(frozen=True, slots=True)
class Window:
    """A while in which a process was watched, and its memory at the end."""

    before: Counters
    after: Counters
    memory: Memory

    def a_minute(self, used: float) -> float:
        """Scale what was used up in the window."""
        return used / (self.after.at - self.before.at) * MINUTE_S


def measure(run: Run) -> None:
    """Start the sessions, let them be found idle, then watch both processes do nothing."""
    house = make_house(run, "house")
    sessions = run.amount(SESSIONS, quick=4)
    start_sessions(house, 1)  # The session server comes with the first session.
    pids = {"daemon": house.daemon_pid, "session_server": house.session_server_pid}
    one = {name: Memory.read(pid).own_bytes for name, pid in pids.items()}
    run.say(f"starting {sessions} sessions")
    start_sessions(house, sessions - 1)
    window_s = 1.0 if run.quick else WINDOW_S
    run.say(f"watching {run.runs} times {window_s:.0f} s")
    seen = [_watch(pids, window_s) for _ in range(run.runs)]
    for name in pids:
        _tell(run, name, windows=[found[name] for found in seen])
        grown = [(found[name].memory.own_bytes - one[name]) / (sessions - 1) for found in seen]
        per_session = Series(tuple(grown)).scaled(1 / 1024)
        run.figure(Figure(name=f"idle.{name}.memory_per_session", series=per_session, unit="KiB"))


def _watch(pids: dict[str, int], window_s: float) -> dict[str, Window]:
    before = {name: Counters.read(pid) for name, pid in pids.items()}
    time.sleep(window_s)
    return {
        name: Window(before[name], Counters.read(pid), Memory.read(pid))
        for name, pid in pids.items()
    }


def _tell(run: Run, name: str, *, windows: list[Window]) -> None:
    cpu = Series(tuple(w.a_minute(w.after.cpu_s - w.before.cpu_s) for w in windows))
    forks = Series(tuple(w.a_minute(w.after.forks_since(w.before)) for w in windows))
    wakeups = Series(tuple(w.a_minute(w.after.wakeups - w.before.wakeups) for w in windows))
    memory = Series(tuple(w.memory.total_bytes / 2**20 for w in windows))
    told = (
        ("cpu", "s/min", cpu, Aim(MOST_CPU_S)),
        ("forks", "forks/min", forks, Aim(0)),
        ("wakeups", "wakeups/min", wakeups, None),
        ("memory", "MiB", memory, None),
    )
    for what, unit, series, aim in told:
        run.figure(Figure(name=f"idle.{name}.{what}", series=series, unit=unit, aim=aim))


BENCHMARK = Benchmark(
    title="A hundred idle sessions",
    about=f"""\
{SESSIONS} tasks with a live session each, in terminals, whose agents print nothing and were found
idle; then nothing happens. The daemon and the session server are watched for five windows of
{WINDOW_S:.0f} s. CPU time, voluntary context switches (each is one wake-up) and memory (PSS) are
the kernel's own counts for each process. A process that has no new child and has reaped none has
not forked. The aim of {MOST_CPU_S} s a minute is one hundredth of a core. Memory per session is
what the process's own memory has grown by since the first session, divided; what it maps from files
and the agents' memory are not in it.""",
    measure=measure,
)
