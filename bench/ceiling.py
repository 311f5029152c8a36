"""What the machine itself gives at best: two gates at once, with no orch around them."""

import subprocess
import time
from pathlib import Path
from statistics import median

from bench.lane_arms import Arm

PAIRS = 5


def ceiling(arm: Arm, folder: Path, *, rounds: int) -> float:
    """Return how much faster two gates at once are than one after the other (2 at most, in theory).

    Two processors of a virtual machine are often two threads of one core.
    """
    places = [folder / "ceiling" / name for name in ("one", "other")]
    for place in places:
        for name, text in arm.files(rounds=rounds).items():
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            (place / name).write_text(text, encoding="utf-8")
    (command,) = arm.settings(gate_s=0.0, marks=folder).landing.quality_gate
    ratios = [2 * _took(command, places[:1]) / _took(command, places) for _ in range(PAIRS)]
    return median(ratios)


def _took(command: str, places: list[Path]) -> float:
    started = time.perf_counter()
    gates = [
        subprocess.Popen(
            ("sh", "-c", command), cwd=place, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        for place in places
    ]
    assert not any(gate.wait() for gate in gates)
    return time.perf_counter() - started
