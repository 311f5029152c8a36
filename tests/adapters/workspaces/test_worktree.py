"""Workspaces made of git worktrees keep the contract of the workspaces port."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from orch.adapters.workspaces.worktree import WorktreeWorkspaces
from orch.core.project import Project
from orch.system.paths import Home
from orch.testing.repositories import Repository, make_project, make_repository
from orch.testing.workspace_kit import text_of
from orch.testing.workspace_suite import WorkspaceSuite


@dataclass(frozen=True, slots=True)
class RealHand:
    """An agent at work in a real worktree."""

    repository: Repository

    def write(self, files: Mapping[str, str]) -> None:
        """Write files."""
        self.repository.write(files)

    def read(self, name: str) -> str | None:
        """Read a file."""
        return text_of(self.repository.path / name)

    def commit(self, files: Mapping[str, str], message: str) -> str:
        """Write files and commit all."""
        return self.repository.commit(files, message)

    def detach(self) -> None:
        """Leave the branch."""
        self.repository.git("checkout", "-q", "--detach")


@dataclass(frozen=True, slots=True)
class RealKit:
    """A home and a person's repository."""

    workspaces: WorktreeWorkspaces
    project: Project
    person: Repository
    failing_setup: str = "echo no such thing; exit 3"

    def hand(self, path: str) -> RealHand:
        """Be the agent in a workspace."""
        return RealHand(Repository(Path(path)))

    def advance(self, files: Mapping[str, str]) -> str:
        """Commit as the person."""
        return self.person.commit(files)

    def at(self, commit: str, name: str) -> str | None:
        """Read from the hub what its refs reach, so nothing that only a collection spared."""
        hub = Repository(Path(self.project.hub))
        reached = hub.git("for-each-ref", "--contains", commit, "refs/orch", "refs/heads")
        there = reached and hub.git("ls-tree", commit, "--", name)
        return hub.git("show", f"{commit}:{name}") if there else None

    def exists(self, path: str) -> bool:
        """Look for the folder."""
        return Path(path).exists()


@pytest.fixture
def kit(orch_home: Path, tmp_path: Path) -> RealKit:
    """Give workspaces of a small repository in an awkward place."""
    person = make_repository(tmp_path / "my größe", {"README.md": "read me", "a.txt": "a"})
    return RealKit(WorktreeWorkspaces(Home(orch_home)), make_project(orch_home, person), person)


class TestWorktreeWorkspaces(WorkspaceSuite):
    """The contract, on real git."""
