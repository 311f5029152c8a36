"""The herald: carries tidings to leads that are no sessions of orch's."""

from dataclasses import dataclass
from typing import Protocol

from orch.core.address import ToCommand, ToPane
from orch.ports.errors import Permanent


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """What is told: `id` is the same however often it is tried, `word` what it is about."""

    id: str
    task_id: str
    project: str
    title: str
    word: str
    text: str
    at: float


class Herald(Protocol):
    """Carries tidings to panes and commands."""

    async def tell(self, where: ToPane | ToCommand, telling: Telling) -> str:
        """Tell it, and return on what evidence it arrived.

        After a crash the same may be told again: who is told knows it by its id. Raises
        `Transient` (nothing was told; later it may work) and `Permanent`.
        """
        ...


class NoHerald:
    """Carries nothing: leads that are no sessions look into the inbox."""

    async def tell(self, where: ToPane | ToCommand, telling: Telling) -> str:
        """Refuse."""
        del telling
        raise Permanent(f"nobody carries tidings to {type(where).__name__}")
