"""Prove how Cursor's agent is started."""

from orch.adapters.agents.cursor.agent import CursorAgent
from orch.core.settings import AgentProfile
from tests.adapters.agents.readings import order


def test_headless() -> None:
    """The prompt is the last word, whatever it begins with."""
    profile = AgentProfile(name="cu", adapter="cursor", model="gpt-5")
    launch = CursorAgent().launch(order(profile, conversation="c-1"))
    assert launch.argv == (
        *("cursor-agent", "--print", "--output-format=stream-json", "--force"),
        *("--model=gpt-5", "--resume=c-1", "--", "write hello and commit"),
    )
    assert ("CURSOR_CONFIG_DIR", "/srv/private") in launch.environment
