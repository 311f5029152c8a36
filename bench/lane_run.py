"""Runs one arm of the lane's benchmark, and judges what came of it."""

import asyncio
import resource
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

from bench.lane_arms import Arm
from bench.lane_house import LaneHouse, Open, closed, enqueue
from bench.lane_work import Fate, branch, make_target
from orch.core.findings import Severity
from orch.core.landing import Bounce, Item, ItemState
from orch.testing.repositories import Repository

PATIENCE_S = 1800.0
_ENDS = {
    Fate.GOOD: (ItemState.LANDED, None),
    Fate.RED: (ItemState.BOUNCED, Bounce.RED),
    Fate.CLASH: (ItemState.BOUNCED, Bounce.CONFLICT),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What an arm came to. `times` are from submission to landing; `violations` are sentences."""

    arm: Arm
    landed: int
    took_s: float
    times: tuple[float, ...]
    gates: int
    cpu_s: float
    false_ejections: int
    violations: tuple[str, ...]

    @property
    def per_minute(self) -> float:
        """Landings a minute."""
        return 60 * self.landed / self.took_s

    @property
    def median_s(self) -> float:
        """The median time to land."""
        return median(self.times) if self.times else 0.0

    @property
    def late_s(self) -> float:
        """The 95th percentile of the time to land."""
        return quantiles(self.times, n=20)[-1] if len(self.times) > 1 else self.median_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """Where arms run, and how long their gates take: by the clock, and in rounds of a loop."""

    folder: Path
    gate_s: float
    rounds: int


async def run_arm(arm: Arm, ground: Ground) -> Result:
    """Land all branches in a clone and a home of the arm's own."""
    root = ground.folder / "".join(c if c.isalnum() else "-" for c in arm.name)
    marks = root / "marks"
    target = make_target(root / "target.git", arm.mixture, files=arm.files(rounds=ground.rounds))
    marks.mkdir()
    house = LaneHouse(root, target, arm.settings(gate_s=ground.gate_s, marks=marks))
    try:
        async with house.open() as opened:
            return await _land(arm, opened, house=house)
    finally:
        shutil.rmtree(root, ignore_errors=True)


async def _land(arm: Arm, opened: Open, *, house: LaneHouse) -> Result:
    fates = arm.mixture.fates()
    await enqueue(opened.engine, [branch(number) for number in range(len(fates))])
    cpu, started = _cpu(), time.time()
    opened.lander.go.set()
    items = await closed(opened.engine, patience_s=PATIENCE_S)
    took_s, cpu_s = time.time() - started, _cpu() - cpu
    gates = len(opened.gate.runs)
    return Result(
        arm=arm,
        landed=sum(item.state is ItemState.LANDED for item in items),
        took_s=took_s,
        times=tuple(item.landed_at - started for item in items if item.landed_at),
        gates=gates,
        cpu_s=cpu_s,
        false_ejections=sum(_is_false(item, fate) for item, fate in zip(items, fates, strict=True)),
        violations=tuple(await _violations(opened, house, items)),
    )


def _is_false(item: Item, fate: Fate) -> bool:
    """Tell whether an item was sent back for what was not planted in it."""
    return item.state is not ItemState.LANDED and (item.state, item.bounce) != _ENDS[fate]


async def _violations(opened: Open, house: LaneHouse, items: Sequence[Item]) -> list[str]:
    """Check all invariants, and judge each commit on the target by what is in its tree."""
    landed = [item for item in items if item.state is ItemState.LANDED]
    wrong = await opened.lander.verify(house.project, "main", landed=landed)
    found = [f"{one.invariant} {one.commit[:12]}: {one.detail}" for one in wrong]
    found += [
        f"{finding.subject}: {finding.what}"
        for finding in await opened.engine.diagnose()
        if finding.severity is Severity.ERROR
    ]
    return found + await asyncio.to_thread(replay, house.target, count=len(landed))


def replay(target: Repository, *, count: int) -> list[str]:
    """Judge each commit as the gate would, and count them: one for each landing, in one line."""
    commits = target.git("rev-list", "main").split()
    found = [
        f"{commit[:12]} is on the target, and its gate fails"
        for commit in commits
        if "broken-" in target.git("ls-tree", "--name-only", commit)
    ]
    parents = target.git("rev-list", "--min-parents=2", "main").split()
    found += [f"{commit[:12]} has more than one parent" for commit in parents]
    if len(commits) != count + 1:
        found.append(f"{count} landings and {len(commits) - 1} commits")
    return found


def _cpu() -> float:
    """Return the processor time of this process and of all whose end it has seen."""
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(used.ru_utime + used.ru_stime for used in both)
