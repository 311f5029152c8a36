"""What is under way in a Claude Code session: tools, sub-agents, commands in the background."""

from typing import Final

from orch.adapters.agents.lines import at, text_at

_AGENTS: Final = frozenset({"local_agent", "remote_agent", "in_process_teammate"})
_COMMAND: Final = "local_bash"


class UnderWay:
    """Keeps which tools are in use, by whom, and which tasks of the program's own run."""

    def __init__(self) -> None:
        """Begin with nothing under way."""
        self._tools: dict[str, str] = {}
        self._commands: dict[str, str] = {}
        self.workers: dict[str, str] = {}

    def begin(self, tool: str, *, parent: str) -> None:
        """Note a tool in use; `parent` is the call of the sub-agent that uses it."""
        self._tools[tool] = parent

    def end(self, tool: str) -> bool:
        """Note a tool's result; False if it is not known, or runs on in the background.

        A command that was put there is told as done at once.
        """
        if tool in self._commands.values():
            return False
        return self._tools.pop(tool, None) is not None

    def rest(self, parent: str = "") -> list[str]:
        """Drop the tools that somebody who stopped has left, and list them."""
        left = [tool for tool, by in self._tools.items() if by == parent]
        return [tool for tool in left if self.end(tool)]

    def task_began(self, event: object) -> bool:
        """Note a task; tell whether it is a sub-agent."""
        ref, call = text_at(event, "task_id"), text_at(event, "tool_use_id")
        if text_at(event, "task_type") in _AGENTS:
            self.workers[ref] = call
            return True
        if text_at(event, "task_type") == _COMMAND and call in self._tools:
            self._commands[ref] = call
        return False

    def command_ended(self, event: object) -> str:
        """Note that a command's task has ended, and give the tool that has ended with it.

        In the foreground its result still comes, and tells it; then there is no output file.
        """
        call = self._commands.pop(text_at(event, "task_id"), "")
        return call if at(event, "output_file") and self.end(call) else ""
