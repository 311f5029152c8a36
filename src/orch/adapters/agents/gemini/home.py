"""Gemini CLI's private home: its settings, hooks, and the person's sign-in."""

import json
import shlex
from typing import Final

from orch.adapters.agents.belongings import Files, home_of, sign_in_files, variable
from orch.ports.agent import LaunchOrder, Mode

CREDENTIALS: Final = (
    *("GEMINI_API_KEY", "GOOGLE_API_KEY", "GOOGLE_GEMINI_BASE_URL", "GOOGLE_VERTEX_BASE_URL"),
    *("GOOGLE_GENAI_USE_VERTEXAI", "GOOGLE_GENAI_USE_GCA", "GOOGLE_GENAI_API_VERSION"),
    *("GOOGLE_CLOUD_PROJECT", "GOOGLE_CLOUD_PROJECT_ID", "GOOGLE_CLOUD_LOCATION"),
    *("GOOGLE_APPLICATION_CREDENTIALS", "GEMINI_CLI_USE_COMPUTE_ADC"),
)
"""What Gemini's sign-in reads of the environment."""

HOOKS: Final = (
    *("SessionStart", "BeforeAgent", "AfterAgent", "BeforeTool", "AfterTool"),
    *("Notification", "SessionEnd"),
)
_ATTEMPTS: Final = 5
"""How often Gemini asks again by itself: a bit more than a minute, in which it shows nothing."""

_HOOK_TIMEOUT_MS: Final = 20_000


def variables(order: LaunchOrder) -> tuple[tuple[str, str], ...]:
    """Point Gemini at its private home; HOME stays, for git and all else that it starts."""
    return (
        ("GEMINI_CLI_HOME", order.home),
        ("GEMINI_CLI_TRUST_WORKSPACE", "true"),
        ("GEMINI_CLI_NO_RELAUNCH", "true"),
        ("NO_BROWSER", "true"),
        ("COLORTERM", "truecolor"),
    )


def files(order: LaunchOrder) -> tuple[tuple[str, bytes], ...]:
    """Write the settings; the hooks stand in them."""
    made = json.dumps(_settings(order), indent=2).encode()
    return ((f"{order.home}/.gemini/settings.json", made),)


def sign_in(order: LaunchOrder) -> Files:
    """Give the session the person's sign-in with Google; a key comes by the environment."""
    person = home_of(order)
    if not person or _kind_of_sign_in(order) != "oauth-personal":
        return Files()
    names = ("oauth_creds.json", "google_accounts.json", "installation_id")
    return sign_in_files(
        order, ((f"{person}/.gemini/{name}", f"{order.home}/.gemini/{name}") for name in names)
    )


def _settings(order: LaunchOrder) -> dict[str, object]:
    made: dict[str, object] = {
        "security": {
            "auth": {"selectedType": _kind_of_sign_in(order)},
            "folderTrust": {"enabled": False},
        },
        # It asks a dearer model at each thirtieth call, and then a person, who may not be there.
        # Without progress orch does something by itself.
        "model": {"disableLoopDetection": True},
        "privacy": {"usageStatisticsEnabled": False},
        "telemetry": {"enabled": False},
        "general": {
            "enableAutoUpdate": False,
            "enableAutoUpdateNotification": False,
            "maxAttempts": _ATTEMPTS,
            "retryFetchErrors": True,
            "sessionRetention": {"enabled": False},
        },
        "ui": {
            "dynamicWindowTitle": True,
            "showStatusInTitle": False,
            "hideWindowTitle": False,
            "hideBanner": True,
            "hideTips": True,
            "showHomeDirectoryWarning": False,
            # A message that names a file is no order to read it.
            "escapePastedAtSymbols": True,
            "accessibility": {"enableLoadingPhrases": False},
        },
        "ide": {"enabled": False, "hasSeenNudge": True},
    }
    if order.profile.allowed_tools:
        made["tools"] = {"allowed": list(order.profile.allowed_tools)}
    if order.hook_command and order.mode is Mode.TERMINAL:
        made["hooksConfig"] = {"enabled": True, "notifications": False}
        made["hooks"] = {event: [_hook(order, event)] for event in HOOKS}
    return made


def _hook(order: LaunchOrder, event: str) -> dict[str, object]:
    run = {
        "name": "orch",
        "type": "command",
        # Gemini takes some exit codes for a veto, and a hook of ours must never be one.
        "command": f"{shlex.join((*order.hook_command, event))} 2>/dev/null || :",
        "timeout": _HOOK_TIMEOUT_MS,
    }
    return {"matcher": "*", "hooks": [run]}


def _kind_of_sign_in(order: LaunchOrder) -> str:
    if variable(order, "GEMINI_API_KEY"):
        return "gemini-api-key"
    if variable(order, "GOOGLE_GENAI_USE_VERTEXAI") == "true" or variable(order, "GOOGLE_API_KEY"):
        return "vertex-ai"
    return "oauth-personal"
