"""Any agent that speaks the Agent Client Protocol, started by the command of its profile."""

from orch.adapters.agents.acp.mode import acp_reader
from orch.adapters.agents.belongings import start_words
from orch.adapters.agents.environment import session_environment
from orch.adapters.agents.verdict import Program, judge_end
from orch.core.settings import AgentProfile
from orch.ports.agent import End, Ending, Launch, LaunchOrder, Mode, Reader, Stdio
from orch.ports.errors import Permanent


class AcpAgent:
    """Starts `start_command` on pipes and speaks ACP with it."""

    adapter = "acp"
    modes = (Mode.ACP,)

    def program(self, profile: AgentProfile) -> str:
        """Name the first word of the command."""
        return start_words(profile, "")[0]

    def launch(self, order: LaunchOrder) -> Launch:
        """Say how to start the command in the workspace, with what the profile gives it."""
        profile = order.profile
        words = start_words(profile, "")
        if not words[0]:
            raise Permanent(
                f"agent {profile.name} has no start_command",
                remedy=f"set agents.{profile.name}.start_command to a program that speaks ACP",
            )
        return Launch(
            argv=words,
            environment=session_environment(
                order.environment, profile.env, base=dict(order.inherited) or None
            ),
            stdio=Stdio.PIPES,
        )

    def reader(self, order: LaunchOrder) -> Reader:
        """Make the reader of the protocol."""
        return acp_reader(order)

    def ending(self, end: End) -> Ending:
        """Take the program's last word."""
        return judge_end(end, Program(name="the agent", sign_in="its own sign-in"))
