"""The lane's benchmarks run, wrong nobody, and end with a line for programs; no time is judged."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from bench.lane_arms import batch_gates, window_formula
from bench.lane_work import Fate, Mixture

ROOT = Path(__file__).resolve().parents[2]
MEMBERS = {"speedup", "formula", "landings_per_hour", "false_ejections", "violations"}


def run(module: str, *words: str) -> dict[str, dict[str, float]]:
    """Run a benchmark, which has to succeed, and read the last line that it prints."""
    done = subprocess.run(
        [sys.executable, "-m", module, "--quick", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found: dict[str, dict[str, float]] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.mark.parametrize(
    ("module", "words"),
    [("bench.landing", ("--gate-seconds", "0.1", "--red", "0.2")), ("bench.lane_sim", ())],
)
def test_each_arm_is_told_and_nobody_is_wronged(module: str, words: tuple[str, ...]) -> None:
    """One arm is serial; red ones are planted, and only they are sent back."""
    arms = run(module, *words)
    assert any("serial" in name for name in arms)
    assert any("window 8" in name for name in arms)
    for arm in arms.values():
        assert arm.keys() >= MEMBERS
        assert arm["landings_per_hour"] > 0
        assert (arm["false_ejections"], arm["violations"]) == (0, 0)


def test_the_lanes_own_work_is_measured() -> None:
    """Plumbing alone, the lander, and the whole path."""
    rates = run("bench.landing_plumbing")
    assert rates.keys() == {"plumbing", "lander", "lane"}


def test_the_same_work_is_dealt_each_time() -> None:
    """As many as the shares say, the first one good."""
    fates = Mixture(items=40, red=0.05, clash=0.1, seed=3).fates()
    assert fates == Mixture(items=40, red=0.05, clash=0.1, seed=3).fates()
    assert (fates.count(Fate.RED), fates.count(Fate.CLASH), fates[0]) == (2, 4, Fate.GOOD)


def test_the_formulas() -> None:
    """Nothing red: a window of eight does eight, a batch takes one gate."""
    assert window_formula(0.0, 8) == 8
    assert round(window_formula(0.05, 8), 2) == 6.73
    assert batch_gates(0.0, 8) == 1
    assert batch_gates(1.0, 2) == 3
