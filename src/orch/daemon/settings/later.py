"""Keys that orch does not read yet: refused by name, with what works instead, never ignored."""

from orch.adapters.agents.registry import AGENTS
from orch.daemon.settings.schema import pattern

_PROGRAM = (
    'use adapter = "command" with the program\'s own command line in start_command (the prompt '
    "is in the file $ORCH_PROMPT_FILE)"
)
_TASKS = "add tasks with orch add, orch assign KEY, or many at once with orch task add --file"
_INBOX = "orch inbox, orch wait and orch events -f tell what happened"
_CAPS = "attempts and rounds in [limits] bound a task"
_PERSON = 'a person decides: landing.mode = "manual" holds each landing for orch merge TASK'

KEYS = {
    "landing.reviewers": _PERSON,
    "landing.auto_merge": 'landing.mode = "direct" lands what passed the gate',
    "limits.cost": "[caps] task_cost and its siblings bound it",
    "limits.tokens": "[caps] task_tokens and its siblings bound it",
    "limits.time": "[caps] task_time and its siblings bound it",
}
"""Single keys, with what works instead."""

TABLES = {
    "budget": _CAPS,
    "pool": "each task gets a worktree of its own; [workspace] warm keeps some ready",
    "worksource": _TASKS,
    "integrations": _TASKS,
    "tracker": _TASKS,
    "trackers": _TASKS,
    "github": _TASKS,
    "linear": _TASKS,
    "beads": _TASKS,
    "jobs": "let cron call orch add",
    "schedule": "let cron call orch add",
    "cycle": _TASKS,
    "channels": _INBOX,
    "notify": _INBOX,
    "slack": _INBOX,
    "telegram": _INBOX,
    "roles": "each task goes to the profile it names, or to the one that `agent` names",
    "router": "each task goes to the profile it names, or to the one that `agent` names",
    "routing": "each task goes to the profile it names, or to the one that `agent` names",
    "judge": 'landing.judge = "required" has an agent judge; landing.judge_agent names which',
    "review": _PERSON,
    "portfolio": "[limits] sessions is a project's share",
    "sandbox": "agents run as you; what they can reach, they can reach",
    "hosts": "everything runs on this machine",
    "web": "orch status and orch attach show the same in a terminal",
    "mcp": "every command takes --json",
    "metrics": "orch status --json and orch events --json give the figures",
    "memory": "put what agents must know into files of the repository",
}
"""Whole tables, with what works instead."""

VALUES = {
    ("landing.mode", "pr"): 'use "direct", or "manual" and orch merge TASK',
    **{
        ("agents.NAME.adapter", name): _PROGRAM
        for name in (
            *("acp", "aider", "amp", "claude", "codex", "copilot", "cursor", "gemini", "goose"),
            *("kimi", "minimax", "qwen"),
        )
        if name not in AGENTS
    },
}
"""Values of keys that exist, with what works instead."""


def not_yet(path: tuple[str, ...]) -> str | None:
    """Say what works instead of a key or table of a later version; None if it is none."""
    dotted = ".".join(pattern(path))
    return KEYS.get(dotted) or (TABLES.get(path[0]) if path else None)


def not_yet_value(path: tuple[str, ...], raw: object) -> str | None:
    """Say what works instead of a value of a later version; None if it is none."""
    return VALUES.get((".".join(pattern(path)), raw)) if isinstance(raw, str) else None
