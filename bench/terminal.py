"""An attached terminal: how fast output comes through, and how soon a key is answered."""

import os
import select
import shutil
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median

from bench.benchmark import Benchmark, Run
from bench.figure import Baseline, Figure
from bench.house import ORCH, PATIENCE_S, House
from bench.measure import Series, take_turns
from bench.repositories import make_sized
from orch.system.pty import Program, start_on_terminal

ROWS, COLS = 40, 120
KEYS = 60
"""How many keys are typed in a run."""

PAUSE_S = 0.005
"""Before each key: whoever types is slow enough for everything to have fallen asleep."""

MEGABYTES = 32
FILES = 10
TMUX_SETTINGS = "set -g status off\nset -sg escape-time 0\n"

AGENT = """\
import os, sys, tty

tty.setraw(0)
os.write(1, b"READY.")
lines, turn = (b"x" * 98 + b"\\r\\n") * 10_000, 0
while key := os.read(0, 1):
    if key == b"e":
        os.write(1, b"#")
        continue
    turn += 1
    for _ in range(int(sys.argv[1])):
        left = memoryview(lines)
        while left:
            left = left[os.write(1, left) :]
    os.write(1, b"DONE%d." % turn)
"""
"""Answers `e` with one byte, any other key with megabytes and a word that says they are over."""


@dataclass(slots=True)
class Terminal:
    """A terminal of ours with a program that shows the agent: the agent itself, or a viewer."""

    name: str
    master: int
    megabytes: int
    turn: int = 0
    arrived: int = 0

    def time_key(self) -> float:
        """Type keys one after the other; return the median of the seconds until each answer."""
        return median(self._answer() for _ in range(KEYS))

    def _answer(self) -> float:
        time.sleep(PAUSE_S)
        self._drain()
        started = time.perf_counter()
        os.write(self.master, b"e")
        self.read_until(b"#")
        return time.perf_counter() - started

    def measure_flow(self) -> float:
        """Let the agent print; return its megabytes a second until their end is shown."""
        self.turn += 1
        self._drain()
        started = time.perf_counter()
        os.write(self.master, b"g")
        self.arrived = self.read_until(b"DONE%d." % self.turn)
        return self.megabytes / (time.perf_counter() - started)

    def read_until(self, word: bytes) -> int:
        """Read until a word was shown; return how many bytes came. Raises `AssertionError`."""
        shown, came = b"", 0
        while word not in shown:
            ready, _, _ = select.select([self.master], [], [], PATIENCE_S)
            assert ready, f"{self.name}: {word!r} was not shown; the last was {shown[-200:]!r}"
            data = os.read(self.master, 65536)
            came += len(data)
            shown = shown[-len(word) :] + data
        return came

    def _drain(self) -> None:
        while select.select([self.master], [], [], 0)[0]:
            os.read(self.master, 65536)


@dataclass(frozen=True, slots=True)
class Opener:
    """Opens terminals in which the same agent is shown in different ways."""

    house: House
    megabytes: int

    @property
    def agent(self) -> list[str]:
        """The agent's command."""
        return [sys.executable, str(self.house.root / "agent.py"), str(self.megabytes)]

    def open(self, name: str, argv: list[str]) -> Terminal:
        """Start a program on a new terminal and wait until it shows the agent."""
        env = {**self.house.environment, "TERM": "xterm-256color"}
        program = Program(argv=argv, cwd=str(self.house.repository.path), env=env)
        started = start_on_terminal(program, rows=ROWS, cols=COLS)
        terminal = Terminal(name, started.master, self.megabytes)
        terminal.read_until(b"READY.")
        return terminal

    def bare(self) -> Terminal:
        """Run the agent in the terminal itself, with nothing in between."""
        return self.open("a bare terminal", self.agent)

    def orch(self) -> Terminal:
        """Run the agent as a task, and attach to it."""
        with self.house.events("SessionStarted") as events:
            task = self.house.orch("add", "Show something")
            events.await_event("SessionStarted", task)
        return self.open("orch attach", [ORCH, "attach", task])

    def tmux(self) -> Terminal:
        """Run the agent in a tmux of its own, whose client is attached."""
        settings = self.house.root / "tmux.conf"
        settings.write_text(TMUX_SETTINGS, encoding="utf-8")
        socket = str(self.house.root / "tmux")
        argv = ["tmux", "-S", socket, "-f", str(settings), "new-session", *self.agent]
        return self.open("tmux", argv)


def measure(run: Run) -> None:
    """Measure a session of orch's beside a bare terminal and, where it is installed, tmux."""
    house = House(run.folder, make_sized(run.folder / "project", FILES))
    opener = Opener(house, run.amount(MEGABYTES, quick=1))
    (house.root / "agent.py").write_text(AGENT, encoding="utf-8")
    house.set_up(f"exec {' '.join(opener.agent)}")
    terminals = {"orch": opener.orch(), "bare": opener.bare()}
    if shutil.which("tmux"):
        terminals["tmux"] = opener.tmux()
    else:
        run.leave_out("tmux", "it is not installed")
    keys = take_turns({name: one.time_key for name, one in terminals.items()}, runs=run.runs)
    flow = take_turns({name: one.measure_flow for name, one in terminals.items()}, runs=run.runs)
    for one in terminals.values():
        share = one.arrived / (one.megabytes * 1_000_000)
        run.note(f"Of what the agent printed, {share:.1%} arrived through {one.name}.")
        os.close(one.master)
    in_us = {name: series.scaled(1_000_000) for name, series in keys.items()}
    _tell(run, terminals, what="key", unit="µs", found=in_us)
    _tell(run, terminals, what="flow", unit="MB/s", found=flow)


def _tell(
    run: Run,
    terminals: Mapping[str, Terminal],
    *,
    what: str,
    unit: str,
    found: Mapping[str, Series],
) -> None:
    """Tell orch's own figure once for each thing that it is compared with, then theirs."""
    for other in [name for name in terminals if name != "orch"]:
        against = Baseline(terminals[other].name, found[other])
        figure = Figure(
            name=f"terminal.{what}.beside_{other}", series=found["orch"], unit=unit, against=against
        )
        run.figure(figure)
        run.figure(Figure(name=f"terminal.{what}.{other}", series=found[other], unit=unit))


BENCHMARK = Benchmark(
    title="An attached terminal",
    about=f"""\
The same agent in three places: as a task's session to which `orch attach` is attached, on a bare
terminal, and in tmux with its client attached; each is shown on a terminal of {ROWS} rows that the
benchmark reads. `key` is the time from a key that is typed to the agent's answer, the median of
{KEYS} keys in each run. `flow` is how fast the agent can print {MEGABYTES} MB until their end is
shown; tmux shows the screen now and then, where orch passes on every byte.""",
    measure=measure,
)
