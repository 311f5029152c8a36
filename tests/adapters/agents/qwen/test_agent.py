"""Prove how Qwen Code is started."""

import json

import pytest

from orch.adapters.agents.qwen.agent import QwenAgent
from orch.core.settings import AgentProfile
from orch.ports.agent import Mode, Stdio
from orch.ports.errors import Permanent
from tests.adapters.agents.readings import order

PLAIN = AgentProfile(name="q", adapter="qwen")
KEYED = AgentProfile(name="q", adapter="qwen", model="m", env=(("OPENAI_API_KEY", "key"),))
ASKING = AgentProfile(name="q", adapter="qwen", permission_mode="ask")


def test_headless() -> None:
    """The prompt goes to its input; a key says which way it signs in."""
    launch = QwenAgent().launch(order(KEYED, conversation="c-1"))
    assert launch.argv == (
        *("qwen", "--output-format=stream-json", "--approval-mode=yolo"),
        *("--auth-type=openai", "--model=m", "--resume=c-1"),
    )
    assert (launch.stdin, launch.stdio) == (b"write hello and commit", Stdio.PIPES)
    assert dict(launch.environment)["QWEN_HOME"] == "/srv/private"
    settings = json.loads(dict(launch.files)["/srv/private/settings.json"])
    assert settings["privacy"] == {"usageStatisticsEnabled": False}
    assert launch.copies == ()


def test_the_persons_sign_in_is_lent() -> None:
    """Without a key the file of the sign-in goes along."""
    launch = QwenAgent().launch(order(PLAIN))
    assert "--auth-type=qwen-oauth" in launch.argv
    assert launch.copies == (("/srv/ada/.qwen/oauth_creds.json", "/srv/private/oauth_creds.json"),)


def test_acp_asks_and_headless_can_not() -> None:
    """Permissions can be asked for by the protocol alone."""
    launch = QwenAgent().launch(order(ASKING, mode=Mode.ACP, conversation="c-1"))
    assert launch.argv[1:3] == ("--acp", "--approval-mode=default")
    assert launch.stdin is None
    assert QwenAgent().reader(order(ASKING, mode=Mode.ACP)).replies()
    with pytest.raises(Permanent, match="cannot ask"):
        QwenAgent().launch(order(ASKING))
