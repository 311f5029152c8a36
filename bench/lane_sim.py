"""Thirty agents and a seven-minute gate in virtual time: `python -m bench.lane_sim [--quick]`.

The planner and the lanes are the product's own, on fakes that keep the ports' contracts; only
gates and agents take (virtual) time. An agent works on a task for twenty to sixty minutes and
puts it into the queue; if it is sent back, it mends it and comes again.
"""

import argparse
import asyncio
import json
import random
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median, quantiles
from unittest.mock import patch

import structlog

from bench.lane_arms import batch_gates, window_formula
from bench.lane_page import put, table
from bench.virtual import VirtualClock, run
from orch.core.findings import Severity
from orch.core.landing import Bounce, Item, ItemState
from orch.core.receipt import Outcome
from orch.core.settings import GateSettings, LandingSettings, ProjectSettings
from orch.engine.engine import Engine
from orch.engine.enqueue import Wanted
from orch.engine.kill_points import no_step
from orch.engine.parts import Parts
from orch.engine.writer import Writer
from orch.ports.gate import GateOrder, GateResult
from orch.ports.store import ItemQuery
from orch.testing.fake_gate import FakeGate
from orch.testing.fake_hub import Files
from orch.testing.simulate import PROJECT, FakeConfiguration, World

HOUR_S = 3600.0
MINUTE_S = 60.0
SLOTS = 8
SHARED = 3
"""Tasks that conflict change one of so many files."""

AIM = 20.0
JITTER = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """What is simulated: how many agents for how long, and what goes wrong with their work."""

    agents: int = 30
    hours: float = 12.0
    warm_up_hours: float = 2.0
    gate_s: float = 420.0
    early_s: float = 60.0
    red: float = 0.10
    clash: float = 0.15
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """One way to land; `early` lets a red gate end after its first minute."""

    name: str
    window: int = 1
    batch: int | None = 1
    early: bool = False
    fixed: bool = False
    note: str = ""


BATCHED = "opt-in batch rule: only the last commit of a batch is gated"
ARMS = (
    Arm(name="serial"),
    Arm(name="window 4", window=4),
    Arm(name="window 4, fixed", window=4, fixed=True, note="the window does not adapt"),
    Arm(name="window 8", window=8),
    Arm(name="window 8, fixed", window=8, fixed=True, note="the window does not adapt"),
    Arm(name="window 8 + fail-fast", window=8, early=True),
    Arm(name="batch 4", batch=4, note=BATCHED),
    Arm(name="window 4 x batch auto", window=4, batch=None, note=BATCHED),
)


def _judge(files: Files) -> Outcome:
    return Outcome.RED if any(name.startswith("broken") for name in files) else Outcome.PASSED


def _luck(number: int) -> float:
    """Let no two gates take the same time: five percent more or less, the same in each run."""
    return random.Random(number).uniform(1 - JITTER, 1 + JITTER)  # noqa: S311 - it varies times


@dataclass(slots=True)
class SlowGate(FakeGate):
    """A gate that takes its time, less where a failure shows early; `spent_s` adds it up."""

    takes_s: float = 0.0
    red_takes_s: float = 0.0
    spent_s: float = 0.0

    async def check(self, order: GateOrder) -> GateResult:
        """Take the time, then say what the files say."""
        red = self.judge(self._files(order.commit)) is Outcome.RED
        started = asyncio.get_running_loop().time()
        try:
            await asyncio.sleep((self.red_takes_s if red else self.takes_s) * _luck(len(self.runs)))
        finally:
            self.spent_s += asyncio.get_running_loop().time() - started
        # Named, for a dataclass with slots is another class than `super()` looks for.
        return await FakeGate.check(self, order)


