"""Prove that a lane believes what it remembers of a gate only as long as the gate is the same."""

import asyncio
from dataclasses import replace

from orch.core.landing import Item, Person
from orch.core.lane_plan import CheckBase
from orch.core.receipt import Outcome
from orch.core.settings import GateSettings
from orch.engine.checks import Checks
from orch.engine.gating import Gating
from orch.engine.ground import Ground
from orch.engine.kill_points import no_step
from orch.testing.simulate import FakeConfiguration, World


async def test_what_was_said_by_another_gate_is_forgotten() -> None:
    """That a gate was unclean, or could not be run, is no news of one that is run otherwise."""
    world, rung = World(), asyncio.Event()
    parts = world.parts(no_step)
    assert isinstance(parts.configuration, FakeConfiguration)
    settings = parts.configuration.settings
    ground = Ground(project=world.store.projects()[0], settings=settings, target="main")
    gating = Gating(parts, Checks(parts), rung.set)
    commit = world.hub.commit({"a": "a"}, None)
    world.gate.scripted[commit] = [Outcome.UNCLEAN]
    item = Item(
        id="l1",
        project_id=ground.project.id,
        target="main",
        source_ref="refs/heads/a",
        source_head=commit,
        title="A change",
        submitted_at=0.0,
        position=1,
        author=Person("Ada", "ada@example.org"),
    )
    gating.start(ground, CheckBase(item, commit), priority=0)
    await rung.wait()
    assert (await gating.learn(ground, [commit]))[commit].outcome is Outcome.UNCLEAN
    patient = replace(settings.landing, gate_timeout=settings.landing.gate_timeout + 1)
    for other in (
        replace(settings, gate=GateSettings(parallel=True)),
        replace(settings, landing=patient),
    ):
        assert await gating.learn(replace(ground, settings=other), [commit]) == {}
