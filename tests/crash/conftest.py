"""Fixtures of the crash tests."""

from pathlib import Path

import pytest

from tests.adapters.landers.worlds import GitWorld


@pytest.fixture
async def world(tmp_path: Path) -> GitWorld:
    """Give a project whose target is checked out by a person."""
    return await GitWorld(tmp_path, "checkout").open()
