"""How Kimi Code is started, read and judged."""

from collections.abc import Iterable
from typing import Final

from orch.adapters.agents.acp.dialect import Dialect
from orch.adapters.agents.acp.mode import acp_reader
from orch.adapters.agents.assembling import Wants, assemble
from orch.adapters.agents.belongings import (
    Files,
    brief,
    home_of,
    refuse_to_ask,
    refuse_to_look,
    sign_in_files,
    start_words,
)
from orch.adapters.agents.kimi.events import LAST, KimiReader
from orch.adapters.agents.verdict import Program, judge_end
from orch.core.settings import AgentProfile
from orch.ports.agent import End, Ending, Launch, LaunchOrder, Mode, Reader

_PROGRAM: Final = Program(name="kimi", sign_in="kimi login")
_KEYS: Final = ("KIMI_API_KEY", "KIMI_MODEL_API_KEY", "MOONSHOT_API_KEY")
_FILES: Final = ("config.toml", "credentials/kimi-code.json", "device_id", "region")


class KimiAgent:
    """Starts Kimi Code with a private home; it wants Node 22.19 or newer."""

    adapter = "kimi"
    modes = (Mode.HEADLESS, Mode.ACP)

    def program(self, profile: AgentProfile) -> str:
        """Name the program."""
        return start_words(profile, "kimi")[0]

    def launch(self, order: LaunchOrder) -> Launch:
        """Say how to start it. Raises `Permanent` if it would have to ask and nobody hears."""
        refuse_to_ask(order)
        refuse_to_look(order, "kimi")
        own = _own_provider(order)
        wants = Wants(
            program="kimi",
            words=_words(order),
            keys=_KEYS,
            variables=(
                ("KIMI_CODE_HOME", order.home),
                ("KIMI_CODE_NO_AUTO_UPDATE", "1"),
                *own,
            ),
            # The person's own settings come along with their sign-in: the models stand there.
            files=((f"{order.home}/config.toml", b"telemetry = false\n"),) if own else (),
            lent=Files() if own else _sign_in(order),
        )
        return assemble(order, wants)

    def reader(self, order: LaunchOrder) -> Reader:
        """Make the reader of the mode."""
        if order.mode is Mode.ACP:
            return acp_reader(order, _dialect(order))
        return KimiReader(model=order.profile.model)

    def ending(self, end: End) -> Ending:
        """Read its last message; without one it has not done its work."""
        return judge_end(end, _PROGRAM)


def _dialect(order: LaunchOrder) -> Dialect:
    return Dialect(bypass_modes=("auto", "yolo"), sets_model=not _own_provider(order))


def _words(order: LaunchOrder) -> Iterable[str]:
    if order.mode is Mode.ACP:
        yield "acp"
        return
    yield "--output-format=stream-json"
    if order.profile.model and not _own_provider(order):
        yield f"--model={order.profile.model}"
    if order.conversation == LAST:
        yield "--continue"
    elif order.conversation:
        yield f"--session={order.conversation}"
    yield f"--prompt={brief(order)}"


def _own_provider(order: LaunchOrder) -> tuple[tuple[str, str], ...]:
    """Describe a provider that only this profile has, as Kimi takes it from the environment."""
    given = dict(order.profile.env)
    if not given.get("OPENAI_BASE_URL"):
        return ()
    return (
        ("KIMI_MODEL_NAME", order.profile.model or "default"),
        ("KIMI_MODEL_PROVIDER_TYPE", "openai"),
        ("KIMI_MODEL_BASE_URL", given["OPENAI_BASE_URL"]),
        ("KIMI_MODEL_API_KEY", given.get("OPENAI_API_KEY", "none")),
    )


def _sign_in(order: LaunchOrder) -> Files:
    person = home_of(order)
    if not person:
        return Files()
    return sign_in_files(
        order, ((f"{person}/.kimi-code/{name}", f"{order.home}/{name}") for name in _FILES)
    )
