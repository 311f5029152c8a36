"""How Claude Code is started: its words, its private home, its environment."""

import json
from dataclasses import replace

import pytest

from orch.adapters.agents.claude.agent import ClaudeAgent, MinimaxAgent
from orch.core.attempt import Attempt
from orch.core.settings import AgentProfile
from orch.ports.agent import Launch, LaunchOrder, Mode, Stdio
from orch.ports.errors import Permanent
from tests.adapters.agents.claude.played import order

KEY = "sk-ant-api03-not-a-real-key-0123456789abcdefghij"


def launched(given: LaunchOrder, *, as_root: bool = False) -> Launch:
    """Launch for an order."""
    return ClaudeAgent(as_root=as_root).launch(given)


def profile(**keys: str | tuple[str, ...]) -> AgentProfile:
    """Make a profile with these keys."""
    return replace(AgentProfile(name="claude", adapter="claude"), **keys)  # type: ignore[arg-type]


def file_of(launch: Launch, name: str) -> dict[str, object]:
    """Read a file that is written before the start."""
    found = json.loads(dict(launch.files)[f"/srv/home/t1/{name}"])
    assert isinstance(found, dict)
    return found


def with_key(given: LaunchOrder) -> LaunchOrder:
    """Let the person have a key in the environment."""
    return replace(given, inherited=(*given.inherited, ("ANTHROPIC_API_KEY", KEY)))


def test_headless_talks_json_both_ways_and_leaves_its_input_open() -> None:
    """The prompt is no argument there: it is the first message."""
    launch = launched(order(prompt="build it"))
    assert launch.argv[:2] == ("claude", "-p")
    assert "--input-format=stream-json" in launch.argv
    assert "--permission-prompt-tool=stdio" in launch.argv
    assert "build it" not in launch.argv
    assert launch.stdio is Stdio.PIPES
    assert launch.stdin is None


def test_the_terminal_takes_the_prompt_as_its_last_argument() -> None:
    """Two dashes stand before it, so that it is never read as an option."""
    launch = launched(order(prompt="--help me", mode=Mode.TERMINAL))
    assert launch.argv[-2:] == ("--", "--help me")
    assert launch.stdio is Stdio.PTY


def test_a_long_prompt_is_read_from_its_file() -> None:
    """The kernel takes no argument of more than 128 KiB."""
    launch = launched(order(prompt="ä" * 60_000, mode=Mode.TERMINAL))
    assert launch.argv[-1].startswith("Read the file /srv/attempts/t1/1/prompt.md")


@pytest.mark.parametrize(
    ("mode", "words"),
    [
        ("bypass", ["--dangerously-skip-permissions"]),
        ("ask", []),
        ("acceptEdits", ["--permission-mode=acceptEdits"]),
    ],
)
def test_the_permission_mode_is_passed_on(mode: str, words: list[str]) -> None:
    """`bypass` and `ask` are orch's words; all others are the program's own."""
    argv = launched(order(profile(permission_mode=mode))).argv
    assert [word for word in argv if word.startswith(("--dang", "--permission-mode"))] == words


def test_only_a_superuser_that_skips_permissions_says_that_it_is_in_a_sandbox() -> None:
    """The program refuses such a one otherwise."""
    asks = profile(permission_mode="ask")
    told = dict(launched(order(), as_root=True).environment)
    assert told["IS_SANDBOX"] == "1"
    assert "IS_SANDBOX" not in dict(launched(order(asks), as_root=True).environment)
    assert "IS_SANDBOX" not in dict(launched(order()).environment)


def test_model_and_tools_are_passed_on() -> None:
    """Each of them as one word."""
    argv = launched(order(profile(model="opus", allowed_tools=("Read", "Bash(git *)")))).argv
    assert "--model=opus" in argv
    assert "--allowedTools=Read,Bash(git *)" in argv


def test_a_profile_may_start_another_program() -> None:
    """Its command is split like a shell would, and the adapter's words follow."""
    other = profile(start_command="/opt/my claude/claude --debug")
    assert ClaudeAgent().program(other) == "/opt/my"
    quoted = profile(start_command="'/opt/my claude/claude' --debug")
    assert launched(order(quoted)).argv[:3] == ("/opt/my claude/claude", "--debug", "-p")


