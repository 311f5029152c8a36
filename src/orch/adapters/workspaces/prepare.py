"""Prepares the workspace of an attempt: made, taken warm, or kept from the attempt before."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from orch.adapters.hub import Hub, fetch_base, open_hub
from orch.adapters.workspaces.checkouts import (
    attach_branch,
    begin_merge,
    is_astray,
    make_worktree,
    put_branch,
    reset_worktree,
)
from orch.adapters.workspaces.copying import copy_ignored, find_ignored
from orch.adapters.workspaces.files import is_folder
from orch.adapters.workspaces.furnish import (
    fill_submodules,
    furnish_hub,
    personalise,
    remark_lfs,
)
from orch.adapters.workspaces.giveback import dismantle
from orch.adapters.workspaces.guard import GuardOrder, save_unreachable
from orch.adapters.workspaces.heads import Start, choose_start
from orch.adapters.workspaces.leases import Lease, Leases, Stage
from orch.adapters.workspaces.ports_block import reserve_ports
from orch.adapters.workspaces.setup import Script, end_abandoned, set_up
from orch.adapters.workspaces.warm import Stock, take_warm
from orch.ports.errors import Permanent
from orch.ports.workspace import PrepareOrder, Saved, Workspace
from orch.system.distrust import distrust
from orch.system.paths import Home
from orch.system.worktrees import clear_half_made, find_admin, is_whole


async def prepare_workspace(home: Home, order: PrepareOrder) -> Workspace:
    """Make the workspace and lease it; see `orch.ports.workspace.Workspaces.prepare`.

    Each step leaves a note in the lease before it begins, so a crash anywhere is followed by the
    same order being carried out to the same end.
    """
    leases = Leases(home, order.project.id)
    hub = await open_hub(order.project)
    hub = replace(hub, git=await distrust(hub.git))
    async with leases.lock(order.task_id):
        known = leases.read(order.task_id)
        if known is not None and known.attempt > order.attempt:
            raise Permanent(
                f"attempt {order.attempt} of {order.task_id} is over: "
                f"attempt {known.attempt} has the workspace",
            )
        if _is_done(hub, known, order=order) and known is not None:
            return _workspace(known)
        return await _Preparation(home, hub, leases, order).carry_out(known)


def _is_done(hub: Hub, known: Lease | None, *, order: PrepareOrder) -> bool:
    if known is None or known.attempt != order.attempt or known.stage is not Stage.READY:
        return False
    return is_whole(hub.path, Path(known.path))


def _workspace(lease: Lease) -> Workspace:
    return Workspace(
        path=lease.path,
        branch=lease.branch,
        base_commit=lease.base_commit,
        environment=lease.environment,
        note=lease.note,
        was_warm=lease.was_warm,
    )


def place_of(home: Home, order: PrepareOrder) -> Path:
    """Return where a task's workspace is."""
    name = f"{order.task_id}-{order.slug}" if order.slug else order.task_id
    safe = "".join(c if c.isalnum() or c in "-_." else "-" for c in name)
    return home.workspaces(order.project.id) / safe


