"""The configuration, as the engine reads it: always the one that is in force now."""

from typing import Protocol

from orch.core.project import Project
from orch.core.settings import HostSettings, ProjectSettings


class Configuration(Protocol):
    """Gives settings; a changed file counts from the next call on."""

    async def project(self, project: Project) -> ProjectSettings:
        """Return what holds for a project: the last good configuration that is trusted.

        Raises `Permanent` where there is none (not trusted yet, or never was good).
        """
        ...

    def host(self) -> HostSettings:
        """Return what holds for this machine."""
        ...
