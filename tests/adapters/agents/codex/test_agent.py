"""Prove how Codex is started, in both of its ways."""

from dataclasses import replace

from orch.adapters.agents.codex.agent import CodexAgent
from orch.adapters.agents.codex.app_server import AppServerReader
from orch.adapters.agents.codex.tui import TuiReader
from orch.core.settings import AgentProfile
from orch.ports.agent import Launch, Mode, Stdio
from tests.adapters.agents.readings import order

PROFILE = AgentProfile(name="codex", adapter="codex")


def start(mode: Mode, *, conversation: str | None = None, **changes: object) -> Launch:
    """Launch a session of a changed profile."""
    profile = replace(PROFILE, **changes)  # type: ignore[arg-type]
    return CodexAgent().launch(order(profile, mode=mode, conversation=conversation))


def test_headless_is_the_app_server_on_pipes() -> None:
    """The prompt is a message of its protocol, so its input stays open."""
    launch = start(Mode.HEADLESS)
    assert launch.argv[:2] == ("codex", "app-server")
    assert (launch.stdio, launch.stdin) == (Stdio.PIPES, None)
    environment = dict(launch.environment)
    assert environment["CODEX_HOME"] == "/srv/private"
    assert environment["HOME"] == "/srv/ada"


def test_on_its_screen_it_leaves_no_server_behind() -> None:
    """The prompt is its last argument, whatever it begins with."""
    argv = start(Mode.TERMINAL).argv
    assert {"--no-daemon", "--no-alt-screen", "--dangerously-bypass-hook-trust"} <= set(argv)
    assert "--dangerously-bypass-approvals-and-sandbox" in argv
    assert argv[-2:] == ("--", "write hello and commit")
    assert start(Mode.TERMINAL).stdio is Stdio.PTY


def test_a_profile_that_asks() -> None:
    """It keeps the sandbox, and asks for what is outside of it."""
    argv = start(Mode.TERMINAL, permission_mode="ask", model="gpt-5").argv
    assert "--dangerously-bypass-approvals-and-sandbox" not in argv
    assert argv[argv.index("--sandbox") + 1] == "workspace-write"
    assert argv[argv.index("--model") + 1] == "gpt-5"
    assert argv[argv.index("--ask-for-approval") + 1] == "on-request"
    own = start(Mode.TERMINAL, permission_mode="untrusted").argv
    assert own[own.index("--ask-for-approval") + 1] == "untrusted"


def test_a_conversation_goes_on() -> None:
    """On its screen by the verb for it; the app server is told by its protocol."""
    assert start(Mode.TERMINAL, conversation="c1").argv[1:3] == ("resume", "c1")
    assert "c1" not in start(Mode.HEADLESS, conversation="c1").argv


def test_a_prompt_too_long_for_an_argument_is_pointed_at() -> None:
    """The kernel takes no longer one."""
    long = replace(order(PROFILE, mode=Mode.TERMINAL), prompt="x" * 200_000)
    assert "/srv/attempt/prompt.md" in CodexAgent().launch(long).argv[-1]


def test_the_program_may_be_another() -> None:
    """A profile's command replaces it, its words kept."""
    argv = start(Mode.HEADLESS, start_command="npx codex@1").argv
    assert argv[:3] == ("npx", "codex@1", "app-server")
    assert CodexAgent().program(replace(PROFILE, start_command="npx codex@1")) == "npx"


def test_each_way_has_its_reader() -> None:
    """Headless is the first."""
    agent = CodexAgent()
    assert agent.modes[0] is Mode.HEADLESS
    assert isinstance(agent.reader(order(PROFILE)), AppServerReader)
    assert isinstance(agent.reader(order(PROFILE, mode=Mode.TERMINAL)), TuiReader)
