"""Workspaces as git worktrees of the project's hub: `orch.ports.workspace` on this host."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from orch.adapters.hub import fetch_base, open_hub
from orch.adapters.hub_errors import explain
from orch.adapters.hub_locks import unlocked
from orch.adapters.workspaces.files import is_folder
from orch.adapters.workspaces.findings import look_into
from orch.adapters.workspaces.giveback import release_workspace
from orch.adapters.workspaces.heads import record_attempt
from orch.adapters.workspaces.holdings import list_held
from orch.adapters.workspaces.leftovers import commit_all
from orch.adapters.workspaces.prepare import prepare_workspace
from orch.adapters.workspaces.saved import list_saved
from orch.adapters.workspaces.warm import Stock, refill_stock
from orch.core.landing import Person
from orch.core.project import Project
from orch.core.task import Scope
from orch.ports.errors import Permanent
from orch.ports.workspace import (
    Findings,
    Held,
    PrepareOrder,
    Saved,
    Workspace,
    WorkspaceRef,
    WorkspaceSettings,
)
from orch.system.distrust import distrust
from orch.system.file_lock import exclusive
from orch.system.git import Git, GitError
from orch.system.paths import Home
from orch.system.repository import submodule_paths
from orch.system.worktrees import find_admin


@dataclass(frozen=True, slots=True)
class WorktreeWorkspaces:
    """Implements `orch.ports.workspace.Workspaces` for the home of this host.

    A worktree belongs to the hub, so what an agent does to refs, hooks and configuration in it
    stays out of the person's repository. `origin` is the hub itself: `git fetch origin` gives the
    bases that orch fetched last, and pushing leads nowhere.
    """

    home: Home

    async def prepare(self, order: PrepareOrder) -> Workspace:
        """Make the workspace and lease it; the same order again returns the same workspace."""
        try:
            return await prepare_workspace(self.home, order)
        except GitError as error:
            raise explain(error, doing=f"making the workspace of {order.task_id}") from error
        except OSError as error:
            raise Permanent(
                f"making the workspace of {order.task_id}: {error}",
                remedy="free some space or mend the folder, then: orch task retry",
            ) from error

    async def inspect(self, ref: WorkspaceRef, *, scope: Scope) -> Findings:
        """Look at the workspace; changes nothing. Raises `Permanent` if it is gone."""
        try:
            return await look_into(ref, Path(ref.project.hub), scope=scope)
        except GitError as error:
            raise explain(error, doing=f"looking at the workspace of {ref.task_id}") from error

    async def commit_leftovers(self, ref: WorkspaceRef, *, author: Person, message: str) -> str:
        """Commit what is not committed, without running hooks, and return the new head.

        A merge is finished with it. Repositories inside are left out, for a commit would hold only
        their name. Raises `Permanent` in the middle of a rebase or the like.
        """
        hub = await open_hub(ref.project)
        try:
            return await unlocked(hub, lambda: commit_all(ref, author=author, message=message))
        except GitError as error:
            raise explain(error, doing=f"committing what {ref.task_id} left") from error

    async def publish(self, ref: WorkspaceRef) -> str:
        """Record the head under `refs/orch/attempts/<task>/<n>` of the hub; return the commit."""
        hub = await open_hub(ref.project)
        admin = find_admin(hub.path, Path(ref.path))
        git = Git(hub.path, git_dir=admin) if admin is not None else hub.git
        name = "HEAD" if admin is not None else f"refs/heads/{ref.branch}"
        try:
            head = await git("rev-parse", "--verify", f"{name}^{{commit}}")
            await unlocked(
                hub, lambda: record_attempt(hub, ref.task_id, attempt=ref.attempt, commit=head)
            )
        except GitError as error:
            raise explain(error, doing=f"recording the work of {ref.task_id}") from error
        return head

    async def release(self, ref: WorkspaceRef, *, settings: WorkspaceSettings) -> Sequence[Saved]:
        """Save what is unreachable, run the teardown, remove the workspace, end the lease."""
        try:
            return await release_workspace(self.home, ref, settings=settings)
        except GitError as error:
            raise explain(error, doing=f"giving back the workspace of {ref.task_id}") from error

    async def saved(self, project: Project, *, task_id: str | None = None) -> Sequence[Saved]:
        """List what was saved, newest first; nothing if the project has no hub yet."""
        if not is_folder(Path(project.hub)):
            return []
        return await list_saved(await open_hub(project), task_id=task_id)

    async def held(self, project: Project) -> Sequence[Held]:
        """List the workspaces that exist, with their leases."""
        return list_held(self.home, project)

    async def refill(self, project: Project, *, base: str, settings: WorkspaceSettings) -> int:
        """Bring the number of warm workspaces to what is wanted; return how many are ready.

        Projects with submodules get none: a worktree with submodules can't be moved.
        """
        try:
            hub = await open_hub(project)
            hub = replace(hub, git=await distrust(hub.git))
            commit = await fetch_base(project, base)
            if await submodule_paths(hub.git, commit):
                settings = replace(settings, warm=0)
            async with exclusive(self.home.warm(project.id) / ".lock"):
                return await refill_stock(Stock(self.home, hub, settings), commit)
        except GitError as error:
            raise explain(error, doing=f"making warm workspaces of {project.name}") from error
