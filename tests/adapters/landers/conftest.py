"""Fixtures of the lander tests."""

from pathlib import Path

import pytest

from tests.adapters.landers.worlds import GitWorld


@pytest.fixture
async def world(tmp_path: Path, request: pytest.FixtureRequest) -> GitWorld:
    """Give a project whose target is checked out, or of the kind that the test asks for."""
    return await GitWorld(tmp_path, getattr(request, "param", "checkout")).open()
