"""Starting the command line: whole processes, from their start to their end."""

import sys

from bench.benchmark import Benchmark, Run
from bench.figure import Aim, Baseline, Figure
from bench.house import House
from bench.measure import take_turns
from bench.repositories import make_sized

TASKS = 10
MOST = 5.0
"""How many times a bare start of Python `orch status` may take."""


def measure(run: Run) -> None:
    """Measure `orch status` with a daemon that runs, a project and a few tasks."""
    house = House(run.folder, make_sized(run.folder / "project", 100))
    house.set_up("true")
    for number in range(TASKS):
        house.orch("add", f"Task {number} of the list", "--draft")
    found = take_turns(
        {
            "status": lambda: house.time_orch("status"),
            "python": lambda: house.time(sys.executable, "-c", "pass"),
            "git": lambda: house.time("git", "status"),
        },
        runs=run.amount(25, quick=2),
    )
    ms = {name: series.scaled(1000) for name, series in found.items()}
    python, git = Baseline("python3 -c pass", ms["python"]), Baseline("git status", ms["git"])
    run.figure(
        Figure(
            name="cli_start.status",
            series=ms["status"],
            unit="ms",
            against=python,
            aim=Aim(MOST, of_ratio=True),
        )
    )
    run.figure(
        Figure(name="cli_start.status_beside_git", series=ms["status"], unit="ms", against=git)
    )
    run.figure(Figure(name="cli_start.python", series=ms["python"], unit="ms"))
    run.figure(Figure(name="cli_start.git_status", series=ms["git"], unit="ms"))


BENCHMARK = Benchmark(
    title="Starting the command line",
    about=f"""\
`orch status` asks a daemon that runs, in a repository of 100 files with {TASKS} tasks. Whole
processes, from their start to their end, output thrown away. `python3 -c pass` is the same
interpreter in the same environment; `git status` runs in the same folder.""",
    measure=measure,
)
