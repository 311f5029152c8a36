"""Finds the programs of coding agents on the person's PATH."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass

READ = '"$(cat "$ORCH_PROMPT_FILE")"'

COMMAND_LINES = {
    "claude": f"claude -p {READ} --dangerously-skip-permissions",
    "codex": f"codex exec --dangerously-bypass-approvals-and-sandbox {READ} </dev/null",
    "opencode": f"opencode run {READ} </dev/null",
    "gemini": f"gemini -y -p {READ}",
    "qwen": f"qwen -y -p {READ}",
    "kimi": f"kimi -p {READ}",
    "copilot": f"copilot --allow-all-tools -p {READ}",
    "cursor-agent": f"cursor-agent -f -p {READ}",
}
"""How each is told to do one task and end; the prompt is in a file, whatever its length."""


@dataclass(frozen=True, slots=True)
class Program:
    """An agent's program: its name, where it is, and the command line that runs one task."""

    name: str
    path: str
    command: str


def find_programs(search: str | None = None) -> Sequence[Program]:
    """List the agents' programs on a PATH (None: that of this process)."""
    found = ((name, shutil.which(name, path=search), line) for name, line in COMMAND_LINES.items())
    return [Program(name, path, line) for name, path, line in found if path]
