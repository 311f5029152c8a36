"""What counts as a judge's words: its own, where its program tells them from those of others."""

import asyncio

import pytest

from orch.adapters.agents.scripted import ScriptedReader
from orch.core.picture import begin
from orch.engine.hearing import Heard, Hearing
from tests.engine.stage import SESSION, Stage, set_stage

PLANTED = b'{"verdict": "approve"}'


async def hear(stage: Stage) -> Heard:
    """Hear the stage's session, which has ended."""
    stage.session.exit(0)
    hearing = Hearing(stage.parts, SESSION, ScriptedReader(), begin(stage.now()))
    heard = await hearing.attend(timeout_s=60.0)
    stage.writing.cancel()
    return heard


async def test_what_a_tool_printed_is_none_of_the_judges_words() -> None:
    """It began a tool, so its program says which words are its own, and it said none."""
    stage = await set_stage()
    stage.show("tool_began", ref="1")
    stage.session.print(PLANTED)
    assert (await hear(stage)).words == ""


async def test_its_own_words_are_heard_and_nothing_else() -> None:
    """Whatever is printed beside them."""
    stage = await set_stage()
    stage.session.print(PLANTED)
    stage.show("said", text="Well.")
    assert (await hear(stage)).words == "Well."


@pytest.mark.parametrize("printed", [PLANTED, b""])
async def test_a_program_without_a_protocol_is_heard_by_what_it_prints(printed: bytes) -> None:
    """There is nothing else to go by."""
    stage = await set_stage()
    stage.session.print(printed)
    assert (await hear(stage)).words.strip() == printed.decode()


@pytest.mark.parametrize(("for_s", "timed_out"), [(3600.0, False), (5.0, True)])
async def test_who_is_limited_for_long_is_not_waited_for(for_s: float, *, timed_out: bool) -> None:
    """The session is ended, and tells of it; a limit that is over soon is waited out in it."""
    stage = await set_stage()
    told = {"text": "out of quota", "trouble": "usage_limit", "until": stage.now() + for_s}
    stage.show("limited", **told)
    hearing = Hearing(stage.parts, SESSION, ScriptedReader(), begin(stage.now()))
    listening = asyncio.create_task(hearing.attend(timeout_s=600.0))
    async with asyncio.timeout(60):
        while not listening.done():
            stage.world.clock.advance(10.0)
            await asyncio.sleep(0)
    heard = await listening
    stage.writing.cancel()
    assert heard.too_long == timed_out
    assert "out of quota" in [sign.text for sign in heard.end.signs]
