"""Fixtures of the engine's tests."""

from collections.abc import AsyncIterator

import pytest

from tests.engine.stage import Stage, set_stage


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    """Set one session of an agent that talks on a stage."""
    made = await set_stage()
    yield made
    made.writing.cancel()
    await made.world.sessions.close()
