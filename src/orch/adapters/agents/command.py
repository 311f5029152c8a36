"""Any program as an agent: the prompt as a file, an argument or on standard input."""

import shlex

from orch.adapters.agents.endings import how_it_ended, last_line
from orch.adapters.agents.environment import session_environment
from orch.adapters.agents.silent import SilentReader
from orch.core.settings import AgentProfile
from orch.ports.agent import End, Ending, Launch, LaunchOrder, Mode, Stdio, Word
from orch.ports.errors import Permanent

_ARGUMENT_LIMIT = 100_000
"""Bytes; the kernel takes 128 KiB for one argument, its closing NUL included."""


class CommandAgent:
    """Starts `start_command` by `sh`; exit 0 is its word that it is done."""

    adapter = "command"
    modes = (Mode.TERMINAL, Mode.HEADLESS)

    def program(self, profile: AgentProfile) -> str:
        """Name the first word of the command; the shell's own words are found by the shell."""
        try:
            words = shlex.split(profile.start_command)
        except ValueError:
            return ""
        return words[0] if words and "=" not in words[0] else ""

    def launch(self, order: LaunchOrder) -> Launch:
        """Say how to start the command in the workspace."""
        profile = order.profile
        if not profile.start_command.strip():
            raise Permanent(
                f"agent {profile.name} has no start_command",
                remedy=f"set agents.{profile.name}.start_command in .orch/config.toml",
            )
        piped = profile.prompt == "stdin"
        return Launch(
            argv=("sh", "-c", *_shell_words(order)),
            environment=session_environment(order.environment, profile.env),
            stdio=Stdio.PTY if profile.tty and not piped else Stdio.PIPES,
            stdin=order.prompt.encode() if piped else None,
        )

    def reader(self, order: LaunchOrder) -> SilentReader:
        """Make a reader that sees nothing but output and silence: the program may be any."""
        del order
        return SilentReader()

    def ending(self, end: End) -> Ending:
        """Take exit 0 for a claim and anything else for giving up."""
        last = last_line(end)
        if end.exit_code == 0:
            return Ending(word=Word.DONE, summary=last)
        return Ending(
            word=Word.GAVE_UP, reason=f"the agent ended with {how_it_ended(end)}", summary=last
        )


def _shell_words(order: LaunchOrder) -> tuple[str, ...]:
    command = order.profile.start_command
    if order.profile.prompt != "arg":
        return (command,)
    if len(order.prompt.encode()) > _ARGUMENT_LIMIT:
        raise Permanent(
            "the prompt is too long for an argument",
            remedy=f'set agents.{order.profile.name}.prompt = "file" and read $ORCH_PROMPT_FILE',
        )
    # The prompt is a word of the shell's own ($1), so nothing in it is ever read as shell.
    return (f'{command} "$1"', "sh", order.prompt)
