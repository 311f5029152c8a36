"""Lands branches through the real lane in several ways: `python -m bench.landing [--quick]`.

The arms whose gate sleeps and those whose gate computes are two parts, each with a section of the
page; `--part computes` runs one of them alone.
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from bench.ceiling import ceiling
from bench.lane_arms import Arm, mixed_arms, pytest_arms, sleep_arms
from bench.lane_page import put, table
from bench.lane_run import Ground, Result, run_arm
from bench.lane_work import Mixture
from bench.processes import nothing_left

SHARES = (0.05, 0.0, 0.1, 0.2)
"""Which shares of the branches fail; the first has all arms."""

HEAD = (
    *("arm", "landed", "per minute", "speed-up", "formula", "median s", "95 % s"),
    *("gates each", "cpu s each", "false", "violations"),
)

SLEEPS = """\
{items} branches (half of them for all but the first share of red ones, and for `mixed`) are queued
at once and landed in a bare repository, anew for each arm. The gate `sleep` sleeps {gate:g} s and
then fails if something is broken; with fail-fast it looks first. `mixed` has 5 % red branches, 10 %
that conflict, and a gate that fails the first time on 5 % of the trees. The formula is
`(1-(1-p)^W)/p` for a window of W whose gates all take as long; runs of so few branches have a begin
and an end in which it can't be reached. An asterisk marks the opt-in batch rule: only the last
commit of a batch is gated.
"""

COMPUTES = """\
The same with {items} branches, 5 % of them red, and a real pytest as the gate, which computes for
{cpu:g} s. Two such gates leave nothing of two processors for the lane itself: with no orch around
them they went {ceiling:.2f} times as fast at once as one after the other, just before.
"""

PARTS = {
    "landing": ("sleep", "Real branches", SLEEPS),
    "computes": ("pytest", "A gate that computes", COMPUTES),
}
"""Sections of the page: which gate their arms have, the title, and what is said of them."""
ROOT = Path(__file__).resolve().parents[1]


def main() -> int:
    """Run the arms and print the table; return 1 if somebody was wronged."""
    given = _parser().parse_args()
    arms = choose(given)
    with tempfile.TemporaryDirectory(prefix="orch-bench-lane-") as folder, nothing_left():
        rounds = calibrate(given.cpu_seconds)
        ground = Ground(folder=Path(folder), gate_s=given.gate_seconds, rounds=rounds)
        busy = next((arm for arm in arms if arm.gate == "pytest"), None)
        best = ceiling(busy, ground.folder, rounds=rounds) if busy else 0.0
        results = asyncio.run(_run(arms, ground))
    rows = [cells(result, against=serial_of(result, results)) for result in results]
    print()
    print(write_table([HEAD, *rows]))
    if best:
        print(f"two pytest gates at once, with no orch around them: {best:.2f}")
    for result in results:
        for wrong in result.violations:
            print(f"violation in {result.arm.name}: {wrong}")
    if not (given.quick or given.arms):
        publish(given, results, best=best)
    told = {one.arm.name: report(one, serial_of(one, results)) for one in results}
    print(json.dumps(told))
    return 1 if any(one.false_ejections or one.violations for one in results) else 0


def publish(given: argparse.Namespace, results: Sequence[Result], *, best: float) -> None:
    """Write a section of the page for each part that was run."""
    told = {"items": given.items, "gate": given.gate_seconds, "cpu": given.cpu_seconds}
    for name, (gate, title, about) in PARTS.items():
        mine = [one for one in results if one.arm.gate == gate]
        rows = [cells(one, against=serial_of(one, mine)) for one in mine]
        text = about.format(**told, ceiling=best)
        if rows:
            put(given.into, name, title=title, text=f"{text}\n{table(HEAD, rows)}")


async def _run(arms: Sequence[Arm], ground: Ground) -> list[Result]:
    results = []
    for arm in arms:
        results.append(await run_arm(arm, ground))
        print(f"{arm.name}: {results[-1].landed} landed in {results[-1].took_s:.1f} s", flush=True)
    return results


def choose(given: argparse.Namespace) -> list[Arm]:
    """Choose the arms that were asked for; a serial one comes along with each that needs it."""
    items = 6 if given.quick else given.items
    shares = given.red or ((SHARES[0],) if given.quick else SHARES)
    arms: list[Arm] = []
    half = max(4, items // 2)
    for place, red in enumerate(shares):
        some = Mixture(items=half if place else items, red=red, seed=given.seed)
        arms += sleep_arms(some, full=place == 0 and not given.quick)
    if not given.quick:
        arms += mixed_arms(Mixture(items=half, red=0.05, clash=0.1, seed=given.seed))
        arms += pytest_arms(Mixture(items=items, red=0.05, seed=given.seed))
    if given.part:
        arms = [arm for arm in arms if arm.gate == PARTS[given.part][0]]
    if not given.arms:
        return arms
    wanted = [arm for arm in arms if any(word in arm.name for word in given.arms)]
    needed = {arm.against for arm in wanted}
    return [arm for arm in arms if arm in wanted or arm.name in needed]


def calibrate(seconds: float) -> int:
    """Find out how many rounds of the test's loop take so long here."""
    rounds, total = 1_000_000, 0
    started = time.process_time()
    for number in range(rounds):
        total += number * number % 7
    return int(rounds * seconds / (time.process_time() - started))


