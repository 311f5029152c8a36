"""Where a lane stands, and the two ways in which it can't go on."""

from dataclasses import dataclass

from orch.core.project import Project
from orch.core.settings import CheckoutPolicy, ProjectSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """Where a lane stands: its project, the rules in force, its target."""

    project: Project
    settings: ProjectSettings
    target: str

    @property
    def follow(self) -> bool:
        """Tell whether a clean checkout of the target follows."""
        return self.settings.landing.checkout is CheckoutPolicy.FOLLOW


class Held(Exception):
    """The lane can't go on now; `wait_s` later it looks again."""

    def __init__(self, reason: str, *, wait_s: float) -> None:
        """Say what it waits for."""
        super().__init__(reason)
        self.wait_s = wait_s


class InvariantBroken(Exception):
    """An invariant of landing does not hold on the target: the lane stops until somebody looks."""
