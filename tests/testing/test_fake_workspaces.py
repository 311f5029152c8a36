"""The fake workspaces keep the same contract as real ones."""

from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from orch.core.project import Project
from orch.testing.fake_workspaces import FAILING_SETUP, FakeHand, FakeWorkspaces
from orch.testing.workspace_suite import WorkspaceSuite


@dataclass(frozen=True, slots=True)
class FakeKit:
    """Fake workspaces of a project."""

    workspaces: FakeWorkspaces
    project: Project
    failing_setup: str = FAILING_SETUP

    def hand(self, path: str) -> FakeHand:
        """Be the agent in a workspace."""
        return self.workspaces.hand(path)

    def advance(self, files: Mapping[str, str]) -> str:
        """Commit as the person."""
        return self.workspaces.advance(files)

    def at(self, commit: str, name: str) -> str | None:
        """Read a commit, if a ref reaches it."""
        hub = self.workspaces.hub
        reached = {one for head in hub.refs.values() for one in hub.history(head)}
        return hub.commits[commit].files.get(name) if commit in reached else None

    def exists(self, path: str) -> bool:
        """Look for the worktree."""
        return path in self.workspaces.hub.worktrees


@pytest.fixture
def kit() -> FakeKit:
    """Give fake workspaces with a base."""
    fake = FakeWorkspaces()
    fake.advance({"README.md": "read me", "a.txt": "a"})
    project = Project(id="p-1", name="p", path="/p", hub="/hub", host_id="h-1", added_at=0.0)
    return FakeKit(fake, project)


class TestFakeWorkspaces(WorkspaceSuite):
    """The contract, in memory."""
