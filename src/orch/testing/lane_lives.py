"""Simulated lives of a lane: many branches, gates that end in any order, daemons that die."""

import asyncio
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from orch.core.landing import Bounce, Item, ItemState, Proof
from orch.core.project import Project
from orch.core.receipt import Outcome
from orch.core.settings import FlakyPolicy, GateSettings, LandingSettings
from orch.engine.diagnose import diagnose
from orch.engine.engine import Engine
from orch.engine.enqueue import Wanted
from orch.engine.parts import Parts
from orch.ports.gate import GateOrder, GateResult
from orch.testing.fake_gate import FakeGate
from orch.testing.fake_hub import Files
from orch.testing.simulate import PROJECT, FakeConfiguration, Fuse, World

KINDS = ("good", "good", "good", "good", "bad", "clash", "flaky", "pair", "stuck")
"""What branches are like: well; red; in a file others change; red at times; red with another; such
that a gate of them can't be run to its end at first."""


class SlowGate(FakeGate):
    """A gate that takes its time, so that gates end in any order; some trees flake."""

    chance = random.Random(0)  # noqa: S311 - it picks how simulated gates end
    trees = frozenset[str]()
    hung: Counter[str]

    async def check(self, order: GateOrder) -> GateResult:
        """Let others go first for a while, then end.

        The pauses are trips to a thread, as a lane's own reads are: so it takes steps meanwhile.
        """
        for _ in range(self.chance.choice(_TAKES)):
            await asyncio.to_thread(int)
        tree = (await self.key(order.project, order.commit, spec=order.spec)).tree
        first, self.trees = tree not in self.trees, self.trees | {tree}
        if first and "flaky" in self._files(order.commit) and self.chance.random() < _SHAKY:
            self.scripted[order.commit] = [Outcome.RED]
        stuck = [name for name in self._files(order.commit) if name.startswith("stuck-")]
        if late := next((name for name in stuck if self.hung[name] < _HANGS), None):
            self.hung[late] += 1
            self.scripted[order.commit] = [Outcome.INFRA]
        return await FakeGate.check(self, order)


_SHAKY = 0.3
_HANGS = 4
_IDLE_S = 0.05
_TAKES = (0, 3, 10, 60)


_PAIR = 2


def judge(files: Mapping[str, str]) -> Outcome:
    """Fail a tree with a broken file, or with two that break each other."""
    pairs = Counter(name.split("-")[1] for name in files if name.startswith("pair-"))
    broken = any(name.startswith("bad") for name in files) or _PAIR in pairs.values()
    return Outcome.RED if broken else Outcome.PASSED


@dataclass(slots=True)
class LaneWorld:
    """What survives a daemon: the store, the repository with its branches, the clock."""

    count: int
    seed: int = 0
    window: int = 4
    batch: int = 1
    world: World = field(default_factory=World)
    kinds: list[str] = field(init=False)

    def __post_init__(self) -> None:
        """Put the branches into the repository."""
        chance = random.Random(self.seed)  # noqa: S311 - it picks what branches are like
        self.kinds = [chance.choice(KINDS) for _ in range(self.count)]
        gate = SlowGate(self.world.hub, judge=judge)
        gate.chance, gate.hung = chance, Counter()
        self.world.gate = gate
        main = self.world.hub.refs["refs/heads/main"]
        for n, kind in enumerate(self.kinds):
            files = dict(self.world.main) | self._files(n, kind)
            commit = self.world.lander.record(files, main, message=f"{kind} {n}")
            self.world.hub.refs[f"refs/heads/work-{n}"] = commit

    def _files(self, n: int, kind: str) -> Files:
        match kind:
            case "clash":
                return {"shared.txt": f"{n}", f"work-{n}": "x"}
            case "pair":
                return {f"pair-{n // 6}-{n}": "x"}
            case "flaky":
                return {"flaky": "x", f"work-{n}": "x"}
            case _:
                return {f"{kind}-{n}": "x"}

    @property
    def items(self) -> Sequence[Item]:
        """All items, as they are stored."""
        return self.world.items

    def parts(self, fuse: Fuse) -> Parts:
        """Put the ports together for one daemon."""
        parts = self.world.parts(fuse)
        assert isinstance(parts.configuration, FakeConfiguration)
        settings = replace(
            parts.configuration.settings,
            landing=LandingSettings(
                quality_gate=("check",),
                window=self.window,
                batch=self.batch,
                flaky=FlakyPolicy.ALLOW,
            ),
            gate=GateSettings(slots=self.window),
        )
        return replace(parts, configuration=FakeConfiguration(settings))

    def project(self) -> Project:
        """Return the project."""
        return self.world.store.projects()[0]


