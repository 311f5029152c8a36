"""Writes a project's first `.orch/config.toml`: short, commented, and right as it stands."""

from collections.abc import Sequence

from orch.daemon.initialise.commands import Found, Purpose
from orch.daemon.initialise.programs import Program
from orch.daemon.settings.kinds import quoted

HEAD = """\
# How this project's tasks are worked on, checked and landed.
# A line that starts with `# key =` shows a default or an example; take the # away to change it.
# What is in force, and from where: orch config show --origin
"""

LANDING = """
[landing]
mode = "direct"             # direct | manual: each landing waits for `orch merge TASK`
base_branch = {branch}
{gate}
# gate_timeout = "10m"      # for each command
# strategy = "squash"       # squash: one commit for a task | rebase: its commits one by one
"""

AGENTS = """
# Agents: an adapter for a program that orch knows (orch agents), or with adapter = "command" any
# program that works in a folder and ends; its prompt is in the file $ORCH_PROMPT_FILE.
# What it claims is checked by the gate.
"""

ADAPTERS = {name: name for name in ("claude", "codex", "opencode", "gemini", "qwen", "kimi")} | {
    "copilot": "copilot",
    "cursor-agent": "cursor",
}
"""The adapters of the programs that `orch init` looks for."""

EXAMPLE = """\
# [agents.fixer]
# adapter = "command"
# start_command = "sh fix.sh"
# idle_timeout = "30s"      # silence for so long is shown as idle
# stuck_timeout = "5m"      # and for so long ends the attempt; the work is kept
"""

WORKSPACE = """
[workspace]
{setup}
# copy = [".env"]           # files that git ignores, copied from this checkout
# warm = 2                  # so many workspaces are kept ready

[limits]
# sessions = 4              # at once
# attempts = 3              # for a task
"""


def config_text(*, branch: str, commands: Sequence[Found], programs: Sequence[Program]) -> str:
    """Return the text of the file; what was found is written, what might be is a comment."""
    return "".join(
        [
            HEAD,
            LANDING.format(branch=quoted(branch), gate=_gate(commands)),
            AGENTS,
            "".join(map(_agent, programs)) or EXAMPLE,
            WORKSPACE.format(setup=_setup(commands)),
        ]
    )


def _gate(commands: Sequence[Found]) -> str:
    tests = [found for found in commands if found.purpose is Purpose.TEST]
    checks = [found for found in commands if found.purpose is Purpose.CHECK]
    if not tests:
        first = "# No command for tests was found: until there is one, work lands unchecked.\n"
        return first + f"# quality_gate = {quoted(checks[0].command if checks else 'make test')}"
    chosen, *others = tests
    lines = [f"quality_gate = {quoted(chosen.command)}   # found in {chosen.source}"]
    lines += [f"# quality_gate = {quoted(found.command)}   # {found.source}" for found in others]
    if checks:
        both = ", ".join(quoted(found.command) for found in (checks[0], chosen))
        lines.append(f"# quality_gate = [{both}]   # the first failure ends it")
    return "\n".join(lines)


def _setup(commands: Sequence[Found]) -> str:
    found = [found for found in commands if found.purpose is Purpose.SETUP]
    if not found:
        return '# setup = "make setup"     # commands that make a fresh workspace ready'
    joined = ", ".join(quoted(command.command) for command in found)
    value = joined if len(found) == 1 else f"[{joined}]"
    return f"setup = {value}   # {', '.join(command.source for command in found)}"


def _agent(program: Program) -> str:
    """Write a profile for a program that is there: as a comment, for the choice is the person's."""
    adapter = ADAPTERS.get(program.name)
    if adapter is None:
        return (
            f"# [agents.{program.name}]\n"
            f"# start_command = {quoted(program.command)}\n"
            '# stuck_timeout = "15m"\n#\n'
        )
    return (
        f"# [agents.{program.name}]\n"
        f"# adapter = {quoted(adapter)}\n"
        '# mode = "terminal"         # its own screen; without it: headless\n'
        '# permission_mode = "ask"   # its requests go to orch inbox; without it: bypass\n#\n'
    )
