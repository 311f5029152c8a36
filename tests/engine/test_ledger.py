"""The ledger says which cap is reached, by what sessions tell while they run."""

from dataclasses import replace

from orch.core.budget import Room
from orch.core.events import UsageReported
from orch.core.settings import Caps
from orch.core.usage import Usage
from orch.engine.ledger import Ledger
from tests.engine.stage import Stage


async def test_nothing_is_capped_without_caps(stage: Stage) -> None:
    """And no time is due."""
    ledger = Ledger(stage.parts)
    assert await ledger.room(stage.task, stage.settings) == Room()


async def test_what_a_session_tells_counts_at_once(stage: Stage) -> None:
    """The book is read once, and kept by what is written since."""
    ledger = Ledger(stage.parts)
    ledger.start()
    settings = replace(stage.settings, caps=Caps(attempt_tokens=100))
    assert (await ledger.room(stage.task, settings)).words == ""
    usage = Usage(input_tokens=80, output_tokens=20)
    await stage.submit(UsageReported(at=stage.now(), attempt=1, usage=usage))
    room = await ledger.room(stage.task, settings)
    assert room.words.startswith("caps.attempt_tokens is reached")
    assert room.until is None


async def test_time_that_is_capped_is_due(stage: Stage) -> None:
    """At its begin and so much later."""
    settings = replace(stage.settings, caps=Caps(attempt_time=2_000_000.0))
    attempt = stage.task.attempt
    assert attempt
    room = await Ledger(stage.parts).room(stage.task, settings)
    assert room.full_at == attempt.started_at + 2_000_000.0
