"""Codex on its own screen."""

from orch.adapters.agents.silent import SilentReader
from orch.ports.agent import LaunchOrder


class TuiReader(SilentReader):
    """Reads its screen."""

    def __init__(self, order: LaunchOrder) -> None:
        """Begin."""
        self._order = order
