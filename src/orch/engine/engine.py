"""The engine: the writer and the loops around it, put together, started and stopped."""

import asyncio
from collections.abc import Sequence
from functools import partial

from orch.core.effects import (
    CollectEvidence,
    Effect,
    PrepareWorkspace,
    ReleaseWorkspace,
    RunGate,
    RunJudge,
    StartSession,
    StopSession,
    SubmitLanding,
)
from orch.core.events import TaskCancelled
from orch.core.findings import Finding
from orch.core.landing import Item
from orch.core.task import Task
from orch.core.watch import Derived
from orch.engine.checks import Checks
from orch.engine.diagnose import diagnose
from orch.engine.dispatch import Dispatch
from orch.engine.enqueue import Enqueue, Wanted
from orch.engine.gating import GateNow
from orch.engine.judging import JudgeEffects
from orch.engine.lane_holds import LaneHolds
from orch.engine.lanes import Lanes
from orch.engine.leads import Leads
from orch.engine.ledger import Ledger
from orch.engine.own_gate import GateEffects
from orch.engine.parts import Parts
from orch.engine.patrol import Patrol
from orch.engine.perform import Performance, Performer
from orch.engine.queue import LandingQueue
from orch.engine.recollect import recollect
from orch.engine.retention import retain
from orch.engine.sessions import SessionEffects
from orch.engine.sight import Sight
from orch.engine.supervise import keep_running
from orch.engine.warm import Warm
from orch.engine.watch import Watch
from orch.engine.workspaces import WorkspaceEffects


class Engine:
    """Everything that happens by itself, and the verbs that need more than one event."""

    def __init__(self, parts: Parts, *, gate_slots: int = 2) -> None:
        """Put the engine together; nothing runs before `run`."""
        self.parts, self.writer, self.store = parts, parts.writer, parts.store
        self.registry, self.workspaces = parts.registry, parts.workspaces
        self._checks = checks = Checks(parts, gate_slots)
        self.patrol = Patrol(parts)
        self.holds = LaneHolds(parts, self.patrol.changing)
        self.lanes = Lanes(parts, checks, holds=self.holds)
        self.queue = LandingQueue(parts, self.lanes.wake)
        self._enqueue = Enqueue(parts, self.queue)
        self._ledger = Ledger(parts)
        self.dispatch = Dispatch(parts, self._ledger)
        self.watch = Watch(parts, self._ledger)
        self.warm = Warm(parts)
        self.leads = Leads(parts)
        self._judges = JudgeEffects(parts, self._ledger)
        performers = _performers(parts, checks, queue=self.queue)
        self.performance = Performance(parts, {**performers, RunJudge: self._judges.run})
        self.ready = asyncio.Event()

    async def run(self) -> None:
        """Find out what is there, then work until cancelled.

        Raises `FencedError` when another daemon has taken over.
        """
        async with asyncio.TaskGroup() as group:
            group.create_task(self.writer.run())
            self._ledger.start()
            await recollect(self.parts)
            await self._judges.sweep()
            await self.performance.start()
            await self.lanes.wake_all()
            for name, loop in (
                ("dispatch", self.dispatch.run),
                ("watch", self.watch.run),
                ("warm", self.warm.run),
                ("patrol", self.patrol.run),
                ("leads", self.leads.run),
                ("retention", partial(retain, self.parts)),
            ):
                group.create_task(keep_running(name, loop, clock=self.parts.clock), name=name)
            self.ready.set()

    async def stop(self) -> None:
        """Stop the effects and lanes that are under way; the store says where to go on."""
        await self.performance.stop()
        await self.lanes.stop()

    async def reload(self) -> None:
        """Plan again with the configuration as it is now."""
        await self.patrol.look_at_all()
        self.dispatch.reload()
        self.warm.wake()
        await self.lanes.wake_all()

    async def pause(self, project_id: str, *, actor: str) -> None:
        """Start nothing new in a project; what runs goes on."""
        await self.patrol.pause(project_id, actor=actor)

    async def resume(self, project_id: str, *, actor: str) -> None:
        """Let a paused project's tasks start again; what failed until now is forgiven."""
        await self.patrol.resume(project_id, actor=actor)
        self.dispatch.wake()

    async def enqueue(self, wanted: Wanted) -> Item:
        """Put a task's work or a branch into the queue; see `Enqueue.submit`."""
        return await self._enqueue.submit(wanted)

    async def undo(self, landing_id: str, *, actor: str) -> Item:
        """Queue the revert of a landing."""
        return await self._enqueue.undo(landing_id, actor=actor)

    async def withdraw(self, landing_id: str, reason: str, *, actor: str) -> Item:
        """Take an item out of the queue before its commit point."""
        return await self.queue.withdraw(landing_id, reason, actor=actor)

    async def hold_lane(self, project_id: str, target: str, *, why: str, actor: str) -> None:
        """Let a lane begin nothing until somebody resumes it; gates that run go on."""
        await self.holds.hold(project_id, target, why=why, by=actor)
        self.lanes.wake(project_id, target)

    async def release_lane(self, project_id: str, target: str, *, actor: str) -> bool:
        """Let a lane go on; False if nothing held it."""
        released = await self.holds.release(project_id, target, by=actor)
        self.lanes.urge(project_id, target)
        return released

    async def promote(self, landing_id: str, *, actor: str) -> Item:
        """Send an item ahead of all others of its lane, also if its gate is flaky."""
        item = await self.queue.promote(landing_id, actor=actor)
        self.lanes.urge(item.project_id, item.target)
        return item

    def poke(self, session: str) -> None:
        """Look at a session now: one of its hooks has told something."""
        self.watch.poke(session)

    def gate_log(self, owner: str) -> str | None:
        """Name the log of the gate that runs for an attempt (TASK/N) or a landing.

        "" if that gate waits for a slot, None if there is none.
        """
        return self._checks.log_of(owner)

    def gate(self, item: Item) -> GateNow | None:
        """Say how the gate of a change stands in its lane; None if nothing was asked of it."""
        return self.lanes.gate(item)

    def lane_trouble(self, project_id: str, target: str) -> str:
        """Say what stops a whole lane just now, "" if nothing does."""
        return self.lanes.trouble(project_id, target)

    def lane_closings(self, project_id: str, target: str) -> Sequence[bool]:
        """Say how a lane's last landings went, oldest first: True landed, False was ejected."""
        return self.lanes.closings(project_id, target)

    @property
    def gate_slots(self) -> int:
        """How many gates of all projects that say nothing of it run at once."""
        return self._checks.slots

    def evidence(self, session: str) -> tuple[Derived, Sight] | None:
        """Return what is derived of a session at this moment, and from what; None if unwatched."""
        return self.watch.evidence(session)

    async def cancel(self, task_id: str, reason: str, *, actor: str) -> Task:
        """Cancel a task, and its place in the queue with it."""
        event = TaskCancelled(at=self.parts.clock.now(), actor=actor, reason=reason)
        return await self.queue.cancel(task_id, event)

    async def diagnose(self) -> Sequence[Finding]:
        """Look for what is not as it should be."""
        return await diagnose(self.parts)


def _performers(
    parts: Parts, checks: Checks, *, queue: LandingQueue
) -> dict[type[Effect], Performer]:
    workspaces, sessions = WorkspaceEffects(parts), SessionEffects(parts)
    return {
        PrepareWorkspace: workspaces.prepare,
        CollectEvidence: workspaces.collect,
        ReleaseWorkspace: workspaces.release,
        StartSession: sessions.start,
        StopSession: sessions.stop,
        RunGate: GateEffects(parts, checks).run,
        SubmitLanding: queue.submit,
    }
