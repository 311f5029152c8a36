"""The reader of Claude Code's own screen: its hooks, its title, and what it shows."""

from orch.adapters.agents.silent import SilentReader
from orch.ports.agent import LaunchOrder


class TerminalReader(SilentReader):
    """Reads nothing yet."""

    def __init__(self, order: LaunchOrder) -> None:
        """Begin with nothing read."""
        self._order = order
