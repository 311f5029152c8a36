"""How Qwen Code is started, read and judged."""

import json
from collections.abc import Iterable
from typing import Final

from orch.adapters.agents.acp.dialect import Dialect
from orch.adapters.agents.acp.mode import acp_reader
from orch.adapters.agents.assembling import Wants, assemble
from orch.adapters.agents.belongings import (
    Files,
    home_of,
    refuse_to_ask,
    sign_in_files,
    start_words,
    variable,
)
from orch.adapters.agents.qwen.events import QwenReader
from orch.adapters.agents.verdict import Program, judge_end
from orch.core.settings import READ_ONLY, AgentProfile
from orch.core.signs import Trouble
from orch.ports.agent import End, Ending, Launch, LaunchOrder, Mode, Reader

_PROGRAM: Final = Program(
    name="qwen",
    sign_in="start qwen once by yourself, or set OPENAI_API_KEY in the profile's env",
    exits={
        41: (Trouble.SIGNED_OUT, "it is not signed in"),
        42: (Trouble.OTHER, "the conversation to resume is not there, or an argument is wrong"),
        52: (Trouble.OTHER, "its settings are broken"),
        53: (Trouble.OTHER, "it reached the limit of turns in its settings"),
    },
)
_KEYS: Final = (
    *("OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_MODEL", "DASHSCOPE_API_KEY"),
    *("ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL"),
)


class QwenAgent:
    """Starts Qwen Code with a private home."""

    adapter = "qwen"
    modes = (Mode.HEADLESS, Mode.ACP)

    def program(self, profile: AgentProfile) -> str:
        """Name the program."""
        return start_words(profile, "qwen")[0]

    def launch(self, order: LaunchOrder) -> Launch:
        """Say how to start it. Raises `Permanent` if it would have to ask and nobody hears."""
        refuse_to_ask(order)
        settings = json.dumps(_settings(order), indent=2).encode()
        wants = Wants(
            program="qwen",
            words=_words(order),
            keys=_KEYS,
            variables=(("QWEN_HOME", order.home), ("QWEN_CODE_NO_RELAUNCH", "true")),
            files=((f"{order.home}/settings.json", settings),),
            lent=_sign_in(order),
            stdin=order.prompt,
        )
        return assemble(order, wants)

    def reader(self, order: LaunchOrder) -> Reader:
        """Make the reader of the mode."""
        if order.mode is Mode.ACP:
            return acp_reader(order, Dialect(bypass_modes=("yolo",), sets_model=False))
        return QwenReader(model=order.profile.model)

    def ending(self, end: End) -> Ending:
        """Read the result; without one it has not done its work."""
        return judge_end(end, _PROGRAM)


def _words(order: LaunchOrder) -> Iterable[str]:
    yield "--acp" if order.mode is Mode.ACP else "--output-format=stream-json"
    # Without ears it refuses by itself what it would have to ask for: all but looking.
    asks = order.profile.permission_mode in {"ask", READ_ONLY}
    yield "--approval-mode=default" if asks else "--approval-mode=yolo"
    yield f"--auth-type={_kind_of_sign_in(order)}"
    if order.profile.model:
        yield f"--model={order.profile.model}"
    if order.conversation and order.mode is Mode.HEADLESS:
        yield f"--resume={order.conversation}"


def _kind_of_sign_in(order: LaunchOrder) -> str:
    if variable(order, "OPENAI_API_KEY"):
        return "openai"
    return "anthropic" if variable(order, "ANTHROPIC_API_KEY") else "qwen-oauth"


def _sign_in(order: LaunchOrder) -> Files:
    person = home_of(order)
    if not person or _kind_of_sign_in(order) != "qwen-oauth":
        return Files()
    return sign_in_files(
        order, ((f"{person}/.qwen/oauth_creds.json", f"{order.home}/oauth_creds.json"),)
    )


def _settings(order: LaunchOrder) -> dict[str, object]:
    return {
        "security": {
            "auth": {"selectedType": _kind_of_sign_in(order)},
            "folderTrust": {"enabled": False},
        },
        # It asks seven times within two minutes anyhow. Ten more waits of up to five minutes would
        # go by without a word, and nobody could tell a limit from a hang.
        "model": {"generationConfig": {"maxRetries": 0}},
        "privacy": {"usageStatisticsEnabled": False},
        "telemetry": {"enabled": False},
        "general": {"disableAutoUpdate": True, "enableAutoUpdate": False},
        "tools": {"allowed": list(order.profile.allowed_tools)},
    }
