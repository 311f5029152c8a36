"""How Gemini CLI is started, read and judged."""

from collections.abc import Iterable
from typing import Final

from orch.adapters.agents.acp.dialect import Dialect
from orch.adapters.agents.acp.mode import acp_reader
from orch.adapters.agents.assembling import Wants, assemble
from orch.adapters.agents.belongings import brief, refuse_to_ask, start_words
from orch.adapters.agents.gemini.events import Retries, StreamReader
from orch.adapters.agents.gemini.home import CREDENTIALS, files, sign_in, variables
from orch.adapters.agents.gemini.terminal import TerminalReader
from orch.adapters.agents.verdict import Program, judge_end
from orch.core.settings import READ_ONLY, AgentProfile
from orch.core.signs import Trouble
from orch.ports.agent import End, Ending, Launch, LaunchOrder, Mode, Reader

_PROGRAM: Final = Program(
    name="gemini",
    sign_in="start gemini once by yourself, or set GEMINI_API_KEY in the profile's env",
    exits={
        41: (Trouble.SIGNED_OUT, "it is not signed in"),
        42: (Trouble.OTHER, "the conversation to resume is not there, or an argument is wrong"),
        44: (Trouble.OTHER, "its sandbox could not be started"),
        52: (Trouble.OTHER, "its settings are broken"),
        53: (Trouble.OTHER, "it reached the limit of turns in its settings"),
        54: (Trouble.OTHER, "a tool failed for good"),
        55: (Trouble.OTHER, "it does not trust the workspace"),
        # 401 from the provider, of which an exit code keeps the low byte.
        145: (Trouble.SIGNED_OUT, "the provider refused its sign-in"),
    },
)


class GeminiAgent:
    """Starts Gemini CLI with a private home; the person's sign-in is lent to it."""

    adapter = "gemini"
    modes = (Mode.HEADLESS, Mode.TERMINAL, Mode.ACP)

    def program(self, profile: AgentProfile) -> str:
        """Name the program."""
        return start_words(profile, "gemini")[0]

    def launch(self, order: LaunchOrder) -> Launch:
        """Say how to start it in the mode of the order. Raises `Permanent` if nobody can ask."""
        refuse_to_ask(order)
        wants = Wants(
            program="gemini",
            words=_words(order),
            keys=CREDENTIALS,
            variables=variables(order),
            files=files(order),
            lent=sign_in(order),
            stdin=order.prompt,
        )
        return assemble(order, wants)

    def reader(self, order: LaunchOrder) -> Reader:
        """Make the reader of the mode."""
        match order.mode:
            case Mode.HEADLESS:
                return StreamReader(model=order.profile.model)
            case Mode.TERMINAL:
                return TerminalReader()
            case Mode.ACP:
                # `session/load` says "No previous sessions found for this project." of its own.
                dialect = Dialect(bypass_modes=("yolo",), sets_model=False, resumes=False)
                return acp_reader(order, dialect, errors=Retries())

    def ending(self, end: End) -> Ending:
        """Read the result; without one an exit code tells why, but never that it is done."""
        return judge_end(end, _PROGRAM)


def _words(order: LaunchOrder) -> Iterable[str]:
    if order.mode is Mode.HEADLESS:
        yield "--output-format=stream-json"
    if order.mode is Mode.ACP:
        yield "--acp"
    # Without ears it refuses by itself what it would have to ask for: all but looking.
    asks = order.profile.permission_mode in {"ask", READ_ONLY}
    yield "--approval-mode=default" if asks else "--approval-mode=yolo"
    if order.profile.model:
        yield f"--model={order.profile.model}"
    if order.conversation and order.mode is not Mode.ACP:
        yield f"--resume={order.conversation}"
    if order.mode is Mode.TERMINAL:
        yield f"--prompt-interactive={brief(order)}"
