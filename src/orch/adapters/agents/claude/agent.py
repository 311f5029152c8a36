"""Claude Code as an agent: how it is started, read, and what its end says."""

import os
from dataclasses import replace
from typing import Final

from orch.adapters.agents.belongings import brief, start_words, variable
from orch.adapters.agents.claude import home, wire
from orch.adapters.agents.claude.stream import INTERRUPTED, StreamReader
from orch.adapters.agents.claude.terminal import TerminalReader
from orch.adapters.agents.endings import how_it_ended, last_sign
from orch.adapters.agents.environment import session_environment
from orch.adapters.agents.verdict import Program, judge_end
from orch.core import settings
from orch.core.settings import AgentProfile
from orch.core.signs import SignKind
from orch.ports.agent import End, Ending, Launch, LaunchOrder, Mode, Reader, Stdio, Word
from orch.ports.errors import Permanent

_STREAM: Final = (
    "-p",
    "--input-format=stream-json",
    "--output-format=stream-json",
    "--verbose",
    "--replay-user-messages",
    "--permission-prompt-tool=stdio",
)
"""Both directions as JSON; it repeats what it is told once it takes it up."""


_LOOKING: Final = (
    "--permission-mode=dontAsk",
    "--tools=Read,Grep,Glob",
    "--allowedTools=Read,Grep,Glob",
    "--setting-sources=user",
    "--strict-mcp-config",
)
"""It has no tool that writes or runs anything, and takes none from where it is started."""

_TURNS: Final = (
    SignKind.TURN_BEGAN,
    SignKind.TURN_ENDED,
    SignKind.FINISHED,
    SignKind.TROUBLE,
    SignKind.LIMITED,
)

_UNASKED: Final = frozenset({"bypass", "bypassPermissions"})
"""The permission modes that it refuses to a superuser outside of a sandbox."""


class ClaudeAgent:
    """Drives `claude` by its stream of JSON, or in its own screen."""

    adapter = "claude"
    modes = (Mode.HEADLESS, Mode.TERMINAL)

    _program = Program(
        name="claude", sign_in="run claude and type /login, or set ANTHROPIC_API_KEY"
    )

    def __init__(self, *, as_root: bool | None = None) -> None:
        """Know whether sessions run as root, where it wants to be told that it is in a sandbox."""
        self._as_root = os.geteuid() == 0 if as_root is None else as_root

    def program(self, profile: AgentProfile) -> str:
        """Name the program: `claude`, or what the profile starts instead."""
        return start_words(profile, "claude")[0]

    def launch(self, order: LaunchOrder) -> Launch:
        """Say how to start it; the prompt is its first message, in its screen an argument."""
        streams = order.mode is Mode.HEADLESS
        files = home.sign_in(order)
        return Launch(
            argv=(*start_words(order.profile, "claude"), *self._arguments(order)),
            environment=session_environment(
                home.environment(order),
                self._extra(order),
                order.environment,
                order.profile.env,
                home.home_variables(order),
                base=dict(order.inherited),
            ),
            stdio=Stdio.PIPES if streams else Stdio.PTY,
            files=home.seeded(order),
            copies=files.copies,
            links=files.links,
        )

    def reader(self, order: LaunchOrder) -> Reader:
        """Make the reader of a session."""
        return StreamReader(order) if order.mode is Mode.HEADLESS else TerminalReader(order)

    def ending(self, end: End) -> Ending:
        """Read an end by what it said itself; its output is its work, and tells no errors."""
        last = last_sign(end, *_TURNS)
        if last and last.kind is SignKind.TURN_ENDED and last.text == INTERRUPTED:
            reason = f"{self._program.name} was interrupted, and ended with {how_it_ended(end)}"
            return Ending(word=Word.GAVE_UP, reason=reason)
        return judge_end(replace(end, tail=()), self._program)

    def _arguments(self, order: LaunchOrder) -> tuple[str, ...]:
        if order.mode is Mode.HEADLESS:
            return (*_STREAM, *_common(order))
        # What follows the two dashes is the prompt, whatever it begins with.
        return (*_common(order), "--", brief(order))

    def _extra(self, order: LaunchOrder) -> tuple[tuple[str, str], ...]:
        sandboxed = self._as_root and order.profile.permission_mode in _UNASKED
        return (("IS_SANDBOX", "1"),) if sandboxed else ()


_MINIMAX_MODEL: Final = "MiniMax-M2"


class MinimaxAgent(ClaudeAgent):
    """Claude Code with MiniMax's models, as their manual says; not verified against them.

    The manual: base URL `https://api.minimax.io/anthropic`, the key as `ANTHROPIC_AUTH_TOKEN`.
    """

    adapter = "minimax"

    _program = Program(name="claude (minimax)", sign_in="set MINIMAX_API_KEY")

    def _extra(self, order: LaunchOrder) -> tuple[tuple[str, str], ...]:
        key = variable(order, "MINIMAX_API_KEY")
        if not key:
            raise Permanent(
                "there is no MINIMAX_API_KEY",
                remedy=f"set it in agents.{order.profile.name}.env, or before the daemon starts",
            )
        model = order.profile.model or _MINIMAX_MODEL
        names = ("MODEL", "SMALL_FAST_MODEL", "DEFAULT_SONNET_MODEL", "DEFAULT_OPUS_MODEL")
        return (
            *super()._extra(order),
            ("ANTHROPIC_BASE_URL", "https://api.minimax.io/anthropic"),
            ("ANTHROPIC_AUTH_TOKEN", key),
            # The person's own key would be asked for, and would go to somebody else.
            ("ANTHROPIC_API_KEY", ""),
            *((f"ANTHROPIC_{name}", model) for name in (*names, "DEFAULT_HAIKU_MODEL")),
            ("API_TIMEOUT_MS", "3000000"),
        )


def _common(order: LaunchOrder) -> tuple[str, ...]:
    profile = order.profile
    words = [*_permission_words(profile.permission_mode)]
    if profile.allowed_tools:
        words.append(f"--allowedTools={','.join(profile.allowed_tools)}")
    if profile.model:
        words.append(f"--model={profile.model}")
    if order.conversation:
        words.append(f"--resume={order.conversation}")
    else:
        words.append(f"--session-id={_conversation(order)}")
    return tuple(words)


def _permission_words(mode: str) -> tuple[str, ...]:
    match mode:
        case "bypass":
            return ("--dangerously-skip-permissions",)
        case settings.READ_ONLY:
            return _LOOKING
        case "ask" | "":
            return ()
        case _:
            return (f"--permission-mode={mode}",)


def _conversation(order: LaunchOrder) -> str:
    """Name a new conversation by task, attempt and prompt, so that it is known from the start."""
    return wire.stable_id(f"conversation/{wire.attempt_name(order)}/{order.prompt}")
