"""The local lander keeps the contract of the lander port, whatever kind the target is."""

from pathlib import Path

import pytest

from orch.ports.lander import Candidate
from orch.testing.lander_suite import FollowSuite, LanderSuite, RefusalSuite, ResolutionSuite
from orch.testing.lander_values import an_item
from tests.adapters.landers.worlds import KINDS, PUSHED, GitWorld


@pytest.mark.parametrize("world", KINDS, indirect=True)
class TestLocalLander(LanderSuite):
    """The contract, for each kind of target."""


@pytest.mark.parametrize("world", PUSHED, indirect=True)
class TestRefusal(RefusalSuite):
    """The contract of targets that can refuse."""


class TestFollow(FollowSuite):
    """The contract of targets that are checked out."""


class TestResolution(ResolutionSuite):
    """The contract of the conflict ladder."""


async def test_no_program_of_an_agents_takes_part(world: GitWorld, tmp_path: Path) -> None:
    """A merge driver that was put into the hub's configuration is not started."""
    head = world.change({".gitattributes": "*.txt merge=evil\n", "a.txt": "ONE\ntwo\nthree\n"})
    world.advance({"a.txt": "one\ntwo\nTHREE\n"})
    trace = tmp_path / "started"
    world.hub.git("config", "merge.evil.driver", f"touch '{trace}'; false")
    built = await world.lander.build(
        world.project, an_item(head), onto=await world.lander.tip(world.project, "main")
    )
    assert not trace.exists()
    assert built is not None
    assert not isinstance(built, Candidate) or "a.txt" in built.paths
