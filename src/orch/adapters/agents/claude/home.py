"""The private home of a Claude Code session: its settings, its sign-in, its environment."""

import json
import shlex
from typing import Final

from orch.adapters.agents.belongings import Files, home_of, inherited, sign_in_files, variable
from orch.ports.agent import LaunchOrder, Mode

HOOKS: Final = (
    "SessionStart",
    "SessionEnd",
    "UserPromptSubmit",
    "PreToolUse",
    "PermissionRequest",
    "PostToolUse",
    "PostToolUseFailure",
    "Notification",
    "SubagentStart",
    "SubagentStop",
    "Stop",
    "StopFailure",
    "PreCompact",
)
"""What it is asked to tell of itself."""

_HOOK_TIMEOUT_S: Final = 10
_KEY_TAIL: Final = 20
"""It knows an approved key by its last characters; the whole key stands nowhere."""

_SIGN_IN: Final = (
    "ANTHROPIC_API_KEY",
    "ANTHROPIC_AUTH_TOKEN",
    "ANTHROPIC_BASE_URL",
    "ANTHROPIC_BEDROCK_BASE_URL",
    "ANTHROPIC_CUSTOM_HEADERS",
    "ANTHROPIC_DEFAULT_HAIKU_MODEL",
    "ANTHROPIC_DEFAULT_OPUS_MODEL",
    "ANTHROPIC_DEFAULT_SONNET_MODEL",
    "ANTHROPIC_MODEL",
    "ANTHROPIC_SMALL_FAST_MODEL",
    "ANTHROPIC_VERTEX_BASE_URL",
    "ANTHROPIC_VERTEX_PROJECT_ID",
    "AWS_ACCESS_KEY_ID",
    "AWS_BEARER_TOKEN_BEDROCK",
    "AWS_CONFIG_FILE",
    "AWS_DEFAULT_REGION",
    "AWS_PROFILE",
    "AWS_REGION",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_SHARED_CREDENTIALS_FILE",
    "CLAUDE_CODE_OAUTH_TOKEN",
    "CLAUDE_CODE_SKIP_BEDROCK_AUTH",
    "CLAUDE_CODE_SKIP_VERTEX_AUTH",
    "CLAUDE_CODE_USE_BEDROCK",
    "CLAUDE_CODE_USE_FOUNDRY",
    "CLAUDE_CODE_USE_VERTEX",
    "CLOUD_ML_REGION",
    "GOOGLE_APPLICATION_CREDENTIALS",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "NODE_EXTRA_CA_CERTS",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "no_proxy",
)
"""How the person reaches a model: theirs by sign-in, key, cloud or proxy."""

_UNATTENDED: Final = (
    # A turn that ends has ended: nobody can tell a server that was left running from a build that
    # the agent waits for. What takes long gets its time in the foreground instead.
    ("BASH_DEFAULT_TIMEOUT_MS", "600000"),
    ("BASH_MAX_TIMEOUT_MS", "3600000"),
    ("CLAUDE_CODE_DISABLE_BACKGROUND_TASKS", "1"),
    ("CLAUDE_CODE_DISABLE_FEEDBACK_SURVEY", "1"),
    ("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "1"),
    # Ten, as it is by itself, go on for minutes where nothing will mend it, like a wrong key.
    ("CLAUDE_CODE_MAX_RETRIES", "5"),
    ("DISABLE_AUTOUPDATER", "1"),
    ("DISABLE_BUG_COMMAND", "1"),
    ("DISABLE_ERROR_REPORTING", "1"),
    ("DISABLE_FEEDBACK_COMMAND", "1"),
    ("DISABLE_TELEMETRY", "1"),
    ("DISABLE_UPDATES", "1"),
)
"""It neither updates itself in a session nor calls home, and gives up in minutes, not hours."""


def environment(order: LaunchOrder) -> tuple[tuple[str, str], ...]:
    """List the variables that the program needs of orch and of the person."""
    return (*inherited(order, _SIGN_IN), *_UNATTENDED)


def home_variables(order: LaunchOrder) -> tuple[tuple[str, str], ...]:
    """Name the private home; the last word, or what was seeded there would not be found."""
    return (("CLAUDE_CONFIG_DIR", order.home),) if order.home else ()


def seeded(order: LaunchOrder) -> tuple[tuple[str, bytes], ...]:
    """Write what no dialog may ask for; conversations stand elsewhere, so this may be anew."""
    if not order.home:
        return ()
    known = (f"{order.home}/.claude.json", _known(order))
    return (known, (f"{order.home}/settings.json", _settings(order)))


def sign_in(order: LaunchOrder) -> Files:
    """Name the file of the person's sign-in."""
    if not order.home:
        return Files()
    theirs = dict(order.inherited).get("CLAUDE_CONFIG_DIR", "") or f"{home_of(order)}/.claude"
    file = ".credentials.json"
    return sign_in_files(order, [(f"{theirs}/{file}", f"{order.home}/{file}")])


def _known(order: LaunchOrder) -> bytes:
    trusted = {"hasTrustDialogAccepted": True, "hasCompletedProjectOnboarding": True}
    key = variable(order, "ANTHROPIC_API_KEY")
    approved = [key[-_KEY_TAIL:]] if key else []
    return _json(
        {
            "hasCompletedOnboarding": True,
            "theme": "dark",
            "autoUpdates": False,
            "bypassPermissionsModeAccepted": True,
            # Without hooks its notices are the best there is; they also reach a person's terminal.
            "preferredNotifChannel": "iterm2_with_bell",
            "customApiKeyResponses": {"approved": approved, "rejected": []},
            "projects": {order.workspace: trusted},
        }
    )


def _settings(order: LaunchOrder) -> bytes:
    settings: dict[str, object] = {
        "skipDangerousModePermissionPrompt": True,
        "spinnerTipsEnabled": False,
    }
    if order.hook_command and order.mode is Mode.TERMINAL:
        settings["hooks"] = {event: [_hook(order, event)] for event in HOOKS}
        # What a session has cost is told to the command of the status line, and nowhere else.
        settings["statusLine"] = {"type": "command", "command": _command(order, "StatusLine")}
    return _json(settings)


def _hook(order: LaunchOrder, event: str) -> dict[str, object]:
    command = _command(order, event)
    return {"hooks": [{"type": "command", "command": command, "timeout": _HOOK_TIMEOUT_S}]}


def _command(order: LaunchOrder, event: str) -> str:
    """Write a line for a shell that can't fail: the program takes some failures for a veto."""
    words = shlex.join([*order.hook_command, event])
    return f"{words} 2>/dev/null || cat >/dev/null || :"


def _json(value: object) -> bytes:
    return json.dumps(value, indent=1).encode()
