"""What the contract suite of the workspaces port needs of those who run it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final, Protocol

from orch.core.landing import Person
from orch.core.project import Project
from orch.core.task import Scope
from orch.ports.workspace import (
    PrepareOrder,
    Workspace,
    WorkspaceRef,
    Workspaces,
    WorkspaceSettings,
)

ANY: Final = Scope()
AGENT: Final = Person("Agent", "agent@example.invalid")
NO_SETTINGS: Final = WorkspaceSettings(ports=0)


class Hand(Protocol):
    """What an agent does in its workspace."""

    def write(self, files: Mapping[str, str]) -> None:
        """Write files, without committing them."""

    def read(self, name: str) -> str | None:
        """Read a file; None if it isn't there."""

    def commit(self, files: Mapping[str, str], message: str) -> str:
        """Write files and commit all there is, and return the commit."""

    def detach(self) -> None:
        """Leave the branch."""


class Kit(Protocol):
    """Workspaces of a project whose base branch is `main`, and whose set-ups can be told apart.

    The base holds `README.md` ("read me") and `a.txt` ("a") when the test begins.
    """

    @property
    def workspaces(self) -> Workspaces:
        """Return the workspaces under test."""

    @property
    def project(self) -> Project:
        """Return the project."""

    @property
    def failing_setup(self) -> str:
        """Return a set-up command that fails and prints `no such thing`."""

    def hand(self, path: str) -> Hand:
        """Do what an agent does in the workspace at this path."""

    def advance(self, files: Mapping[str, str]) -> str:
        """Commit files on the base branch as a person would, and return the commit."""

    def at(self, commit: str, name: str) -> str | None:
        """Read a file at a commit that was published or saved; None if it isn't there."""

    def exists(self, path: str) -> bool:
        """Tell whether a workspace is there."""


def order_for(kit: Kit, attempt: int = 1, *, task: str = "t1", renew: bool = False) -> PrepareOrder:
    """Compose an order for the workspace of a task."""
    return PrepareOrder(
        project=kit.project,
        task_id=task,
        slug="first",
        attempt=attempt,
        branch=f"orch/{task}-first",
        base="main",
        settings=NO_SETTINGS,
        identity=AGENT,
        renew=renew,
    )


def ref_to(kit: Kit, workspace: Workspace, *, attempt: int = 1, task: str = "t1") -> WorkspaceRef:
    """Point at a workspace."""
    return WorkspaceRef(
        project=kit.project,
        task_id=task,
        attempt=attempt,
        path=workspace.path,
        branch=workspace.branch,
        base_commit=workspace.base_commit,
    )


def text_of(path: Path) -> str | None:
    """Read a file; None if it isn't there."""
    return path.read_text(encoding="utf-8") if path.exists() else None
