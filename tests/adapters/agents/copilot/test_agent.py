"""Prove how GitHub Copilot CLI is started."""

from orch.adapters.agents.copilot.agent import CopilotAgent
from orch.core.settings import AgentProfile
from orch.ports.agent import Mode, Stdio
from tests.adapters.agents.readings import order

PLAIN = AgentProfile(name="cp", adapter="copilot", model="gpt-5")
ASKING = AgentProfile(name="cp", adapter="copilot", permission_mode="ask", allowed_tools=("view",))


def test_headless() -> None:
    """The prompt goes to its input; the conversation is named from the start, always the same."""
    launch = CopilotAgent().launch(order(PLAIN))
    assert launch.argv[:2] == ("copilot", "--output-format=json")
    assert {"--allow-all", "--no-auto-update", "--model=gpt-5"} <= set(launch.argv)
    assert launch.argv[-1].startswith("--session-id=")
    assert launch.argv == CopilotAgent().launch(order(PLAIN)).argv
    assert (launch.stdin, launch.stdio) == (b"write hello and commit", Stdio.PIPES)
    assert dict(launch.environment)["COPILOT_HOME"] == "/srv/private"


def test_resuming() -> None:
    """A known conversation is gone on with."""
    assert "--resume=c-1" in CopilotAgent().launch(order(PLAIN, conversation="c-1")).argv


def test_acp_asks() -> None:
    """What the profile allows is not asked for."""
    launch = CopilotAgent().launch(order(ASKING, mode=Mode.ACP))
    assert launch.argv[1] == "--acp"
    assert "--allow-all" not in launch.argv
    assert "--allow-tool=view" in launch.argv
    assert CopilotAgent().reader(order(ASKING, mode=Mode.ACP)).replies()
