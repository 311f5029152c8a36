"""The registered projects: found by id, name or path, or from any folder that belongs to one."""

import secrets
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from orch.core.project import Project
from orch.core.task import ENDED, Status
from orch.daemon.git_folders import common_dir, repositories_around
from orch.daemon.settings.nearest import hint, nearest
from orch.ports.errors import Permanent
from orch.ports.store import Registry
from orch.system.paths import Home, host_id

ID_LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"
"""Without letters that are read as another (i, l, o, u)."""

ID_LENGTH = 4
AT_WORK = frozenset({Status.IN_PROGRESS, Status.IN_REVIEW, Status.LANDING})


@dataclass(frozen=True, slots=True)
class Projects:
    """Registers, finds and removes projects. Its calls ask the database and block.

    Errors are `Permanent`, with the command that helps.
    """

    registry: Registry
    home: Home
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    def all(self) -> Sequence[Project]:
        """List all projects, oldest first."""
        return self.registry.projects()

    def register(self, top: Path, *, name: str = "", remote: str | None, at: float) -> Project:
        """Register the repository at `top`, or return its project if it is registered.

        A project that is there keeps its id and name; its path and remote become those given.
        """
        with self._lock:
            known = self.at(top)
            if known is not None:
                moved = replace(known, path=str(top), remote=remote)
                if moved != known:
                    self.registry.save_project(moved)
                return moved
            project_id = self._new_id()
            project = Project(
                id=project_id,
                name=self._free_name(name or top.name.removesuffix(".git") or "project"),
                path=str(top),
                hub=str(self.home.hub(project_id)),
                host_id=host_id(self.home),
                added_at=at,
                remote=remote,
            )
            self.registry.save_project(project)
            return project

    def at(self, top: Path) -> Project | None:
        """Return the project whose repository has its top folder (or a worktree's) at `top`."""
        common = common_dir(top)
        return self._of_repository(common) if common is not None else None

    def around(self, folder: Path) -> Project | None:
        """Return the project that a folder belongs to, None if it belongs to none.

        It may lie in the person's checkout, in one of its linked worktrees, or in a workspace of
        orch's; of repositories inside each other the innermost that is registered counts.
        """
        if (own := self._of_workspace(folder)) is not None:
            return own
        found = (self._of_repository(common) for common in repositories_around(folder))
        return next((project for project in found if project is not None), None)

    def find(self, folder: Path, *, named: str = "") -> Project:
        """Return the project that is meant: the one named (id, name, path), else the one around.

        Raises `Permanent` if there is none, or if a name fits several.
        """
        if named:
            return self._named(named, folder)
        if (project := self.around(folder)) is not None:
            return project
        if next(repositories_around(folder), None) is not None:
            raise Permanent(f"orch does not know the repository of {folder}", remedy="orch init")
        remedy = "go to a project's folder, or name one: --project NAME (orch project list)"
        raise Permanent(f"{folder} belongs to no project", remedy=remedy)

    def remove(self, project: Project, *, force: bool = False) -> None:
        """Forget a project; its tasks, its history and orch's repository of it stay.

        Raises `Permanent` while sessions or landings of it run, and while tasks wait for one
        unless `force` is given.
        """
        counts = {
            status: count
            for (at, status), count in self.registry.counts().items()
            if at == project.id and count
        }
        running = sum(count for status, count in counts.items() if status in AT_WORK)
        waiting = sum(count for status, count in counts.items() if status not in ENDED) - running
        if running:
            what = f"{running} tasks of {project.name} are at work; nothing was removed"
            raise Permanent(what, remedy="orch task cancel ID, or wait for them: orch wait ID")
        if waiting and not force:
            what = f"{waiting} tasks of {project.name} have not ended; nothing was removed"
            raise Permanent(what, remedy=f"orch project remove {project.id} --force")
        self.registry.remove_project(project.id)

    def belongs_to_orch(self, folder: Path) -> bool:
        """Tell whether a folder lies in $ORCH_HOME: a workspace, a gate's, or orch's repository."""
        return folder.resolve().is_relative_to(self.home.root.resolve())

    def _named(self, named: str, folder: Path) -> Project:
        projects = self.all()
        by_id = [project for project in projects if project.id == named.lower()]
        by_name = [project for project in projects if project.name == named]
        folded = [project for project in projects if project.name.lower() == named.lower()]
        fits = by_id or by_name or folded
        if len(fits) > 1:
            listed = ", ".join(f"{project.id} ({project.path})" for project in fits)
            raise Permanent(f"{named} fits several projects: {listed}", remedy="name one by its id")
        path = folder / Path(named).expanduser()
        fits = fits or [project for project in projects if project.path == str(path)]
        found = fits[0] if fits else self.around(path) if path.is_dir() else None
        if found is None:
            close = nearest(named, [project.name for project in projects])
            remedy = hint(close) or "orch project list shows them, orch init adds one"
            raise Permanent(f"there is no project {named}", remedy=remedy)
        return found

    def _of_workspace(self, folder: Path) -> Project | None:
        here = folder.resolve()
        for root in (self.home.workspaces(""), self.home.gates(""), self.home.warm("")):
            if here.is_relative_to(root.resolve()) and here != root.resolve():
                project_id = here.relative_to(root.resolve()).parts[0]
                return next((p for p in self.all() if p.id == project_id), None)
        return None

    def _of_repository(self, common: Path) -> Project | None:
        """Return the project of this host that a repository belongs to: as its own or its hub."""
        here = host_id(self.home)
        for project in self.all():
            own = project.host_id == here and common_dir(Path(project.path)) == common
            if own or Path(project.hub).resolve() == common:
                return project
        return None

    def _free_name(self, wanted: str) -> str:
        printable = "".join(letter for letter in wanted if letter.isprintable()) or "project"
        taken = {project.name.lower() for project in self.all()}
        names = [printable, *(f"{printable}-{n}" for n in range(2, len(taken) + 3))]
        return next(name for name in names if name.lower() not in taken)

    def _new_id(self) -> str:
        """Make an id that no project has, nor had: the tasks of a removed one still bear it."""
        taken = {project.id for project in self.all()}
        taken |= {project_id for project_id, _ in self.registry.counts()}
        while True:
            letters = "".join(secrets.choice(ID_LETTERS) for _ in range(ID_LENGTH))
            if f"p-{letters}" not in taken:
                return f"p-{letters}"