def serial_of(result: Result, results: Sequence[Result]) -> Result:
    """Find the arm that a result is compared with: itself, if it is a serial one."""
    return next((one for one in results if one.arm.name == result.arm.against), result)


def report(result: Result, against: Result) -> dict[str, object]:
    """Say what an arm came to, for programs."""
    return {
        "speedup": round(result.per_minute / against.per_minute, 3) if against.landed else None,
        "formula": round(result.arm.formula, 3),
        "landings_per_hour": round(60 * result.per_minute, 1),
        "false_ejections": result.false_ejections,
        "violations": len(result.violations),
        "median_s": round(result.median_s, 3),
        "p95_s": round(result.late_s, 3),
        "gates": result.gates,
        "cpu_s": round(result.cpu_s, 2),
        "landed": result.landed,
        "note": result.arm.note,
    }


def cells(result: Result, *, against: Result) -> tuple[str, ...]:
    """Write a row of the table."""
    landed = max(1, result.landed)
    speedup = result.per_minute / against.per_minute if against.landed else 0.0
    numbers = (result.per_minute, speedup, result.arm.formula, result.median_s, result.late_s)
    return (
        result.arm.name + (" *" if result.arm.note else ""),
        str(result.landed),
        *(f"{number:.2f}" for number in numbers),
        f"{result.gates / landed:.2f}",
        f"{result.cpu_s / landed:.2f}",
        str(result.false_ejections),
        str(len(result.violations)),
    )


def write_table(rows: Sequence[Sequence[str]]) -> str:
    """Align the rows for a terminal; what is not the name stands to the right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if column else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.landing", description=__doc__)
    parser.add_argument("--items", type=int, default=40, help="how many branches each arm lands")
    parser.add_argument("--gate-seconds", type=float, default=4.0, help="how long a gate sleeps")
    parser.add_argument("--cpu-seconds", type=float, default=3.0, help="how long a gate computes")
    parser.add_argument("--red", type=float, action="append", help="a share that fails, 0.05")
    parser.add_argument("--arms", nargs="+", help="only those whose name holds one of these words")
    parser.add_argument("--part", choices=PARTS, help="only the arms of one section")
    parser.add_argument("--seed", type=int, default=0, help="which branches fail")
    parser.add_argument("--into", type=Path, default=ROOT, help="where docs/ is")
    parser.add_argument("--quick", action="store_true", help="see that it works")
    return parser


if __name__ == "__main__":
    sys.exit(main())
