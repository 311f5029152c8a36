"""From `orch add` to the first byte that the agent writes, beside `git worktree add`."""

import os
import select
import subprocess
import time
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from bench.benchmark import Benchmark, Run
from bench.figure import Baseline, Figure
from bench.house import ORCH, PATIENCE_S, House
from bench.measure import take_turns
from bench.repositories import make_sized
from orch.testing.repositories import Repository

SIZES = (100, 50_000)
"""How many files the repositories have."""

WARM = 1
"""How many workspaces are kept ready where they are."""

STEP_S = 0.02


@dataclass(frozen=True, slots=True)
class Bell:
    """A named pipe on which agents ring; the kernel tells the moment."""

    path: Path
    handle: int

    @classmethod
    def hang(cls, path: Path) -> "Bell":
        """Make the pipe; it stays open at both ends, so no agent waits for a reader."""
        os.mkfifo(path, 0o600)
        return cls(path, os.open(path, os.O_RDWR | os.O_NONBLOCK))

    def wait(self) -> float:
        """Wait for a byte and return the moment of its arrival."""
        ready, _, _ = select.select([self.handle], [], [], PATIENCE_S)
        arrived = time.perf_counter()
        assert ready, "no agent wrote a byte"
        os.read(self.handle, 1)
        return arrived

    @property
    def command(self) -> str:
        """The agent: it writes one byte, then works for ever."""
        return f"printf x > {self.path}; exec sleep 3600"


@dataclass(frozen=True, slots=True)
class Starts:
    """Starts tasks in a house, one at a time; their agents go on living.

    Nothing is deleted before the end: some file systems take very long to make files where others
    were deleted a moment ago.
    """

    house: House
    bell: Bell
    warm: int

    def time_one(self) -> float:
        """Add a task as a person does; return the seconds until its agent's first byte."""
        self._await_stock()
        os.sync()
        started = time.perf_counter()
        adding = subprocess.Popen(
            [ORCH, "add", "Write a byte"],
            cwd=self.house.repository.path,
            env=self.house.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        took = self.bell.wait() - started
        assert adding.wait(PATIENCE_S) == 0
        self._await_stock()
        return took

    def _await_stock(self) -> None:
        """Wait until as many workspaces are ready as should be, so that nothing else is done."""
        deadline = time.monotonic() + PATIENCE_S
        while len(list(self.house.home.root.glob("warm/*/.ready/*.json"))) < self.warm:
            assert time.monotonic() < deadline, "no workspace became warm"
            time.sleep(STEP_S)


def _move_in(root: Path, repository: Repository, *, bell: Bell, warm: int) -> Starts:
    """Make a house; several may share a repository, and with it its configuration."""
    root.mkdir()
    house = House(root, repository, extra={"ORCH_WORKSPACE_WARM": str(warm)})
    house.set_up(bell.command)
    return Starts(house, bell, warm)


def _time_git(repository: Repository, folder: Path) -> float:
    """Time `git worktree add` of main, checked out."""
    os.sync()
    started = time.perf_counter()
    repository.git("worktree", "add", "-q", "--detach", str(folder), "main")
    return time.perf_counter() - started


def measure(run: Run) -> None:
    """Measure each size of repository, warm and cold."""
    for files in SIZES[:1] if run.quick else SIZES:
        run.say(f"making a repository of {files:,} files")
        folder = run.folder / str(files)
        folder.mkdir()
        _measure_size(run, make_sized(folder / "project", files), files=files)


def _measure_size(run: Run, repository: Repository, *, files: int) -> None:
    folder = repository.path.parent
    trees = (folder / f"tree{number}" for number in count())
    bell = Bell.hang(folder / "bell")
    warm = _move_in(folder / "warm", repository, bell=bell, warm=WARM)
    cold = _move_in(folder / "cold", repository, bell=bell, warm=0)
    cold.time_one()  # The first task of a project also fills orch's own repository; once only.
    found = take_turns(
        {
            "warm": warm.time_one,
            "cold": cold.time_one,
            "git": lambda: _time_git(repository, next(trees)),
        },
        runs=run.runs,
        warm_up=False,
    )
    for starts in (warm, cold):
        starts.house.orch("down")
    os.close(bell.handle)
    ms = {name: series.scaled(1000) for name, series in found.items()}
    git = Baseline("git worktree add", ms["git"])
    for name in ("warm", "cold"):
        run.figure(
            Figure(name=f"first_byte.{name}.{files}", series=ms[name], unit="ms", against=git)
        )
    run.figure(Figure(name=f"first_byte.git_worktree_add.{files}", series=git.series, unit="ms"))


BENCHMARK = Benchmark(
    title="From a task to its agent's first byte",
    about="""\
`orch add`, from the start of its process until a byte of the agent has arrived at the other end of
a pipe. In between a task is stored, routed and admitted, gets a branch and a workspace of its own
and a terminal, and its agent (a shell command) starts. `warm` finds a workspace that was made
ready in the background, `cold` has to make it. The number is how many files the repository has,
some 2 KB each. `git worktree add` checks out the same commit of the same repository. Before each
run what was written is synced, and nothing is deleted between runs.""",
    measure=measure,
)