def test_a_conversation_is_resumed_or_named_by_its_attempt() -> None:
    """Two attempts never share a name, and the same attempt always has the same."""
    assert "--resume=abc" in launched(replace(order(), conversation="abc")).argv
    attempt = Attempt(n=2, agent="c", host_id="h", worker="w", token="", started_at=0.0)
    second = replace(order(), task=replace(order().task, attempt=attempt))
    names = [launched(one).argv[-1] for one in (order(), order(), second)]
    assert names[0].startswith("--session-id=")
    assert names[0] == names[1] != names[2]


def test_the_home_holds_no_dialog_up() -> None:
    """Onboarding, trust, the key and the warning of bypass are answered before the start."""
    launch = launched(with_key(order()))
    known = file_of(launch, ".claude.json")
    assert known["hasCompletedOnboarding"] is True
    assert known["projects"] == {
        "/srv/work/t1": {"hasTrustDialogAccepted": True, "hasCompletedProjectOnboarding": True}
    }
    assert known["customApiKeyResponses"] == {"approved": [KEY[-20:]], "rejected": []}
    assert file_of(launch, "settings.json")["skipDangerousModePermissionPrompt"] is True
    assert dict(launch.environment)["CLAUDE_CONFIG_DIR"] == "/srv/home/t1"


def test_the_key_stands_only_in_the_environment() -> None:
    """Neither its words nor its files hold it."""
    launch = launched(with_key(order()))
    assert dict(launch.environment)["ANTHROPIC_API_KEY"] == KEY
    assert not any(KEY in word for word in launch.argv)
    assert not any(KEY.encode() in data for _, data in launch.files)


def test_hooks_are_injected_into_the_private_home_in_the_terminal() -> None:
    """Each event runs the hook's command with its own name; in headless the stream tells all."""
    hooks = file_of(launched(order(mode=Mode.TERMINAL)), "settings.json")["hooks"]
    assert isinstance(hooks, dict)
    command = hooks["Stop"][0]["hooks"][0]["command"]
    assert command.startswith("python3 -I '/srv/or ch/hook.py' claude Stop 2>/dev/null || ")
    assert "hooks" not in file_of(launched(order()), "settings.json")


def test_the_sign_in_is_given_as_the_profile_says() -> None:
    """Copied, linked or not at all; it is found where the person's own program keeps it."""
    pair = ("/srv/dev/.claude/.credentials.json", "/srv/home/t1/.credentials.json")
    assert launched(order()).copies == (pair,)
    linked = launched(order(profile(credentials="link")))
    assert (linked.copies, linked.links) == ((), (pair,))
    none = launched(order(profile(credentials="none")))
    assert (none.copies, none.links) == ((), ())
    moved = replace(order(), inherited=(("CLAUDE_CONFIG_DIR", "/data/claude"),))
    assert launched(moved).copies[0][0] == "/data/claude/.credentials.json"


def test_it_never_takes_itself_for_a_child_of_another_agent() -> None:
    """Variables of the session that started the daemon stay behind; its proxy does not."""
    given = replace(order(), inherited=(*order().inherited, ("HTTPS_PROXY", "http://p")))
    environment = dict(launched(given).environment)
    assert "CLAUDECODE" not in environment
    assert environment["HTTPS_PROXY"] == "http://p"
    assert environment["DISABLE_AUTOUPDATER"] == "1"
    assert environment["DISABLE_TELEMETRY"] == "1"
    assert environment["CLAUDE_CODE_DISABLE_BACKGROUND_TASKS"] == "1"


def test_the_profile_has_the_last_word_but_not_over_the_home() -> None:
    """A home elsewhere would lack what was seeded."""
    own = profile()
    own = replace(own, env=(("CLAUDE_CONFIG_DIR", "/x"), ("CLAUDE_CODE_MAX_RETRIES", "1")))
    environment = dict(launched(order(own)).environment)
    assert environment["CLAUDE_CONFIG_DIR"] == "/srv/home/t1"
    assert environment["CLAUDE_CODE_MAX_RETRIES"] == "1"


def test_minimax_is_claude_code_with_their_endpoint_and_key() -> None:
    """Its key is never Anthropic's, and without it nothing starts."""
    with pytest.raises(Permanent, match="MINIMAX_API_KEY"):
        MinimaxAgent().launch(order())
    given = with_key(replace(order(), inherited=(("MINIMAX_API_KEY", KEY),)))
    environment = dict(MinimaxAgent().launch(given).environment)
    assert environment["ANTHROPIC_BASE_URL"] == "https://api.minimax.io/anthropic"
    assert environment["ANTHROPIC_AUTH_TOKEN"] == KEY
    assert environment["ANTHROPIC_API_KEY"] == ""
    assert environment["ANTHROPIC_MODEL"].startswith("MiniMax-")
