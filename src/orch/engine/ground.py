"""Where a lane stands, and what stops it for good."""

from dataclasses import dataclass

from orch.core.project import Project
from orch.core.settings import CheckoutPolicy, ProjectSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """Where a lane stands: its project, the rules in force, its target, and the target's tip."""

    project: Project
    settings: ProjectSettings
    target: str
    tip: str = ""

    @property
    def follow(self) -> bool:
        """Tell whether a clean checkout of the target follows."""
        return self.settings.landing.checkout is CheckoutPolicy.FOLLOW


class InvariantBroken(Exception):
    """An invariant of landing does not hold on the target: the lane stops until somebody looks."""
