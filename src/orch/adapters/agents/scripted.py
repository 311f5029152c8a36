"""The scripted agent that ships with orch: a real program that does what its script says."""

import sys

from orch.adapters.agents.endings import how_it_ended, last_line
from orch.adapters.agents.environment import session_environment
from orch.adapters.agents.silent import SilentReader
from orch.core.settings import AgentProfile
from orch.ports.agent import End, Ending, Launch, LaunchOrder, Mode, Stdio, Word
from orch.ports.errors import Permanent

GAVE_UP_EXIT = 3
"""What the scripted agent exits with after the step `give_up`; its last line is the reason."""


class ScriptedAgent:
    """Starts `python -m orch.testing.scripted_agent SCRIPT` in the workspace."""

    adapter = "scripted"
    modes = (Mode.TERMINAL, Mode.HEADLESS)

    def program(self, profile: AgentProfile) -> str:
        """Name the interpreter, which is the one that runs orch."""
        del profile
        return sys.executable

    def launch(self, order: LaunchOrder) -> Launch:
        """Say how to start the script."""
        profile = order.profile
        if not profile.script:
            raise Permanent(
                f"agent {profile.name} has no script",
                remedy=f"set agents.{profile.name}.script to the path of a script",
            )
        return Launch(
            argv=(sys.executable, "-m", "orch.testing.scripted_agent", profile.script),
            environment=session_environment(order.environment, profile.env),
            stdio=Stdio.PTY if profile.tty else Stdio.PIPES,
        )

    def reader(self, order: LaunchOrder) -> SilentReader:
        """Make a reader that sees output and silence."""
        del order
        return SilentReader()

    def ending(self, end: End) -> Ending:
        """Take exit 0 for a claim; a script may give up with its own words."""
        last = last_line(end)
        if end.exit_code == 0:
            return Ending(word=Word.DONE, summary=last)
        if end.exit_code == GAVE_UP_EXIT:
            return Ending(word=Word.GAVE_UP, reason=f"the agent gave up: {last}")
        return Ending(
            word=Word.GAVE_UP, reason=f"the agent ended with {how_it_ended(end)}", summary=last
        )
