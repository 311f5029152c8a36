"""Prove how an agent that speaks ACP is started, and that its types are loaded only then."""

import subprocess
import sys

import pytest

from orch.adapters.agents.acp.agent import AcpAgent
from orch.core.settings import AgentProfile
from orch.ports.agent import Mode, Stdio
from orch.ports.errors import Permanent
from tests.adapters.agents.readings import order


def test_the_command_of_the_profile_is_started_on_pipes() -> None:
    """Its words are no shell's; its environment is the session's and the profile's."""
    profile = AgentProfile(
        name="x", adapter="acp", start_command="my-agent --acp 'a b'", env=(("KEY", "v"),)
    )
    launch = AcpAgent().launch(order(profile, mode=Mode.ACP))
    assert launch.argv == ("my-agent", "--acp", "a b")
    assert (launch.stdio, launch.stdin) == (Stdio.PIPES, None)
    environment = dict(launch.environment)
    assert (environment["KEY"], environment["HOME"]) == ("v", "/srv/ada")
    assert environment["ORCH_TASK_ID"] == "t1"
    assert AcpAgent().program(profile) == "my-agent"


def test_without_a_command_there_is_nothing_to_start() -> None:
    """The profile has to name a program."""
    with pytest.raises(Permanent, match="start_command"):
        AcpAgent().launch(order(AgentProfile(name="x", adapter="acp"), mode=Mode.ACP))


def test_the_types_of_the_protocol_are_loaded_by_a_session_only() -> None:
    """They take a second, which no daemon's start and no other agent should pay."""
    code = (
        "import sys; import orch.daemon.app, orch.adapters.agents.registry;"
        "sys.exit('pydantic' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
