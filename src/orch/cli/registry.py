"""Which verbs there are, in which module each one is, and in which order help shows them."""

from orch.cli.verbs import Verb

SECTIONS = (
    (
        "Every day",
        (
            "init",
            "up",
            "add",
            "status",
            "attach",
            "logs",
            "wait",
            "inbox",
            "answer",
            "steer",
            "queue",
        ),
    ),
    (
        "Tasks",
        (
            "task",
            "assign",
            "spawn",
            "new",
            "why",
            "workers",
            "plan",
            "cost",
            "stream",
            "events",
            "detach",
            "session",
            "killall",
            "pane",
            "questions",
            "report",
        ),
    ),
    ("Workspaces", ("path", "exec", "open", "shell-hook", "saved", "gc")),
    ("Landing", ("enqueue", "merge", "undo", "landings", "receipts")),
    (
        "Projects and configuration",
        ("project", "trust", "config", "agents", "hooks", "skill", "doctor"),
    ),
    ("Daemon", ("daemon", "down", "serve", "log", "audit", "state")),
    ("Other", ("demo", "completions", "version")),
)
"""The first words of all verbs that help lists, the everyday ones first."""

MODULES = {
    "add": "add",
    "agents": "projects",
    "answer": "talk",
    "assign": "add",
    "attach": "attach",
    "audit": "audit",
    "completions": "other",
    "config": "config",
    "cost": "cost",
    "daemon": "daemon",
    "demo": "other",
    "dequeue": "queue",
    "detach": "attach",
    "doctor": "overview",
    "down": "daemon",
    "enqueue": "landing",
    "events": "logs",
    "exec": "workspace",
    "gc": "workspace",
    "hooks": "hooks",
    "inbox": "overview",
    "init": "projects",
    "kill": "task_moves",
    "killall": "task_moves",
    "land": "landing",
    "landings": "landing",
    "log": "logs",
    "logs": "logs",
    "merge": "landing",
    "new": "add",
    "open": "workspace",
    "pane": "attach",
    "path": "workspace",
    "plan": "plan",
    "project": "projects",
    "queue": "queue",
    "questions": "talk",
    "receipts": "landing",
    "report": "talk",
    "saved": "saved",
    "serve": "daemon",
    "service": "daemon",
    "session": "talk",
    "shell-hook": "workspace",
    "skill": "skill",
    "spawn": "add",
    "state": "other",
    "status": "overview",
    "steer": "talk",
    "stream": "logs",
    "task add": "add",
    "task attach": "attach",
    "task cancel": "task_moves",
    "task close": "task_moves",
    "task complete": "task_moves",
    "task cost": "cost",
    "task diff": "task_read",
    "task edit": "task_moves",
    "task fail": "task_moves",
    "task history": "task_read",
    "task idle": "task_moves",
    "task list": "task_read",
    "task live": "overview",
    "task retry": "task_moves",
    "task reviewed": "task_moves",
    "task run": "task_moves",
    "task show": "task_read",
    "task start": "task_moves",
    "task steer": "talk",
    "task stop": "task_moves",
    "task tree": "task_read",
    "task unblock": "task_moves",
    "trust": "projects",
    "undo": "landing",
    "up": "daemon",
    "version": "other",
    "wait": "task_read",
    "why": "task_read",
    "workers": "overview",
}
"""The module of each verb by its first word, or by its first two."""

NOT_YET = {
    "auth": "signing in to GitHub",
    "board": "boards of GitHub Projects",
    "cc": "the adapter for Claude Code",
    "chat": "the chat role",
    "cu": "the adapter for Cursor",
    "cx": "the adapter for Codex",
    "cycle": "planner cycles",
    "import": "taking over other systems",
    "job": "scheduled jobs",
    "mcp": "the MCP server",
    "metrics": "metrics",
    "pool": "the clone pool",
    "task publish": "publishing a task as an issue",
    "task route": "routing by an agent",
    "tui": "the terminal interface",
    "web": "the web interface",
}
"""Verbs of later versions: they are known, and say so."""


def find(argv: list[str]) -> tuple[Verb, list[str]] | None:
    """Return the verb that a command line begins with, and the words behind it."""
    for length in (2, 1):
        name = " ".join(argv[:length])
        module = MODULES.get(name) or (MODULES.get(argv[0]) if length <= len(argv) else None)
        if module and len(argv) >= length:
            for verb in load(module):
                if name == verb.path or name in verb.aliases:
                    return verb, argv[length:]
    return None


def load(module: str) -> list[Verb]:
    """Import a module of commands and return its verbs."""
    found = __import__(f"orch.cli.commands.{module}", fromlist=["*"])
    return [value for value in vars(found).values() if isinstance(value, Verb)]


def load_all() -> list[Verb]:
    """Import every module of commands; only help and completion need them all."""
    return [verb for module in sorted(set(MODULES.values())) for verb in load(module)]
