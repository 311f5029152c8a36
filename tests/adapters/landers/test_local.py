"""The local lander keeps the contract of the lander port, whatever kind the target is."""

from pathlib import Path

import pytest

from orch.testing.lander_suite import FollowSuite, LanderSuite, RefusalSuite
from tests.adapters.landers.worlds import KINDS, PUSHED, GitWorld


@pytest.fixture
async def world(tmp_path: Path, request: pytest.FixtureRequest) -> GitWorld:
    """Give a project of the kind that the test class asks for."""
    return await GitWorld(tmp_path, getattr(request, "param", "checkout")).open()


@pytest.mark.parametrize("world", KINDS, indirect=True)
class TestLocalLander(LanderSuite):
    """The contract, for each kind of target."""


@pytest.mark.parametrize("world", PUSHED, indirect=True)
class TestRefusal(RefusalSuite):
    """The contract of targets that can refuse."""


class TestFollow(FollowSuite):
    """The contract of targets that are checked out."""
