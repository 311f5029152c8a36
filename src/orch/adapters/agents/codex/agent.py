"""Codex: OpenAI's coding agent, by its app server or on its own screen."""

from typing import Final

from orch.adapters.agents.belongings import brief, inherited, start_words
from orch.adapters.agents.codex.app_server import AppServerReader
from orch.adapters.agents.codex.calls import policy
from orch.adapters.agents.codex.home import KEY, home_files, sign_in
from orch.adapters.agents.codex.tui import TuiReader
from orch.adapters.agents.environment import session_environment
from orch.adapters.agents.verdict import Program, judge_end
from orch.core.settings import AgentProfile
from orch.ports.agent import End, Ending, Launch, LaunchOrder, Mode, Reader, Stdio

_OFFLINE: Final = ("--disable", "plugins", "--disable", "apps")
"""Both ask hosts other than the model's for news."""

_INHERITED: Final = (
    KEY,
    "ALL_PROXY",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "NO_PROXY",
    "all_proxy",
    "https_proxy",
    "http_proxy",
    "no_proxy",
    "CODEX_CA_CERTIFICATE",
)

_PROGRAM: Final = Program(name="codex", sign_in="codex login")


class CodexAgent:
    """Starts `codex` with a home of its own."""

    adapter = "codex"
    modes = (Mode.HEADLESS, Mode.TERMINAL)

    def program(self, profile: AgentProfile) -> str:
        """Name the program."""
        return start_words(profile, "codex")[0]

    def launch(self, order: LaunchOrder) -> Launch:
        """Say how to start it."""
        terminal = order.mode is Mode.TERMINAL
        words = _on_screen(order) if terminal else ("app-server", *_OFFLINE)
        files = sign_in(order)
        own = (("CODEX_HOME", order.home),)
        environment = (inherited(order, _INHERITED), order.environment, order.profile.env, own)
        return Launch(
            argv=(*start_words(order.profile, "codex"), *words),
            environment=session_environment(*environment, base=dict(order.inherited) or None),
            stdio=Stdio.PTY if terminal else Stdio.PIPES,
            files=home_files(order),
            copies=files.copies,
            links=files.links,
        )

    def reader(self, order: LaunchOrder) -> Reader:
        """Make the reader for the way it was started."""
        return TuiReader(order) if order.mode is Mode.TERMINAL else AppServerReader(order)

    def ending(self, end: End) -> Ending:
        """Take its own last word."""
        return judge_end(end, _PROGRAM)


def _on_screen(order: LaunchOrder) -> tuple[str, ...]:
    """Write the arguments of its screen; by default it would leave a server of its own behind."""
    profile = order.profile
    free = profile.permission_mode == "bypass"
    asks = ("--ask-for-approval", policy(profile.permission_mode), "--sandbox", "workspace-write")
    return (
        *(("resume", order.conversation) if order.conversation else ()),
        "--no-daemon",
        "--no-alt-screen",
        *_OFFLINE,
        *(("--dangerously-bypass-hook-trust",) if order.hook_command else ()),
        *(("--dangerously-bypass-approvals-and-sandbox",) if free else asks),
        *(("--model", profile.model) if profile.model else ()),
        "--",
        brief(order),
    )