@dataclass(slots=True)
class Town:
    """The agents' world, and what they remember: which heads were planted to fail."""

    day: Day
    arm: Arm
    world: World = field(default_factory=World)
    red: set[str] = field(default_factory=set)
    clashing: set[str] = field(default_factory=set)
    gate: SlowGate = field(init=False)
    engine: Engine = field(init=False)

    def __post_init__(self) -> None:
        """Put the engine together."""
        early = self.day.early_s if self.arm.early else self.day.gate_s
        self.gate = SlowGate(
            self.world.hub, judge=_judge, takes_s=self.day.gate_s, red_takes_s=early
        )
        self.engine = Engine(self._parts(), gate_slots=SLOTS)

    def _parts(self) -> Parts:
        landing = LandingSettings(
            quality_gate=("check",), window=self.arm.window, batch=self.arm.batch
        )
        settings = ProjectSettings(landing=landing, gate=GateSettings(slots=SLOTS))
        clock, world = VirtualClock(), self.world
        return replace(
            world.parts(no_step),
            clock=clock,
            writer=Writer(world.store, clock),
            configuration=FakeConfiguration(settings),
            gate=self.gate,
        )

    @property
    def tip(self) -> str:
        """The target's newest commit."""
        return self.world.hub.refs["refs/heads/main"]

    @property
    def items(self) -> Sequence[Item]:
        """All items, as they are stored."""
        return self.world.store.items(ItemQuery(limit=1_000_000))

    async def work(self, agent: int) -> None:
        """Do one task after the other, until cancelled."""
        # Seeded by agent, not shared: in each arm every agent gets the same tasks.
        chance = random.Random(f"{self.day.seed}/{agent}")  # noqa: S311 - it deals work
        await asyncio.sleep(chance.uniform(0, 40) * MINUTE_S)
        for number in range(1_000):
            await self._task(f"{agent}-{number}", chance)

    async def _task(self, name: str, chance: random.Random) -> None:
        fails = chance.random() < self.day.red
        clashes = chance.random() < self.day.clash
        shared = f"shared-{chance.randrange(SHARED)}.txt"
        works_s, mends_s = chance.uniform(20, 60) * MINUTE_S, chance.uniform(5, 15) * MINUTE_S
        base, branch, first = self.tip, f"task-{name}", True
        await asyncio.sleep(works_s)
        while True:
            change = {f"work-{name}.txt": "done"} | ({shared: name} if clashes else {})
            if fails and first:
                change[f"broken-{name}"] = "x"
            head = self._commit(change, base=base, branch=branch)
            (self.red if fails and first else set()).add(head)
            (self.clashing if clashes else set()).add(head)
            item = await self._landed(branch)
            if item.state is ItemState.LANDED:
                return
            first = first and item.bounce is not Bounce.RED
            base = self.tip
            await asyncio.sleep(mends_s)

    def _commit(self, change: Mapping[str, str], *, base: str, branch: str) -> str:
        files = {**self.world.lander.files(base), **change}
        head = self.world.lander.record(files, base, message=f"Work of {branch}")
        self.world.hub.refs[f"refs/heads/{branch}"] = head
        return head

    async def _landed(self, branch: str) -> Item:
        """Put a branch into the queue and wait until it has left it."""
        wanted = Wanted(project_id=PROJECT, source=branch, actor="sim")
        item = await self.engine.enqueue(wanted)
        query = ItemQuery(ids=(item.id,))
        seq = 0
        while (found := self.world.store.items(query)[0]).is_open:
            seq = await self.engine.writer.changed(seq)
        return found

    def wronged(self) -> int:
        """Count items that were sent back for what was not planted in them."""
        return sum(
            not (
                (item.bounce is Bounce.RED and item.source_head in self.red)
                or (item.bounce is Bounce.CONFLICT and item.source_head in self.clashing)
            )
            for item in self.items
            if item.state is ItemState.BOUNCED
        )

    async def violations(self) -> list[str]:
        """Check all invariants, and replay the gate on each commit of the target."""
        world = self.world
        landed = [item for item in self.items if item.state is ItemState.LANDED]
        project = world.store.projects()[0]
        wrong = await world.lander.verify(project, "main", landed=landed)
        found = [f"{one.invariant} {one.commit[:12]}: {one.detail}" for one in wrong]
        found += [
            f"{finding.subject}: {finding.what}"
            for finding in await self.engine.diagnose()
            if finding.severity is Severity.ERROR
        ]
        line = world.hub.history(self.tip)
        found += [
            f"{commit[:12]} is red on the target"
            for commit in line
            if _judge(dict(world.lander.files(commit))) is Outcome.RED
        ]
        return found + ([] if len(line) == len(landed) + 1 else ["commits and landings differ"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What an arm came to in the hours that count."""

    arm: Arm
    day: Day
    landed: int
    waits_s: tuple[float, ...]
    gates: int
    gate_hours: float
    false_ejections: int
    violations: tuple[str, ...]

    @property
    def per_hour(self) -> float:
        """Landings an hour, the warm-up left out."""
        return self.landed / (self.day.hours - self.day.warm_up_hours)


async def simulate(day: Day, arm: Arm) -> Result:
    """Let the agents work for so many hours."""
    town = Town(day, arm)
    running = asyncio.create_task(town.engine.run())
    await town.engine.ready.wait()
    agents = [asyncio.create_task(town.work(number)) for number in range(day.agents)]
    begun_at = VirtualClock().now() + day.warm_up_hours * HOUR_S
    done, _ = await asyncio.wait([running, *agents], timeout=day.hours * HOUR_S)
    for task in agents:
        task.cancel()
    await town.engine.stop()
    running.cancel()
    await asyncio.gather(running, *agents, return_exceptions=True)
    for task in done:
        task.result()  # Nobody ends by themselves but by a bug.
    counted = [item for item in town.items if (item.landed_at or 0.0) >= begun_at]
    return Result(
        arm=arm,
        day=day,
        landed=len(counted),
        waits_s=tuple((item.landed_at or 0.0) - item.submitted_at for item in counted),
        gates=len(town.gate.runs),
        gate_hours=town.gate.spent_s / HOUR_S,
        false_ejections=town.wronged(),
        violations=tuple(await town.violations()),
    )


@contextmanager
def _window_of(arm: Arm) -> Iterator[None]:
    """Take the window's adaptation away where the arm wants it fixed."""
    if not arm.fixed:
        yield
        return
    with patch("orch.engine.lane.adapt", lambda ceiling, _closings: ceiling):
        yield


HEAD = (
    *("arm", "landings/h", "formula", "median min", "95 % min"),
    *("gates", "false", "violations"),
)
ABOUT = """\
Twelve hours of virtual time, two of them not counted: thirty agents, a gate of seven minutes, eight
gates at once, 10 % of the work red, 15 % in files that others change too. Who is sent back mends it
and comes again; so many agents finish some 35 changes an hour. The planner and the lanes are the
product's own.

Batches save gates, not time, where gates don't slow each other down, as here: `batch 4` has one
gate at a time. With 10 % red a batch of four lands 3.6 of its changes and takes
`E(4) = 1 + 2E(2) - 2(1-p)^4` = 2.45 gates of seven minutes: 12.6 landings an hour, half of what a
window of four gates lands with three times the gates.
"""
ROOT = Path(__file__).resolve().parents[1]


def main() -> int:
    """Simulate the arms and print them; return 1 if somebody was wronged."""
    given = _parser().parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    hours = 4.0 if given.quick else given.hours
    day = Day(agents=given.agents, hours=hours, red=given.red, clash=given.clash, seed=given.seed)
    arms = [arm for arm in ARMS if not given.quick or arm.name in {"serial", "window 8"}]
    results = []
    print(f"{'arm':24} landings/h  formula  median min  95 % min  gates  false  violations")
    for arm in arms:
        started = time.monotonic()
        with _window_of(arm):
            results.append(run(simulate(day, arm)))
        print(_row(results[-1]), f"({time.monotonic() - started:.1f} s)", flush=True)
    print(f"aim: at least {AIM:.0f} landings an hour")
    for result in results:
        for wrong in result.violations:
            print(f"violation in {result.arm.name}: {wrong}")
    if not given.quick:
        rows = [_row(result).rsplit(maxsplit=len(HEAD) - 1) for result in results]
        put(given.into, "sim", title="Thirty agents", text=f"{ABOUT}\n{table(HEAD, rows)}")
    print(json.dumps({one.arm.name: report(one, serial=results[0]) for one in results}))
    return 1 if any(one.false_ejections or one.violations for one in results) else 0


def _row(result: Result) -> str:
    late = _late(result.waits_s)
    middle = median(result.waits_s) if result.waits_s else 0.0
    return (
        f"{result.arm.name:24} {result.per_hour:10.1f} {_formula(result):8.2f} "
        f"{middle / MINUTE_S:11.1f} {late / MINUTE_S:9.1f} {result.gates:6} "
        f"{result.false_ejections:6} {len(result.violations):11}"
    )


def report(result: Result, *, serial: Result) -> dict[str, object]:
    """Say what an arm came to, for programs."""
    return {
        "speedup": round(result.per_hour / serial.per_hour, 3) if serial.landed else None,
        "formula": round(_formula(result), 3),
        "landings_per_hour": round(result.per_hour, 2),
        "false_ejections": result.false_ejections,
        "violations": len(result.violations),
        "median_min": round(median(result.waits_s) / MINUTE_S, 1) if result.waits_s else None,
        "p95_min": round(_late(result.waits_s) / MINUTE_S, 1),
        "gates": result.gates,
        "gate_hours": round(result.gate_hours, 1),
        "note": result.arm.note,
    }


def _formula(result: Result) -> float:
    red, batch = result.day.red, result.arm.batch or round(result.day.red**-0.5)
    together = window_formula(1 - (1 - red) ** batch, result.arm.window)
    return together * batch / batch_gates(red, batch)


def _late(waits_s: Sequence[float]) -> float:
    return quantiles(waits_s, n=20)[-1] if len(waits_s) > 1 else sum(waits_s)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.lane_sim", description=__doc__)
    parser.add_argument("--agents", type=int, default=30, help="how many agents work")
    parser.add_argument("--hours", type=float, default=12.0, help="how long; two are not counted")
    parser.add_argument("--red", type=float, default=0.10, help="the share of work that fails")
    parser.add_argument("--clash", type=float, default=0.15, help="the share that conflicts")
    parser.add_argument("--seed", type=int, default=0, help="which work that is")
    parser.add_argument("--into", type=Path, default=ROOT, help="where docs/ is")
    parser.add_argument("--quick", action="store_true", help="see that it works")
    return parser


if __name__ == "__main__":
    sys.exit(main())
