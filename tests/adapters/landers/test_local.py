"""The local lander keeps the contract of the lander port, whatever kind the target is."""

import pytest

from orch.testing.lander_suite import FollowSuite, LanderSuite, RefusalSuite
from tests.adapters.landers.worlds import KINDS, PUSHED


@pytest.mark.parametrize("world", KINDS, indirect=True)
class TestLocalLander(LanderSuite):
    """The contract, for each kind of target."""


@pytest.mark.parametrize("world", PUSHED, indirect=True)
class TestRefusal(RefusalSuite):
    """The contract of targets that can refuse."""


class TestFollow(FollowSuite):
    """The contract of targets that are checked out."""
