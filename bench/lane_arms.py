"""The arms of the lane's benchmark: which gate, how many at once, what is planted."""

import sys
from dataclasses import dataclass
from pathlib import Path

from bench.lane_work import Mixture
from orch.core.settings import FlakyPolicy, GateSettings, LandingSettings, ProjectSettings

SOUND = "! ls -d broken-* >/dev/null 2>&1"
"""The command that tells a tree in which something is broken."""

FLAKE_BELOW = "[0][0-9a-c]"
"""Trees whose id begins so fail once: 13 of 256, that is 5 %."""

TESTS = """\
from pathlib import Path


def test_that_takes_a_processor_for_a_while():
    total = 0
    for number in range({rounds}):
        total += number * number % 7
    assert total


def test_that_nothing_is_broken():
    assert not list(Path().glob("broken-*"))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """One way to land the same branches. `against` names the serial arm that it is compared to."""

    name: str
    gate: str = "sleep"
    window: int = 1
    batch: int = 1
    early: bool = False
    flaky: bool = False
    mixture: Mixture
    against: str = ""
    note: str = ""

    def settings(self, *, gate_s: float, marks: Path) -> ProjectSettings:
        """Say how it lands; `marks` is where flakes note that they have happened."""
        landing = LandingSettings(
            base_branch="main",
            quality_gate=self._commands(gate_s, marks),
            window=self.window,
            batch=self.batch,
            flaky=FlakyPolicy.ALLOW if self.flaky else FlakyPolicy.HOLD,
        )
        return ProjectSettings(
            landing=landing, gate=GateSettings(slots=max(2, self.window), fail_fast=True)
        )

    def _commands(self, gate_s: float, marks: Path) -> tuple[str, ...]:
        if self.gate == "pytest":
            return (f"{sys.executable} -B -m pytest -q -p no:cacheprovider checks",)
        sleep = f"sleep {gate_s:g}"
        flake = (_flake(marks),) if self.flaky else ()
        return (SOUND, sleep) if self.early else (sleep, *flake, SOUND)

    def files(self, *, rounds: int) -> dict[str, str]:
        """Name the files that `main` begins with."""
        plain = {f"src/file{number}.txt": f"file {number}\n" for number in range(50)}
        checks = {"checks/test_all.py": TESTS.format(rounds=rounds)}
        return plain | (checks if self.gate == "pytest" else {})

    @property
    def formula(self) -> float:
        """Return the speed-up that is to be expected, gate time constant.

        A window of W with the share p of red ones lands `S = (1-(1-p)^W)/p` in the time of a
        gate. A batch of n takes `E(n) = 1 + 2E(n/2) - 2(1-p)^n` gates, halved while it is red.
        """
        red = self.mixture.red
        together = 1 - (1 - red) ** self.batch
        return window_formula(together, self.window) * self.batch / batch_gates(red, self.batch)


def window_formula(red: float, window: int) -> float:
    """Return how many gates' worth of work a window does in the time of one."""
    return (1 - (1 - red) ** window) / red if red else float(window)


def batch_gates(red: float, count: int) -> float:
    """Return how many gates a batch is expected to take."""
    if count <= 1:
        return 1.0
    return 1 + 2 * batch_gates(red, count // 2) - 2 * (1 - red) ** count


def _flake(marks: Path) -> str:
    """Compose a command that fails the first time on some trees, and never again on those."""
    return (
        "tree=$(git rev-parse 'HEAD^{tree}'); case $tree in "
        f"{FLAKE_BELOW}*) ! mkdir '{marks}/'$tree 2>/dev/null;; esac"
    )


def sleep_arms(mixture: Mixture, *, full: bool) -> list[Arm]:
    """Compose the arms whose gate sleeps; those of `full` beside serial and the widest window."""
    share = f"{mixture.red:.0%} red"
    serial = Arm(name=f"sleep, {share}, serial", mixture=mixture)
    widths = (2, 4, 8) if full else (8,)
    arms = [serial]
    for width in widths:
        name = f"sleep, {share}, window {width}"
        arms.append(Arm(name=name, window=width, mixture=mixture, against=serial.name))
    if full:
        early = f"sleep, {share}, window 8 + fail-fast"
        batch = f"sleep, {share}, batch 8"
        arms.append(Arm(name=early, window=8, early=True, mixture=mixture, against=serial.name))
        arms.append(Arm(name=batch, batch=8, mixture=mixture, against=serial.name, note=OPT_IN))
    return arms


OPT_IN = "opt-in batch rule: only the last commit of a batch is gated"


def mixed_arms(mixture: Mixture) -> list[Arm]:
    """Compose the arms in which everything goes wrong: reds, clashes and flakes."""
    serial = Arm(name="mixed, serial", flaky=True, mixture=mixture)
    wide = Arm(name="mixed, window 8", window=8, flaky=True, mixture=mixture, against=serial.name)
    return [serial, wide]


def pytest_arms(mixture: Mixture) -> list[Arm]:
    """Compose the arms whose gate keeps a processor busy."""
    serial = Arm(name="pytest, serial", gate="pytest", mixture=mixture)
    shared = {"gate": "pytest", "mixture": mixture, "against": serial.name}
    return [
        serial,
        Arm(name="pytest, window 2", window=2, **shared),  # type: ignore[arg-type]
        Arm(name="pytest, window 2 x batches of 2", window=2, batch=2, note=OPT_IN, **shared),  # type: ignore[arg-type]
    ]
