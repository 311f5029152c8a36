"""The ledger says which cap is reached, by what sessions tell while they run."""

from dataclasses import replace

from orch.core.events import UsageReported
from orch.core.settings import Caps
from orch.core.usage import Usage
from orch.engine.ledger import Ledger
from tests.engine.stage import Stage


async def test_nothing_is_capped_without_caps(stage: Stage) -> None:
    """And no time is due."""
    ledger = Ledger(stage.parts)
    assert await ledger.why_not(stage.task, stage.settings) == ("", None)
    assert await ledger.due(stage.task, stage.settings) is None


async def test_what_a_session_tells_counts_at_once(stage: Stage) -> None:
    """The book is read once, and kept by what is written since."""
    ledger = Ledger(stage.parts)
    ledger.start()
    settings = replace(stage.settings, caps=Caps(attempt_tokens=100))
    assert (await ledger.why_not(stage.task, settings))[0] == ""
    usage = Usage(input_tokens=80, output_tokens=20)
    await stage.submit(UsageReported(at=stage.now(), attempt=1, usage=usage))
    words, until = await ledger.why_not(stage.task, settings)
    assert words.startswith("caps.attempt_tokens is reached")
    assert until is None


async def test_time_that_is_capped_is_due(stage: Stage) -> None:
    """At its begin and so much later."""
    settings = replace(stage.settings, caps=Caps(attempt_time=2_000_000.0))
    attempt = stage.task.attempt
    assert attempt
    due = await Ledger(stage.parts).due(stage.task, settings)
    assert due == attempt.started_at + 2_000_000.0
