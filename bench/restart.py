"""How long it takes until a daemon that was killed or restarted answers again."""

import time

from bench.benchmark import Benchmark, Run
from bench.crowd import SESSIONS, add_drafts, make_house, start_sessions
from bench.figure import Baseline, Figure
from bench.house import House
from bench.measure import take_turns

TASKS = 1000


def measure(run: Run) -> None:
    """Measure a full house and an empty one in turns."""
    full, empty = make_house(run, "full"), make_house(run, "empty")
    tasks, sessions = run.amount(TASKS, quick=20), run.amount(SESSIONS, quick=3)
    run.say(f"adding {tasks:,} tasks, {sessions} of them with a live session")
    start_sessions(full, sessions)
    add_drafts(full, tasks - sessions)
    found = take_turns(
        {
            "full.killed": lambda: _after_kill(full),
            "empty.killed": lambda: _after_kill(empty),
            "full.restarted": lambda: _after_restart(full),
            "empty.restarted": lambda: _after_restart(empty),
        },
        runs=run.runs,
    )
    alive = [one for one in full.call("session.list") if one["liveness"] == "alive"]
    assert len(alive) == sessions, f"{sessions - len(alive)} sessions were lost"
    ms = {name: series.scaled(1000) for name, series in found.items()}
    for how in ("killed", "restarted"):
        baseline = Baseline("an empty home", ms[f"empty.{how}"])
        run.figure(
            Figure(name=f"restart.{how}", series=ms[f"full.{how}"], unit="ms", against=baseline)
        )
        run.figure(Figure(name=f"restart.{how}_empty", series=baseline.series, unit="ms"))


def _after_kill(house: House) -> float:
    """Kill the daemon; return how long the next `orch status` takes, which starts it again."""
    house.kill_daemon()
    return house.time_orch("status")


def _after_restart(house: House) -> float:
    started = time.perf_counter()
    house.time_orch("daemon", "restart")
    house.time_orch("status")
    return time.perf_counter() - started


BENCHMARK = Benchmark(
    title="Restarting the daemon",
    about=f"""\
A daemon with {TASKS:,} tasks, {SESSIONS} of them with a live session. `killed`: it is killed by
SIGKILL, and the next `orch status` finds nobody, starts a daemon and prints its answer; measured
is that command. `restarted`: `orch daemon restart` and then `orch status`, both together. All
sessions live on, which is checked at the end. The empty home has no task and no session.""",
    measure=measure,
)
