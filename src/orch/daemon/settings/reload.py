"""Keeps what is in force: a changed file counts from the next look on, a bad one never does."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from orch.core.project import Project
from orch.core.settings import HostSettings, ProjectSettings
from orch.daemon.settings.host_file import HostFile
from orch.daemon.settings.in_force import Choice, InForce
from orch.daemon.settings.watched import Stamp, Watched, identity, is_settled
from orch.daemon.trust import Trust
from orch.ports.errors import Permanent
from orch.ports.store import Registry
from orch.system.paths import Home

PATIENCE_S = 1.0
"""How long a verdict of "not trusted" is believed before it is asked for again."""


@dataclass(frozen=True, slots=True)
class _Look:
    """A look at a project's files; one that is not `reusable` does not answer for the next."""

    in_force: InForce
    stamp: Stamp
    reusable: bool
    at: float


@dataclass(slots=True)
class SettingsCache:
    """The configuration as the engine asks for it; fits `orch.ports.configuration.Configuration`.

    There is no thread and no timer: every call looks whether the files are still the same, which
    costs a few `stat`. `env` and `flags` are those the daemon was started with.
    """

    home: Home
    registry: Registry
    env: Mapping[str, str] = field(default_factory=dict)
    flags: Mapping[str, str] = field(default_factory=dict)
    patience_s: float = PATIENCE_S
    host_file: HostFile = field(init=False)
    trust: Trust = field(init=False)
    _looks: dict[str, _Look] = field(init=False, default_factory=dict)
    _locks: defaultdict[str, asyncio.Lock] = field(init=False)

    def __post_init__(self) -> None:
        self.host_file = HostFile(self.home, self.env, self.flags)
        self.trust = Trust(self.registry, self.home, time.time)
        self._locks = defaultdict(asyncio.Lock)

    async def project(self, project: Project) -> ProjectSettings:
        """Return what is in force for a project. Raises `Permanent` where nothing is."""
        found = await self.look(project)
        if found.effective is not None:
            return found.effective.project
        said = "; ".join(f"{problem.where}: {problem.what}" for problem in found.problems)
        remedy = next((problem.remedy for problem in found.problems if problem.remedy), "")
        raise Permanent(
            f"project {project.name} has no configuration in force: {said}", remedy=remedy
        )

    def host(self) -> HostSettings:
        """Return what holds for the machine. Raises `Permanent` where its file never was good."""
        return self.host_file.look().effective.host

    async def look(self, project: Project) -> InForce:
        """Return what is in force for a project, and what is wrong with what is written.

        Raises `Permanent` where the machine's own settings never were good.
        """
        self.host_file.look()
        watched = Watched(project)
        async with self._locks[project.id]:
            before = self._looks.get(project.id)
            stamp = (*watched.stamp(), identity(self.home.config))
            same = before if before is not None and before.stamp == stamp else None
            if same is not None and self._answers(same):
                return same.in_force
            choice = Choice(self.host_file, self.trust)
            found = await choice.choose(watched, same.in_force.written if same else None)
            reusable = is_settled(stamp, time.time_ns())
            self._looks[project.id] = _Look(found, stamp, reusable, time.monotonic())
            return found

    def forget(self, project: Project | None = None) -> None:
        """Read a project's files again at the next look, or all files, changed or not."""
        if project is None:
            self._looks.clear()
            self.host_file.forget()
        else:
            self._looks.pop(project.id, None)

    def _answers(self, look: _Look) -> bool:
        """Tell whether an earlier look still answers, the files being the same."""
        waits = not look.in_force.written.verdict.trusted
        return look.reusable and not (waits and time.monotonic() - look.at >= self.patience_s)
