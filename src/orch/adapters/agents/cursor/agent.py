"""How Cursor's command line agent is started, read and judged."""

from collections.abc import Iterable
from typing import Final

from orch.adapters.agents.assembling import Wants, assemble
from orch.adapters.agents.belongings import (
    Files,
    brief,
    home_of,
    refuse_to_ask,
    refuse_to_look,
    sign_in_files,
    start_words,
    variable,
)
from orch.adapters.agents.cursor.events import CursorReader
from orch.adapters.agents.verdict import Program, judge_end
from orch.core.settings import AgentProfile
from orch.ports.agent import End, Ending, Launch, LaunchOrder, Mode, Reader

_PROGRAM: Final = Program(name="cursor-agent", sign_in="cursor-agent login")


class CursorAgent:
    """Starts `cursor-agent`; unverified, as the program can't be had without an account."""

    adapter = "cursor"
    modes = (Mode.HEADLESS,)

    def program(self, profile: AgentProfile) -> str:
        """Name the program."""
        return start_words(profile, "cursor-agent")[0]

    def launch(self, order: LaunchOrder) -> Launch:
        """Say how to start it. Raises `Permanent` if it would have to ask and nobody hears."""
        refuse_to_ask(order)
        refuse_to_look(order, "cursor-agent")
        wants = Wants(
            program="cursor-agent",
            words=_words(order),
            keys=("CURSOR_API_KEY",),
            variables=(("CURSOR_CONFIG_DIR", order.home),),
            lent=_sign_in(order),
        )
        return assemble(order, wants)

    def reader(self, order: LaunchOrder) -> Reader:
        """Make the reader of its events."""
        return CursorReader(model=order.profile.model)

    def ending(self, end: End) -> Ending:
        """Read the result; without one it has not done its work."""
        return judge_end(end, _PROGRAM)


def _words(order: LaunchOrder) -> Iterable[str]:
    yield from ("--print", "--output-format=stream-json", "--force")
    if order.profile.model:
        yield f"--model={order.profile.model}"
    if order.conversation:
        yield f"--resume={order.conversation}"
    yield from ("--", brief(order))


def _sign_in(order: LaunchOrder) -> Files:
    person = home_of(order)
    if not person or variable(order, "CURSOR_API_KEY"):
        return Files()
    return sign_in_files(
        order, ((f"{person}/.cursor/cli-config.json", f"{order.home}/cli-config.json"),)
    )
