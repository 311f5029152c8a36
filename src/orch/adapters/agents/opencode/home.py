"""OpenCode's private home: its folders, its configuration, the person's sign-in."""

import json
from typing import Final

from orch.adapters.agents.belongings import Files, home_of, sign_in_files, variable
from orch.adapters.agents.opencode.plugin import plugin
from orch.core.settings import READ_ONLY
from orch.ports.agent import LaunchOrder

CREDENTIALS: Final = (
    *("ANTHROPIC_API_KEY", "OPENAI_API_KEY", "GEMINI_API_KEY", "GOOGLE_GENERATIVE_AI_API_KEY"),
    *("OPENROUTER_API_KEY", "GROQ_API_KEY", "XAI_API_KEY", "MISTRAL_API_KEY", "DEEPSEEK_API_KEY"),
    *("OPENCODE_API_KEY", "MOONSHOT_API_KEY", "ZHIPU_API_KEY", "GITHUB_TOKEN"),
    *("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_REGION"),
)
"""The variables that providers' keys are read from."""

_OFF: Final = (
    *("AUTOUPDATE", "MODELS_FETCH", "LSP_DOWNLOAD", "SHARE", "TERMINAL_TITLE"),
    *("MOUSE", "EMBEDDED_WEB_UI"),
)
"""Nothing of these does anything for an unattended session; some of them wait for the net."""

_ALLOWED: Final = {"ask": "ask", READ_ONLY: "deny"}
_PROVIDER: Final = "custom"
_CONTEXT_TOKENS: Final = 128_000
_OUTPUT_TOKENS: Final = 32_000


def variables(order: LaunchOrder) -> tuple[tuple[str, str], ...]:
    """Point OpenCode at its private folders, and at the workspace: it goes by PWD alone."""
    home = order.home
    # The plugins that OpenCode brings along are for signing in, which a profile's own key replaces.
    off = (*_OFF, "DEFAULT_PLUGINS") if _own_provider(order) else _OFF
    return (
        ("PWD", order.workspace),
        ("OPENCODE_CONFIG", f"{home}/opencode.json"),
        ("OPENCODE_CONFIG_DIR", f"{home}/extras"),
        ("XDG_CONFIG_HOME", f"{home}/config"),
        ("XDG_DATA_HOME", f"{home}/data"),
        ("XDG_STATE_HOME", f"{home}/state"),
        *((f"OPENCODE_DISABLE_{name}", "1") for name in off),
    )


def files(order: LaunchOrder) -> tuple[tuple[str, bytes], ...]:
    """Write the configuration, and the plugin that tells what goes on."""
    folders = (f"{order.home}/config/opencode", f"{order.home}/extras")
    return (
        (f"{order.home}/opencode.json", json.dumps(_configuration(order), indent=2).encode()),
        (f"{order.home}/extras/plugin/orch.js", plugin(order).encode()),
        *(file for folder in folders for file in _installed(folder)),
    )


def _installed(folder: str) -> tuple[tuple[str, bytes], ...]:
    """Say that a folder has what plugins are written with, which ours does without.

    OpenCode would fetch it into each folder of configuration from the package registry, and wait
    for that before it starts: minutes, where the net is slow or none.
    """
    lock = {"packages": {"": {"dependencies": {"@opencode-ai/plugin": "*"}}}}
    return (
        (f"{folder}/node_modules/.orch", b""),
        (f"{folder}/package-lock.json", json.dumps(lock).encode()),
    )


def sign_in(order: LaunchOrder) -> Files:
    """Give the session the person's sign-in, and the providers that they have configured."""
    person = home_of(order)
    data = variable(order, "XDG_DATA_HOME") or f"{person}/.local/share"
    config = variable(order, "XDG_CONFIG_HOME") or f"{person}/.config"
    if not person or _own_provider(order):
        return Files()
    return sign_in_files(
        order,
        (
            (f"{data}/opencode/auth.json", f"{order.home}/data/opencode/auth.json"),
            (f"{config}/opencode/opencode.json", f"{order.home}/config/opencode/opencode.json"),
            (f"{config}/opencode/opencode.jsonc", f"{order.home}/config/opencode/opencode.jsonc"),
        ),
    )


def model(order: LaunchOrder) -> str:
    """Name the model as OpenCode does, `provider/model`; empty for the person's own choice."""
    if not _own_provider(order):
        return order.profile.model
    name = order.profile.model or "default"
    return name if name.startswith(f"{_PROVIDER}/") else f"{_PROVIDER}/{name}"


def _own_provider(order: LaunchOrder) -> str:
    """Find the address of a provider that only this profile has."""
    return dict(order.profile.env).get("OPENAI_BASE_URL", "")


def _configuration(order: LaunchOrder) -> dict[str, object]:
    allowed = _ALLOWED.get(order.profile.permission_mode, "allow")
    made: dict[str, object] = {
        "$schema": "https://opencode.ai/config.json",
        "autoupdate": False,
        "share": "disabled",
        # The workspace is a worktree of orch's own; a second history of it would cost for nothing.
        "snapshot": False,
        "agent": {"title": {"disable": True}},
        "permission": {
            **dict.fromkeys(("edit", "bash", "webfetch", "external_directory"), allowed),
            **dict.fromkeys(order.profile.allowed_tools, "allow"),
            "doom_loop": allowed,
            # Another agent may have rights of its own.
            **({"task": "deny"} if allowed == "deny" else {}),
        },
    }
    if _own_provider(order):
        made["provider"] = {_PROVIDER: _provider(order)}
        made["small_model"] = model(order)
    if model(order):
        made["model"] = model(order)
    return made


def _provider(order: LaunchOrder) -> dict[str, object]:
    name = model(order).removeprefix(f"{_PROVIDER}/")
    described: dict[str, object] = {
        "name": name,
        "tool_call": True,
        "limit": {"context": _CONTEXT_TOKENS, "output": _OUTPUT_TOKENS},
    }
    if price := order.profile.price:
        cached = price.input if price.cached is None else price.cached
        described["cost"] = {"input": price.input, "output": price.output, "cache_read": cached}
    return {
        "npm": "@ai-sdk/openai-compatible",
        "name": _PROVIDER,
        # The key is read from the environment by OpenCode, so that no file holds it.
        "options": {"baseURL": _own_provider(order), "apiKey": "{env:OPENAI_API_KEY}"},
        "models": {name: described},
    }
