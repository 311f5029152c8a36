"""Carries out what `gc` planned: through the guard, and only if it still holds."""

import asyncio
from dataclasses import dataclass, replace
from pathlib import Path

from orch.adapters.hub import SAVED, Hub, open_hub
from orch.adapters.workspaces.gc import TASK_OF_FOLDER, Kind, Removal
from orch.adapters.workspaces.giveback import release_workspace
from orch.adapters.workspaces.guard import GuardOrder, save_unreachable
from orch.adapters.workspaces.heads import next_saved
from orch.adapters.workspaces.leases import Leases
from orch.adapters.workspaces.ports_block import free_ports
from orch.core.project import Project
from orch.ports.errors import Permanent, Transient
from orch.ports.workspace import Saved, WorkspaceRef, WorkspaceSettings
from orch.system.git import GitError
from orch.system.paths import Home
from orch.system.worktrees import delete_tree, remove_worktree


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """What became of a removal: what was saved of it first, or why it stays."""

    removal: Removal
    saved: tuple[Saved, ...] = ()
    refused: str = ""


async def carry_out(
    home: Home, project: Project, *, plan: list[Removal], settings: WorkspaceSettings
) -> list[Removed]:
    """Remove what was planned, one after the other; what the guard refuses stays and is told.

    A workspace that has been leased by another attempt since the plan was made stays as well.
    """
    hub = await open_hub(project)
    done = []
    for removal in plan:
        try:
            saved = await _remove(home, hub, removal=removal, settings=settings)
            done.append(Removed(removal=removal, saved=saved))
        except (Permanent, Transient) as error:
            done.append(Removed(removal=removal, refused=error.reason))
        except (GitError, OSError) as error:
            done.append(Removed(removal=removal, refused=str(error)))
    return done


async def _remove(
    home: Home, hub: Hub, *, removal: Removal, settings: WorkspaceSettings
) -> tuple[Saved, ...]:
    match removal.kind:
        case Kind.WORKSPACE:
            return await _remove_workspace(home, hub, removal=removal, settings=settings)
        case Kind.BRANCH:
            return await _remove_branch(home, hub, removal=removal)
        case Kind.LOGS | Kind.REST:
            await asyncio.to_thread(delete_tree, Path(removal.where))
            return ()


async def _remove_workspace(
    home: Home, hub: Hub, *, removal: Removal, settings: WorkspaceSettings
) -> tuple[Saved, ...]:
    lease = Leases(home, hub.project.id).read(removal.task_id or "")
    if lease is None or lease.path != removal.where:
        return await _remove_orphan(home, hub, path=Path(removal.where))
    if lease.attempt != removal.attempt:
        raise Permanent(f"attempt {lease.attempt} of {lease.task_id} has it now")
    ref = WorkspaceRef(
        project=hub.project,
        task_id=lease.task_id,
        attempt=lease.attempt,
        path=lease.path,
        branch=lease.branch,
        base_commit=lease.base_commit,
    )
    return tuple(await release_workspace(home, ref, settings=settings))


async def _remove_orphan(home: Home, hub: Hub, *, path: Path) -> tuple[Saved, ...]:
    """Remove a folder that no lease names; what is in it is saved under attempt 0."""
    named = TASK_OF_FOLDER.fullmatch(path.name)
    task_id = named[1] if named else "unknown"
    leases = Leases(home, hub.project.id)
    async with leases.lock(task_id):
        if any(lease.path == str(path) for lease in leases.all()):
            raise Permanent(f"{path} has been leased meanwhile")
        order = GuardOrder(
            hub=hub, path=path, branch=f"orch/{path.name}", task_id=task_id, attempt=0
        )
        saved = await save_unreachable(order)
        await remove_worktree(hub.git, path)
        await free_ports(home, path.name)
    return tuple(saved)


async def _remove_branch(home: Home, hub: Hub, *, removal: Removal) -> tuple[Saved, ...]:
    """Remove a branch of a task that has ended; commits that only it has are saved.

    A workspace that is just being given back is waited for. One that stays keeps its branch.
    """
    ref, task_id = f"refs/heads/{removal.where}", removal.task_id or "unknown"
    leases = Leases(home, hub.project.id)
    async with leases.lock(task_id):
        if any(lease.branch == removal.where for lease in leases.all()):
            raise Permanent("a workspace stands on it")
        commit = await hub.commit(ref)
        if commit is None:
            return ()
        lines = [f"delete {ref} {commit}"]
        saved: tuple[Saved, ...] = ()
        if not await hub.git("for-each-ref", "--contains", commit, "--count=1", "refs/orch"):
            k = await next_saved(hub, task_id, attempt=0)
            name = f"{SAVED}{task_id}/0/{k}"
            lines.insert(0, f"create {name} {commit}")
            what = f"commits: branch {removal.where}"
            one = Saved(ref=name, commit=commit, task_id=task_id, attempt=0, what=what, at=0.0)
            saved = (replace(one, at=removal.ended_at),)
        await hub.git("update-ref", "--stdin", stdin="\n".join(lines) + "\n")
    return saved
