"""A project with a hub, and a bare worktree in which an agent may do what it likes."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from orch.adapters.hub import Hub, fetch_base, open_hub
from orch.adapters.workspaces.guard import GuardOrder
from orch.core.project import Project
from orch.system.worktrees import add_worktree
from orch.testing.repositories import Repository, make_project, make_repository

BRANCH = "orch/t1-first"


@dataclass(frozen=True, slots=True)
class Bench:
    """A worktree of a hub, as an agent finds it."""

    hub: Hub
    agent: Repository
    base: str

    @property
    def order(self) -> GuardOrder:
        """The order to guard this worktree."""
        path = self.agent.path
        return GuardOrder(hub=self.hub, path=path, branch=BRANCH, task_id="t1", attempt=1)

    def look(self, *args: str) -> str:
        """Ask the hub something."""
        return Repository(self.hub.path).git(*args)


@pytest.fixture
def person(tmp_path: Path) -> Repository:
    """Give the person's repository."""
    return make_repository(tmp_path / "my repo")


@pytest.fixture
def project(orch_home: Path, person: Repository) -> Project:
    """Give it as a project."""
    return make_project(orch_home, person)


@pytest.fixture
async def bench(project: Project, tmp_path: Path) -> Bench:
    """Give a worktree on a task's branch."""
    return await make_bench(project, tmp_path / "work" / "t1")


async def make_bench(project: Project, path: Path) -> Bench:
    """Make a worktree on a task's branch."""
    base = await fetch_base(project, "main")
    hub = await open_hub(project)
    await hub.git("update-ref", f"refs/heads/{BRANCH}", base)
    await add_worktree(hub.git, path, what=f"refs/heads/{BRANCH}")
    return Bench(hub, Repository(path), base)