async def live_lane(lane: LaneWorld, *, fuse: Fuse) -> bool:
    """Run one daemon until every branch has landed or was sent back; False if it died."""
    engine = Engine(lane.parts(fuse), gate_slots=lane.window)
    running = asyncio.create_task(engine.run())
    working = asyncio.create_task(_enqueue(engine, lane))
    blown = asyncio.create_task(fuse.blown.wait())
    await asyncio.wait({working, blown, running}, return_when=asyncio.FIRST_COMPLETED)
    survived = working.done() and not fuse.blown.is_set()
    for task in (working, blown, running):
        task.cancel()
    await engine.stop()
    ends = await asyncio.gather(working, blown, running, return_exceptions=True)
    if survived:
        for end in ends:
            if isinstance(end, Exception):
                raise end
    return survived


async def _enqueue(engine: Engine, lane: LaneWorld) -> None:
    await engine.ready.wait()
    known = {item.source_ref for item in lane.items}
    for n in range(lane.count):
        if f"refs/heads/work-{n}" not in known:
            await engine.enqueue(Wanted(project_id=PROJECT, source=f"work-{n}", actor="simulation"))
    seq = engine.writer.seq
    while len(lane.items) < lane.count or any(item.is_open for item in lane.items):
        try:
            async with asyncio.timeout(_IDLE_S):
                seq = await engine.writer.changed(seq)
        except TimeoutError:
            # Whoever is left waits for a gate that is tried again later: so let it be later.
            lane.world.clock.advance(61.0)


async def find_faults(lane: LaneWorld) -> list[str]:
    """Say what a lane did that it must not: lost, doubled, unproven or wrongly ejected items."""
    faults = [str(finding.what) for finding in await diagnose(lane.parts(Fuse()))]
    world = lane.world
    line = [*reversed(world.lander.trail(world.hub.refs["refs/heads/main"], since=None))]
    on_main = Counter(mark.landing_id for mark in line)
    faults += [f"{name} landed {n} times" for name, n in on_main.items() if n > 1]
    by_source = Counter(item.source_ref for item in lane.items)
    faults += [f"{source} has {n} landings" for source, n in by_source.items() if n > 1]
    landed = {item.id for item in lane.items if item.state is ItemState.LANDED}
    faults += [f"{name} is told to have landed" for name in landed - set(on_main)]
    faults += [f"{name} is on main untold" for name in set(on_main) - landed]
    for item in lane.items:
        kind = lane.kinds[int(item.source_ref.rpartition("-")[2])]
        red = item.new is not None and judge(world.lander.files(item.new)) is Outcome.RED
        if red and item.proof is Proof.PASSING:
            faults.append(f"{item.id} made main red")
        if item.state is ItemState.BOUNCED and kind not in _GUILTY.get(item.bounce, ()):
            faults.append(f"{item.id} ({kind}) was sent back: {item.bounce}")
    return faults


_GUILTY: dict[Bounce | None, tuple[str, ...]] = {
    Bounce.RED: ("bad", "pair"),
    Bounce.CONFLICT: ("clash",),
}
