"""How GitHub Copilot CLI is started, read and judged."""

from collections.abc import Iterable
from typing import Final
from uuid import NAMESPACE_URL, uuid5

from orch.adapters.agents.acp.dialect import Dialect
from orch.adapters.agents.acp.mode import acp_reader
from orch.adapters.agents.assembling import Wants, assemble
from orch.adapters.agents.belongings import (
    Files,
    home_of,
    refuse_to_ask,
    sign_in_files,
    start_words,
)
from orch.adapters.agents.copilot.events import CopilotReader
from orch.adapters.agents.verdict import Program, judge_end
from orch.core.settings import AgentProfile
from orch.ports.agent import End, Ending, Launch, LaunchOrder, Mode, Reader

_PROGRAM: Final = Program(name="copilot", sign_in="copilot login")
_KEYS: Final = (
    *("COPILOT_GITHUB_TOKEN", "GH_TOKEN", "GITHUB_TOKEN", "GH_HOST", "COPILOT_GH_HOST"),
    *("COPILOT_PROVIDER_BASE_URL", "COPILOT_PROVIDER_TYPE", "COPILOT_PROVIDER_API_KEY"),
    *("COPILOT_MODEL", "COPILOT_OFFLINE"),
)


class CopilotAgent:
    """Starts Copilot CLI with a private home."""

    adapter = "copilot"
    modes = (Mode.HEADLESS, Mode.ACP)

    def program(self, profile: AgentProfile) -> str:
        """Name the program."""
        return start_words(profile, "copilot")[0]

    def launch(self, order: LaunchOrder) -> Launch:
        """Say how to start it. Raises `Permanent` if it would have to ask and nobody hears."""
        refuse_to_ask(order)
        wants = Wants(
            program="copilot",
            words=_words(order),
            keys=_KEYS,
            variables=(
                ("COPILOT_HOME", order.home),
                ("COPILOT_AUTO_UPDATE", "false"),
                ("COPILOT_OTEL_ENABLED", "false"),
            ),
            lent=_sign_in(order),
            stdin=order.prompt,
        )
        return assemble(order, wants)

    def reader(self, order: LaunchOrder) -> Reader:
        """Make the reader of the mode."""
        if order.mode is Mode.ACP:
            return acp_reader(order, Dialect(bypass_modes=(), sets_model=False))
        return CopilotReader(model=order.profile.model, named=conversation_of(order))

    def ending(self, end: End) -> Ending:
        """Read the result; without one it has not done its work."""
        return judge_end(end, _PROGRAM)


def _words(order: LaunchOrder) -> Iterable[str]:
    profile = order.profile
    yield from ("--acp",) if order.mode is Mode.ACP else ("--output-format=json", "--no-ask-user")
    yield from ("--no-auto-update", "--disable-client-telemetry", "--no-remote")
    if profile.permission_mode == "bypass":
        yield "--allow-all"
    yield from (f"--allow-tool={name}" for name in profile.allowed_tools)
    if profile.model:
        yield f"--model={profile.model}"
    if order.mode is Mode.HEADLESS:
        resumed = order.conversation
        yield f"--resume={resumed}" if resumed else f"--session-id={conversation_of(order)}"


def conversation_of(order: LaunchOrder) -> str:
    """Name the conversation: Copilot itself tells its id at the end only."""
    return order.conversation or str(uuid5(NAMESPACE_URL, f"orch:{order.prompt_file}"))


def _sign_in(order: LaunchOrder) -> Files:
    person = home_of(order)
    if not person or "COPILOT_PROVIDER_BASE_URL" in dict(order.profile.env):
        return Files()
    return sign_in_files(order, ((f"{person}/.copilot/config.json", f"{order.home}/config.json"),))
