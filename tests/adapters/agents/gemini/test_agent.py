"""Prove how Gemini CLI is started: by its words, its private home, its hooks."""

import json

import pytest

from orch.adapters.agents.gemini.agent import GeminiAgent
from orch.core.settings import AgentProfile
from orch.ports.agent import Launch, Mode, Stdio
from orch.ports.errors import Permanent
from tests.adapters.agents.readings import order

PLAIN = AgentProfile(name="gm", adapter="gemini", model="gemini-2.5-flash")
KEYED = AgentProfile(name="gm", adapter="gemini", env=(("GEMINI_API_KEY", "key"),))
ASKING = AgentProfile(name="gm", adapter="gemini", permission_mode="ask")


def settings(launch: Launch) -> dict[str, dict[str, object]]:
    """Read the settings that are written for a session."""
    found: dict[str, dict[str, object]] = json.loads(
        dict(launch.files)["/srv/private/.gemini/settings.json"]
    )
    return found


def test_headless() -> None:
    """The prompt goes to its input; HOME stays the person's, its own home is private."""
    launch = GeminiAgent().launch(order(PLAIN, conversation="c-1"))
    assert launch.argv == (
        *("gemini", "--output-format=stream-json", "--approval-mode=yolo"),
        *("--model=gemini-2.5-flash", "--resume=c-1"),
    )
    assert (launch.stdin, launch.stdio) == (b"write hello and commit", Stdio.PIPES)
    expected = {"HOME": "/srv/ada", "GEMINI_CLI_HOME": "/srv/private"}
    assert expected.items() <= dict(launch.environment).items()


def test_terminal() -> None:
    """The prompt is an argument, and permissions are asked for if the profile says so."""
    launch = GeminiAgent().launch(order(ASKING, mode=Mode.TERMINAL))
    assert launch.argv == (
        *("gemini", "--approval-mode=default"),
        "--prompt-interactive=write hello and commit",
    )
    assert launch.stdio is Stdio.PTY


def test_headless_can_not_ask() -> None:
    """Its shell tool would only be missing: that is refused at once."""
    with pytest.raises(Permanent, match="cannot ask"):
        GeminiAgent().launch(order(ASKING))


def test_settings_hold_hooks_and_nothing_that_reports() -> None:
    """Hooks run orch's program; updates, statistics and dialogs are off."""
    made = settings(GeminiAgent().launch(order(KEYED, mode=Mode.TERMINAL)))
    assert made["privacy"] == {"usageStatisticsEnabled": False}
    assert made["general"]["enableAutoUpdate"] is False
    assert made["security"]["auth"] == {"selectedType": "gemini-api-key"}
    assert "python3 -I hook.py BeforeAgent" in json.dumps(made["hooks"]["BeforeAgent"])
    assert "hooks" not in settings(GeminiAgent().launch(order(KEYED)))


def test_the_persons_sign_in_is_lent() -> None:
    """Without a key the files of the sign-in with Google go along."""
    launch = GeminiAgent().launch(order(PLAIN))
    own = "/srv/ada/.gemini/oauth_creds.json"
    assert (own, "/srv/private/.gemini/oauth_creds.json") in launch.copies
    assert settings(launch)["security"]["auth"] == {"selectedType": "oauth-personal"}
    assert GeminiAgent().launch(order(KEYED)).copies == ()


def test_acp() -> None:
    """A conversation is then resumed by the protocol, not by an argument."""
    launch = GeminiAgent().launch(order(ASKING, mode=Mode.ACP, conversation="c-1"))
    assert launch.argv == ("gemini", "--acp", "--approval-mode=default")
    assert (launch.stdin, launch.stdio) == (None, Stdio.PIPES)
    assert GeminiAgent().reader(order(ASKING, mode=Mode.ACP)).replies()
