"""Workspaces: isolated checkouts that attempts lease, and the guard before anything is removed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from orch.core.landing import Person
from orch.core.project import Project
from orch.core.task import Scope

MERGE: Final = "merge"
"""What `Findings.unfinished` says of a merge; of others it gives git's own word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceSettings:
    """The `[workspace]` table of a project's configuration.

    `setup` and `teardown` are shell commands run in the workspace; `copy` names ignored files
    (gitignore-style patterns) taken from the person's checkout; `warm` is how many workspaces
    are kept ready; `ports` is the size of the block of ports each workspace owns. `keep` names
    ignored files (patterns again) that the guard saves with the rest before a removal; all others
    that git ignores it only lists.
    """

    setup: tuple[str, ...] = ()
    teardown: tuple[str, ...] = ()
    copy: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()
    warm: int = 0
    ports: int = 10
    setup_timeout_s: float = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PrepareOrder:
    """What a workspace is made from.

    The branch is created at the exact commit that `base` names now (fetched first if the project
    has a remote), or kept where it is if the task has been worked on before; then, if `renew` is
    set, the earlier work is carried onto the new base where that merges without conflict, and
    kept under the attempt's ref in any case. Where it conflicts the branch begins anew, or, if
    `merge` is set, stays as it is with the merge of the base under way, for the agent to finish;
    either way the workspace counts as based on the new base.
    """

    project: Project
    task_id: str
    slug: str
    attempt: int
    branch: str
    base: str
    settings: WorkspaceSettings
    identity: Person
    renew: bool = False
    merge: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """A workspace that is ready: set up, files copied, ports reserved.

    `environment` is what the session gets of it: `ORCH_WORKSPACE`, `ORCH_WORKSPACE_NAME`,
    `ORCH_PORT`, `ORCH_PORT_END`. `note` tells the agent about earlier work that could not be
    carried over ("" if there is nothing to tell).
    """

    path: str
    branch: str
    base_commit: str
    environment: tuple[tuple[str, str], ...] = ()
    note: str = ""
    was_warm: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceRef:
    """Which workspace: opaque outside the adapter."""

    project: Project
    task_id: str
    attempt: int
    path: str
    branch: str
    base_commit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What is really in a workspace.

    `ahead` counts the commits of the branch that the base does not have; `changed` lists the
    paths that differ between the base commit and the head; `dirty` those that are not committed
    (tracked changes and untracked files that are not ignored); `out_of_scope` those of either
    that the task's scope does not allow. `diff` is the patch, cut at 200,000 characters.
    `unfinished` names what git is in the middle of. `untouched` lists the conflicts of a merge that
    are as it left them, where no marker in the file would show that.
    """

    head: str
    tree: str
    ahead: int
    changed: tuple[str, ...] = ()
    dirty: tuple[str, ...] = ()
    out_of_scope: tuple[str, ...] = ()
    detached: bool = False
    unfinished: str = ""
    untouched: tuple[str, ...] = ()
    diff: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """Work that was kept before something was removed; `what` lists its kinds and paths."""

    ref: str
    commit: str
    task_id: str
    attempt: int
    what: str
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A workspace that exists on this host; `leased` says that an attempt owns it now."""

    path: str
    project_id: str
    task_id: str | None
    attempt: int | None
    leased: bool
    warm: bool
    size_bytes: int | None = None


class Workspaces(Protocol):
    """Makes, inspects and gives back workspaces on one host.

    Every destructive step goes through one guard: what no branch reaches (uncommitted, untracked,
    stashed, detached) is saved under `refs/orch/saved/<task>/<attempt>/<k>` of the project's hub
    first; if saving fails, nothing is removed and `Permanent` is raised.
    """

    async def prepare(self, order: PrepareOrder) -> Workspace:
        """Make the workspace and lease it; the same order again returns the same workspace.

        Raises `Permanent` if the base branch does not exist or the set-up fails (with its last
        lines), `Transient` if a remote does not answer.
        """
        ...

    async def inspect(self, ref: WorkspaceRef, *, scope: Scope) -> Findings:
        """Look at the workspace; changes nothing. Raises `Permanent` if it is gone."""
        ...

    async def commit_leftovers(self, ref: WorkspaceRef, *, author: Person, message: str) -> str:
        """Commit what is not committed, without running hooks, and return the new head.

        A merge that is under way is finished with it, whatever the files hold.
        """
        ...

    async def publish(self, ref: WorkspaceRef) -> str:
        """Record the head under `refs/orch/attempts/<task>/<n>` of the hub; return the commit."""
        ...

    async def release(self, ref: WorkspaceRef, *, settings: WorkspaceSettings) -> Sequence[Saved]:
        """Save what is unreachable, run the teardown, remove the workspace, end the lease.

        Doing it again is harmless. Raises `Permanent` where the guard can't save.
        """
        ...

    async def saved(self, project: Project, *, task_id: str | None = None) -> Sequence[Saved]:
        """List what was saved, newest first."""
        ...

    async def held(self, project: Project) -> Sequence[Held]:
        """List the workspaces that exist, with their leases."""
        ...

    async def refill(self, project: Project, *, base: str, settings: WorkspaceSettings) -> int:
        """Bring the number of warm workspaces to what is wanted; return how many are ready."""
        ...
