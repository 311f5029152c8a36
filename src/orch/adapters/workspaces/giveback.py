"""Gives a workspace back: guarded, torn down, removed, and its lease ended."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from orch.adapters.hub import Hub, open_hub
from orch.adapters.workspaces.files import is_folder, remove_link
from orch.adapters.workspaces.guard import GuardOrder, save_unreachable
from orch.adapters.workspaces.leases import UNTOUCHED, Lease, Leases
from orch.adapters.workspaces.loose import Place, made_branches
from orch.adapters.workspaces.ports_block import free_ports
from orch.adapters.workspaces.saved import list_saved
from orch.adapters.workspaces.setup import Script, tear_down
from orch.ports.workspace import Saved, WorkspaceRef, WorkspaceSettings
from orch.system.distrust import distrust
from orch.system.paths import Home
from orch.system.worktrees import find_admin, remove_worktree


async def release_workspace(
    home: Home, ref: WorkspaceRef, *, settings: WorkspaceSettings
) -> Sequence[Saved]:
    """Give the workspace of an attempt back and return what was saved of this attempt.

    The order is: guard, teardown, removal, ports, lease. So it can be interrupted anywhere and
    be done again. A workspace that a later attempt owns by now is left alone.
    """
    leases = Leases(home, ref.project.id)
    hub = await open_hub(ref.project)
    hub = replace(hub, git=await distrust(hub.git))
    async with leases.lock(ref.task_id):
        lease = leases.read(ref.task_id) or _unknown(ref)
        if lease.attempt <= ref.attempt:
            if lease.stage not in UNTOUCHED:
                guarding = _guarding(hub, lease, ref=ref)
                await save_unreachable(replace(guarding, keep_ignored=settings.keep))
            await dismantle(home, hub, lease=lease, settings=settings)
    saved = await list_saved(hub, task_id=ref.task_id)
    return [one for one in saved if one.attempt == ref.attempt]


def _guarding(hub: Hub, lease: Lease, *, ref: WorkspaceRef) -> GuardOrder:
    return GuardOrder(
        hub=hub,
        path=Path(lease.path),
        branch=lease.branch,
        task_id=ref.task_id,
        attempt=ref.attempt,
    )


def _unknown(ref: WorkspaceRef) -> Lease:
    """Stand in for a lease that is gone: the path tells the rest."""
    name = Path(ref.path).name
    return Lease(
        task_id=ref.task_id, attempt=ref.attempt, path=ref.path, branch=ref.branch, name=name
    )


async def dismantle(home: Home, hub: Hub, *, lease: Lease, settings: WorkspaceSettings) -> None:
    """Remove a workspace whose work is kept, and all that it owned. Harmless to repeat."""
    path, alias = Path(lease.path), Path(lease.alias) if lease.alias else None
    place = Place(hub=hub, path=path, admin=find_admin(hub.path, path), branch=lease.branch)
    if is_folder(path):
        log = home.attempt(lease.task_id, lease.attempt) / "teardown.log"
        script = Script(
            commands=settings.teardown,
            folder=path,
            environment=lease.environment,
            log=log,
            timeout_s=settings.setup_timeout_s,
        )
        await tear_down(script)
    await _drop_made_branches(place)
    await remove_worktree(hub.git, path)
    if alias is not None:
        remove_link(alias)
    await free_ports(home, lease.name)
    Leases(home, hub.project.id).end(lease.task_id)


async def _drop_made_branches(place: Place) -> None:
    """Remove the branches that were made in this workspace, so that the next can make the same.

    The guard has kept their commits. One that somebody moved since, or has checked out in
    another workspace, stays.
    """
    busy = await place.hub.git("worktree", "list", "--porcelain", "-z")
    for name, commit in (await made_branches(place)).items():
        ref = f"refs/heads/{name}"
        elsewhere = busy.count(f"branch {ref}\0") - _is_on(place.admin, ref)
        if not elsewhere:
            await place.hub.git.run("update-ref", "-d", ref, commit)


def _is_on(admin: Path | None, ref: str) -> int:
    head = (admin / "HEAD").read_text(encoding="utf-8", errors="replace") if admin else ""
    return int(head.strip() == f"ref: {ref}")
