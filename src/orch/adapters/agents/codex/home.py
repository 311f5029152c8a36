"""The private home of a session of Codex: its config, its hooks, the person's sign-in."""

import json
import shlex
from typing import Final

from orch.adapters.agents.belongings import Files, home_of, sign_in_files, variable
from orch.adapters.agents.codex.titles import ITEMS
from orch.ports.agent import LaunchOrder, Mode

KEY: Final = "OPENAI_API_KEY"
URL: Final = "OPENAI_BASE_URL"
_OPENAI: Final = "https://api.openai.com/v1"
_PROVIDER: Final = "orch"

HOOKS: Final = (
    "SessionStart",
    "UserPromptSubmit",
    "PreToolUse",
    "PermissionRequest",
    "PostToolUse",
    "PreCompact",
    "PostCompact",
    "SubagentStart",
    "SubagentStop",
    "Stop",
    "SessionEnd",
)
_HOOK_TIMEOUT_S: Final = 10


def config_file(order: LaunchOrder) -> str:
    """Write its `config.toml`: nothing that asks, phones home or updates itself."""
    tops: dict[str, object] = {
        # A login shell makes its PATH anew, and then finds neither orch nor the person's tools.
        "allow_login_shell": False,
        "check_for_update_on_startup": False,
        "model": order.profile.model or None,
        "model_provider": _PROVIDER if _has_provider(order) else None,
        "notify": [*order.hook_command, "notify"] if _has_hooks(order) else None,
    }
    tables: dict[str, dict[str, object]] = {
        "analytics": {"enabled": False},
        "feedback": {"enabled": False},
        "otel": {"exporter": "none"},
        "history": {"persistence": "none"},
        "notice": {"hide_full_access_warning": True, "hide_rate_limit_model_nudge": True},
        "tui": {
            "animations": False,
            "notification_condition": "always",
            "notification_method": "osc9",
            "notifications": True,
            "show_tooltips": False,
            "terminal_title": list(ITEMS),
        },
        f"projects.{json.dumps(order.workspace)}": {"trust_level": "trusted"},
    }
    if order.profile.permission_mode == "ask":
        # Where somebody answers, it may put its questions as such.
        tables["features"] = {"default_mode_request_user_input": True}
        tops["suppress_unstable_features_warning"] = True
    if _has_provider(order):
        tables[f"model_providers.{_PROVIDER}"] = _provider(order)
    parts = [_lines(tops), *(f"[{name}]\n{_lines(rows)}" for name, rows in tables.items())]
    return "\n".join(parts)


def _lines(rows: dict[str, object]) -> str:
    """Write keys and values: JSON's strings, numbers, booleans and lists are TOML's as well."""
    kept = ((name, value) for name, value in rows.items() if value is not None)
    return "".join(f"{name} = {json.dumps(value)}\n" for name, value in kept)


def _has_hooks(order: LaunchOrder) -> bool:
    return bool(order.hook_command) and order.mode is Mode.TERMINAL


def _has_provider(order: LaunchOrder) -> bool:
    """Tell whether the profile says whom to ask, or that only the environment's key counts."""
    keyed = bool(variable(order, KEY)) and order.profile.credentials not in {"copy", "link"}
    return bool(dict(order.profile.env).get(URL)) or keyed


def _provider(order: LaunchOrder) -> dict[str, object]:
    return {
        "name": "OpenAI",
        "base_url": variable(order, URL) or _OPENAI,
        "env_key": KEY,
        "wire_api": "responses",
        "supports_websockets": False,
        "request_max_retries": 4,
        "stream_max_retries": 5,
        "stream_idle_timeout_ms": 120_000,
    }


def hooks_file(order: LaunchOrder) -> str:
    """Write its `hooks.json`: each event starts the command that orch gave, with its name."""

    def entry(event: str) -> object:
        command = shlex.join((*order.hook_command, event))
        hook = {"type": "command", "command": command, "timeout": _HOOK_TIMEOUT_S}
        return [{"hooks": [hook]}]

    return json.dumps({"hooks": {event: entry(event) for event in HOOKS}}, indent=1)


def home_files(order: LaunchOrder) -> tuple[tuple[str, bytes], ...]:
    """List the files of its home with their contents."""
    files = [(f"{order.home}/config.toml", config_file(order).encode())]
    if _has_hooks(order):
        files.append((f"{order.home}/hooks.json", hooks_file(order).encode()))
    return tuple(files)


def sign_in(order: LaunchOrder) -> Files:
    """Name the file that holds the person's sign-in, and where the session looks for it."""
    theirs = variable(order, "CODEX_HOME") or f"{home_of(order)}/.codex"
    return sign_in_files(order, [(f"{theirs}/auth.json", f"{order.home}/auth.json")])
