"""How OpenCode is started, read and judged."""

from collections.abc import Iterable
from typing import Final

from orch.adapters.agents.acp.dialect import Dialect
from orch.adapters.agents.acp.mode import acp_reader
from orch.adapters.agents.assembling import Wants, assemble
from orch.adapters.agents.belongings import brief, refuse_to_ask, start_words
from orch.adapters.agents.opencode.events import RunReader
from orch.adapters.agents.opencode.home import CREDENTIALS, files, model, sign_in, variables
from orch.adapters.agents.opencode.terminal import TerminalReader
from orch.adapters.agents.verdict import Program, judge_end
from orch.core.settings import AgentProfile
from orch.ports.agent import End, Ending, Launch, LaunchOrder, Mode, Reader

_PROGRAM: Final = Program(name="opencode", sign_in="opencode auth login")


class OpenCodeAgent:
    """Starts OpenCode with a private home; the person's sign-in is lent to it."""

    adapter = "opencode"
    modes = (Mode.HEADLESS, Mode.TERMINAL, Mode.ACP)

    def program(self, profile: AgentProfile) -> str:
        """Name the program."""
        return start_words(profile, "opencode")[0]

    def launch(self, order: LaunchOrder) -> Launch:
        """Say how to start it in the mode of the order. Raises `Permanent` if nobody can ask."""
        refuse_to_ask(order)
        wants = Wants(
            program="opencode",
            words=_words(order),
            keys=CREDENTIALS,
            variables=variables(order),
            files=files(order),
            lent=sign_in(order),
            # An argument with blanks in it would reach the model in quotes.
            stdin=order.prompt,
        )
        return assemble(order, wants)

    def reader(self, order: LaunchOrder) -> Reader:
        """Make the reader of the mode."""
        match order.mode:
            case Mode.HEADLESS:
                return RunReader(model=model(order))
            case Mode.TERMINAL:
                return TerminalReader(order)
            case Mode.ACP:
                # Model and permissions stand in its configuration.
                return acp_reader(order, Dialect(bypass_modes=(), sets_model=False))

    def ending(self, end: End) -> Ending:
        """Read the last step's reason, or the error that ended it."""
        return judge_end(end, _PROGRAM)


def _words(order: LaunchOrder) -> Iterable[str]:
    if order.mode is Mode.ACP:
        yield "acp"
        return
    if order.mode is Mode.HEADLESS:
        yield from ("run", "--format", "json")
    if name := model(order):
        yield f"--model={name}"
    if order.conversation:
        yield f"--session={order.conversation}"
    # With a conversation the prompt would be passed over: the reader submits it.
    if order.mode is Mode.TERMINAL and not order.conversation:
        yield f"--prompt={brief(order)}"
