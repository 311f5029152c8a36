"""Prove that an attempt is held only to what it has broken itself."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from orch.core.attempt import Phase
from orch.core.effects import RunGate
from orch.core.receipt import Outcome
from orch.core.settings import GateSettings
from orch.core.task import Status
from orch.engine.checks import Checks
from orch.engine.own_gate import GateEffects
from orch.ports.store import Batch, EventQuery, Recorded, TaskQuery
from orch.testing.fake_hub import Files
from orch.testing.simulate import PROJECT, FakeConfiguration
from orch.testing.store_values import a_task, an_attempt
from tests.engine.stage import Stage, set_stage

REPORTS = GateSettings(reports=("junit:out/*.xml",))


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    """Set a project whose trees name in a file what fails in them."""
    made = await set_stage()
    gate = made.world.gate
    gate.failing = lambda files: tuple(files.get("failing", "").split())
    gate.judge = lambda files: Outcome.RED if files.get("failing") is not None else Outcome.PASSED
    yield made
    made.writing.cancel()
    await made.world.sessions.close()


async def check(stage: Stage, *, base: Files, head: Files, reports: bool = True) -> Recorded:
    """Check an attempt that has brought its base to this; return what was said of it."""
    settings = replace(stage.settings, gate=REPORTS if reports else GateSettings())
    hub = stage.world.hub
    before, after = hub.commit({"n": "1", **base}, None), hub.commit({"n": "2", **head}, None)
    number = 1 + len(stage.parts.store.tasks(TaskQuery()))
    attempt = an_attempt(
        phase=Phase.CLAIMED, base_commit=before, head=after, agent="sim", worker=f"w-{number}"
    )
    row = a_task(number, project_id=PROJECT, status=Status.IN_REVIEW, attempt=attempt, agent="sim")
    parts = replace(stage.parts, configuration=FakeConfiguration(settings))
    parts.store.commit(Batch(tasks=(row,)))
    effect = RunGate(task_id=row.id, attempt=1, head=after)
    await GateEffects(parts, Checks(parts)).run(effect, row)
    return stage.parts.store.events(EventQuery(last=True, limit=1))[-1]


async def test_what_failed_on_the_base_does_not_block(stage: Stage) -> None:
    """The worker has broken nothing."""
    event = await check(stage, base={"failing": "a b"}, head={"failing": "a"})
    assert event.kind == "GatePassed"


async def test_the_worker_is_told_what_is_new(stage: Stage) -> None:
    """And not what was so before, neither by name nor by the output."""
    event = await check(stage, base={"failing": "a"}, head={"failing": "a c"})
    assert event.kind == "GateFailed"
    told = str(event.data["excerpt"])
    assert "- c" in told
    assert "- a" not in told
    assert "1 more failed before" in told
    assert stage.world.gate.output not in told


async def test_on_a_green_base_the_output_is_told(stage: Stage) -> None:
    """All that it shows is of the worker's own making."""
    event = await check(stage, base={}, head={"failing": "a"})
    assert event.kind == "GateFailed"
    told = str(event.data["excerpt"])
    assert "- a" in told
    assert stage.world.gate.output in told


async def test_a_gate_that_names_nothing_is_red(stage: Stage) -> None:
    """Without reports, or where they are silent; the base is not even asked."""
    for reports in (False, True):
        failing = "a" if not reports else ""
        event = await check(
            stage, base={"failing": failing}, head={"failing": failing}, reports=reports
        )
        assert event.kind == "GateFailed"
    assert len(stage.world.gate.runs) == 2


async def test_an_ungated_project_passes_unproven(stage: Stage) -> None:
    """Nothing is run, and there is no receipt."""
    landing = replace(stage.settings.landing, quality_gate=())
    stage.settings = replace(stage.settings, landing=landing)
    event = await check(stage, base={}, head={"failing": "a"})
    assert (event.kind, event.data.get("receipt")) == ("GatePassed", None)
    assert stage.world.gate.runs == []
