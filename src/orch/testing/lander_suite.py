"""The contract of the lander port: run it against a lander of your own.

Subclass `LanderSuite` in a test module and give it a `world` fixture (see `LanderWorld`). Add
`RefusalSuite` if your target can refuse, `FollowSuite` if a checkout can be in the way,
`ResolutionSuite` if it resolves what was resolved before.
"""

from orch.testing.lander_build_suite import BuildSuite
from orch.testing.lander_chain_suite import ChainSuite
from orch.testing.lander_push_suite import FollowSuite, PushSuite, RefusalSuite
from orch.testing.lander_resolution_suite import ResolutionSuite, TaughtWorld
from orch.testing.lander_values import CheckedOutWorld, LanderWorld, RefusingWorld
from orch.testing.lander_verify_suite import VerifySuite

__all__ = [
    "CheckedOutWorld",
    "FollowSuite",
    "LanderSuite",
    "LanderWorld",
    "RefusalSuite",
    "RefusingWorld",
    "ResolutionSuite",
    "TaughtWorld",
]


class LanderSuite(BuildSuite, ChainSuite, PushSuite, VerifySuite):
    """Everything that a `Lander` promises."""