@dataclass(frozen=True, slots=True)
class _Preparation:
    """One order being carried out; the task's lock is held."""

    home: Home
    hub: Hub
    leases: Leases
    order: PrepareOrder

    async def carry_out(self, known: Lease | None) -> Workspace:
        order, path = self.order, place_of(self.home, self.order)
        await furnish_hub(self.hub, order.settings)
        base = await fetch_base(order.project, order.base)
        there = is_whole(self.hub.path, path)
        there = there and (known is None or known.stage is not Stage.MAKING)
        start = await choose_start(self.hub, order, base=base, kept=there)
        lease = Lease(
            task_id=order.task_id,
            attempt=order.attempt,
            path=str(path),
            branch=order.branch,
            name=known.name if known and there else path.name,
            alias=known.alias if known and there else "",
            base_commit=start.base,
            note=start.note,
            at=time.time(),
        )
        if there:
            lease, fresh = await self._keep(lease, start, known=known), False
        else:
            lease, fresh = await self._make(lease, start, known=known), True
        needs_set_up = lease.stage is not Stage.READY
        lease = await self._equip(lease, fresh=fresh, needs_set_up=needs_set_up)
        # The set-up ran on whole files; with markers in them it could only fail.
        await self._merge(path, start)
        return _workspace(self.leases.write(replace(lease, stage=Stage.READY)))

    async def _keep(self, lease: Lease, start: Start, *, known: Lease | None) -> Lease:
        """Go on in the worktree of the attempt before."""
        path = Path(lease.path)
        moving = known is not None and known.stage is Stage.MOVING
        astray = is_astray(find_admin(self.hub.path, path), lease.branch)
        if not (start.moves or moving or astray):
            was_ready = known is not None and known.stage is Stage.READY
            return replace(lease, stage=Stage.READY if was_ready else Stage.MADE)
        saved = () if moving else await self._save(path)
        note = "\n".join((lease.note, *(f"Saved at {s.ref}: {s.what}" for s in saved))).strip()
        lease = self.leases.write(replace(lease, stage=Stage.MOVING, note=note))
        await put_branch(self.hub, lease.branch, to=start.head, now=start.now)
        await reset_worktree(self.hub, path, branch=lease.branch)
        return self.leases.write(replace(lease, stage=Stage.MADE))

    async def _merge(self, path: Path, start: Start) -> None:
        """Begin the merge of the base that the agent has to finish, if there is one."""
        if start.merge:
            title = f"Merge {self.order.base} into {self.order.branch}"
            await begin_merge(self.hub, path, commit=start.base, title=title)

    async def _make(self, lease: Lease, start: Start, *, known: Lease | None) -> Lease:
        """Make a worktree, or take a warm one."""
        path = Path(lease.path)
        if is_folder(path) and (known is None or known.stage is not Stage.MAKING):
            # Nobody noted what this is, so it may hold work.
            await self._save(path)
        lease = self.leases.write(lease)
        await clear_half_made(self.hub.git, path)
        await put_branch(self.hub, lease.branch, to=start.head, now=start.now)
        stock = Stock(self.home, self.hub, self.order.settings)
        taken = await take_warm(stock, start.head, path=path)
        if taken is None:
            await make_worktree(self.hub, path, branch=lease.branch)
            return self.leases.write(replace(lease, stage=Stage.MADE))
        warm, outdated = taken
        await attach_branch(self.hub, path, branch=lease.branch)
        # Its set-up was done; the lease says so only once the rest is done as well.
        stage = Stage.MADE if outdated else Stage.READY
        alias = str(stock.place(warm.number))
        made = replace(lease, name=warm.name, ports=warm.ports, alias=alias, was_warm=True)
        self.leases.write(replace(made, stage=Stage.MADE))
        return replace(made, stage=stage)

    async def _equip(self, lease: Lease, *, fresh: bool, needs_set_up: bool) -> Lease:
        """Furnish the worktree, reserve its ports, set it up."""
        order, path = self.order, Path(lease.path)
        await personalise(self.hub, path, identity=order.identity)
        remarks = [await fill_submodules(self.hub, path, commit=lease.base_commit)]
        remarks.append(await remark_lfs(self.hub, lease.base_commit))
        if not lease.was_warm:
            person = Path(order.project.path)
            names = await find_ignored(person, order.settings.copy)
            copied = await copy_ignored(person, path, names=names)
            remarks += [f"Not copied: {name}" for name in copied.left_out]
        size = order.settings.ports
        ports = await reserve_ports(self.home, lease.name, path=path, size=size)
        note = "\n".join(part for part in (lease.note, *remarks) if part)
        lease = replace(lease, ports=ports, note=note)
        if needs_set_up:
            await self._set_up(lease, fresh=fresh)
        return lease

    async def _set_up(self, lease: Lease, *, fresh: bool) -> None:
        settings = self.order.settings
        self.leases.write(replace(lease, stage=Stage.MADE))
        if not fresh:
            await end_abandoned(Path(lease.path))
        script = Script(
            commands=settings.setup,
            folder=Path(lease.path),
            environment=lease.environment,
            log=self.home.attempt(lease.task_id, lease.attempt) / "setup.log",
            timeout_s=settings.setup_timeout_s,
        )
        try:
            await set_up(script)
        except Permanent:
            if fresh:
                # No agent was in it yet, so nothing half-done needs to stay.
                await dismantle(self.home, self.hub, lease=lease, settings=settings)
            raise

    async def _save(self, path: Path) -> Sequence[Saved]:
        order = self.order
        return await save_unreachable(
            GuardOrder(
                hub=self.hub,
                path=path,
                branch=order.branch,
                task_id=order.task_id,
                attempt=max(1, order.attempt - 1),
                keep_ignored=order.settings.keep,
            )
        )
