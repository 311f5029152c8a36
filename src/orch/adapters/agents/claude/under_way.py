"""What is under way in a Claude Code session: tools, sub-agents, commands in the background."""

from typing import Final

from orch.adapters.agents.lines import text_at

_AGENTS: Final = frozenset({"local_agent", "remote_agent", "in_process_teammate"})
_COMMAND: Final = "local_bash"


class UnderWay:
    """Keeps which tools are in use, by whom, and which tasks of the program's own run.

    `workers` are sub-agents, and commands that run on after they were told as done: both wake
    the agent up when they end. To each belongs the call that it was begun by.
    """

    def __init__(self) -> None:
        """Begin with nothing under way."""
        self._tools: dict[str, str] = {}
        self._commands: dict[str, str] = {}
        self.workers: dict[str, str] = {}

    def begin(self, tool: str, *, parent: str) -> None:
        """Note a tool in use; `parent` is the call of the sub-agent that uses it."""
        self._tools[tool] = parent

    def end(self, tool: str) -> bool:
        """Note a tool's result; False if it is not known."""
        return self._tools.pop(tool, None) is not None

    def runs_on(self, tool: str) -> str:
        """Give the task that goes on after a tool's result, which is a worker from now on.

        In the foreground a command's task ends before its result comes.
        """
        task = next((task for task, call in self._commands.items() if call == tool), "")
        if task:
            self.workers[task] = self._commands.pop(task)
        return task

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

    def task_ended(self, ref: str) -> str | None:
        """Note the end of a task; give the call of a worker, None if it was none."""
        self._commands.pop(ref, None)
        return self.workers.pop(ref, None)
