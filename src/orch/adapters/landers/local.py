"""Lands changes from this machine (implements `orch.ports.lander`)."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import structlog

from orch.adapters.hub import Hub, fetch_base, note_tip, open_hub, source
from orch.adapters.landers.branch_lock import clear_branch_lock, outwait_branch_lock
from orch.adapters.landers.branches import fetch_branch
from orch.adapters.landers.candidate import build
from orch.adapters.landers.checkouts import find_checkouts, find_git_dir
from orch.adapters.landers.checks import inspect
from orch.adapters.landers.completion import Fence, Step
from orch.adapters.landers.follow import plan_move, push_local, settle_local
from orch.adapters.landers.plumbing import git_edge, is_ancestor
from orch.adapters.landers.probe import probe
from orch.adapters.landers.push import push_remote
from orch.adapters.landers.rerere import learn_quietly
from orch.adapters.landers.settle import judge_intent
from orch.adapters.landers.traces import read_traces
from orch.adapters.landers.verify import verify_target
from orch.core.landing import Item
from orch.core.project import Project
from orch.ports.errors import Permanent, Transient
from orch.ports.lander import (
    Build,
    Candidate,
    Pushed,
    PushOutcome,
    Refused,
    Settled,
    Source,
    Traces,
    Violation,
)
from orch.system.distrust import distrust
from orch.system.file_lock import exclusive
from orch.system.git import GitError
from orch.system.git_locks import clear_stale_locks

log = structlog.get_logger()

_Answer = TypeVar("_Answer")
PUSH_TIMEOUT_S = 180.0
FETCH_TIMEOUT_S = 180.0


def _no_step(_: str) -> None:
    """Let a landing run through."""


async def _no_fence() -> None:
    """Let a landing run through: nobody else can have taken over."""


class LocalLander:
    """A `Lander` that works in the hubs on this machine and pushes from there."""

    def __init__(
        self,
        *,
        push_timeout_s: float = PUSH_TIMEOUT_S,
        fetch_timeout_s: float = FETCH_TIMEOUT_S,
        fence: Fence = _no_fence,
        step: Step = _no_step,
    ) -> None:
        """Say how long a push and a look may take, who tells whether it may be done, and the steps.

        `step` is told before each of them (for crash tests).
        """
        self._push_timeout_s = push_timeout_s
        self._fetch_timeout_s = fetch_timeout_s
        self._fence = fence
        self._step = step

    async def tip(self, project: Project, target: str) -> str:
        """Fetch the target and return its tip."""
        async with git_edge():
            return await fetch_base(project, target, timeout_s=self._fetch_timeout_s)

    async def source(self, project: Project, branch: str) -> Source:
        """Fetch a person's branch into the hub and describe its head."""
        return await self._in_hub(project, lambda hub: fetch_branch(hub, branch))

    async def probe(self, project: Project, items: Sequence[Item], *, onto: str) -> frozenset[str]:
        """Try the merges, and keep nothing of them."""
        if not items:
            return frozenset()
        return await self._in_hub(project, lambda hub: probe(hub, items, onto=onto))

    async def build(self, project: Project, item: Item, *, onto: str) -> Build:
        """Build the item's candidate on a commit, in the hub and without a checkout."""
        return await self._in_hub(project, lambda hub: build(hub, item, onto=onto))

    async def inspect(
        self, project: Project, item: Item, *, candidate: Candidate
    ) -> Sequence[Violation]:
        """Check I3, I5 and I6 by means that did not make the candidate."""
        return await self._in_hub(project, lambda hub: inspect(hub, item, candidate=candidate))

    async def push(self, project: Project, item: Item, *, follow: bool) -> PushOutcome:
        """Carry out the intent, once; a push that is on its way already is waited for."""
        async with git_edge(), self._lane(project):
            return await self._in_hub(project, lambda hub: self._push(hub, item, follow=follow))

    async def settle(self, project: Project, item: Item, *, follow: bool) -> Settled:
        """Find out what became of an intent; a checkout that lags behind is brought along.

        `follow` changes nothing here: a landing that has begun is never left half done.
        """
        del follow
        async with git_edge(), self._lane(project):
            return await self._in_hub(project, lambda hub: self._settle(hub, item))

    async def verify(
        self, project: Project, target: str, *, landed: Sequence[Item], since: str | None = None
    ) -> Sequence[Violation]:
        """Check I2, I3 and I4 on the target."""
        tip = await self.tip(project, target)
        return await self._in_hub(
            project, lambda hub: verify_target(hub.git, tip, landed=landed, since=since)
        )

    async def traces(self, project: Project, *, after: int) -> Traces:
        """Read from the hub which landings above this number are on their targets."""
        if not await asyncio.to_thread((Path(project.hub) / "HEAD").exists):
            return Traces()
        return await self._in_hub(project, lambda hub: read_traces(hub, after=after))

    async def _push(self, hub: Hub, item: Item, *, follow: bool) -> PushOutcome:
        old, new = item.expected_old, item.candidate
        if old is None or new is None or not await is_ancestor(hub.git, old, of=new):
            return Refused(
                reason=f"{(new or 'nothing')[:12]} does not build on {(old or 'nothing')[:12]}: "
                "a branch is never moved but forward; the candidate has to be built again"
            )
        await clear_branch_lock(Path(source(hub.project)), item.target)
        if await has_checkouts(hub.project, item.target):
            move = await plan_move(hub, item, step=self._step, fence=self._fence)
            outcome = await push_local(hub, move, follow=follow)
        else:
            self._step("push")
            await self._fence()
            patience_s = self._push_timeout_s
            outcome = await push_remote(hub, item, old=old, new=new, timeout_s=patience_s)
        if isinstance(outcome, Pushed):
            await note_tip(hub, item.target, old=old, new=new)
            if item.task_id is None:
                # An agent's worktree is the hub's, which learns there by itself.
                await learn_quietly(hub.git, item.source_head, since=old)
        return outcome

    async def _settle(self, hub: Hub, item: Item) -> Settled:
        await outwait_branch_lock(Path(source(hub.project)), item.target)
        try:
            patience_s = self._fetch_timeout_s
            tip = await fetch_base(hub.project, item.target, timeout_s=patience_s)
        except (Permanent, Transient) as error:
            raise Transient(f"whether {item.id} landed is not known: {error.reason}") from error
        settled = await judge_intent(hub, item, tip=tip)
        if item.candidate and item.expected_old and await has_checkouts(hub.project, item.target):
            move = await plan_move(hub, item, step=self._step, fence=self._fence)
            there = await settle_local(move, tip=tip)
            if tip == item.candidate and not there:
                return Settled.NOT_LANDED
        return settled

    @asynccontextmanager
    async def _lane(self, project: Project) -> AsyncIterator[None]:
        """Let one landing of a project at a time touch the world."""
        async with exclusive(Path(project.hub).with_suffix(".lane")):
            yield

    async def _in_hub(self, project: Project, work: Callable[[Hub], Awaitable[_Answer]]) -> _Answer:
        """Work in the hub; a lock that a killed git left there is removed, told, and forgotten."""
        async with git_edge():
            opened = await open_hub(project)
            # An agent can write the hub's configuration: its merge drivers decide nothing here.
            hub = replace(opened, git=await distrust(opened.git))
            try:
                return await work(hub)
            except GitError as error:
                if ".lock" not in error.stderr:
                    raise
                stale = await asyncio.to_thread(clear_stale_locks, hub.path)
                if not stale:
                    raise
                for lock in stale:
                    log.warning("stale lock removed", path=str(lock.path), age_s=lock.age_s)
                return await work(hub)


async def has_checkouts(project: Project, branch: str) -> bool:
    """Tell whether the target is a person's branch that moves by two steps, not by a push."""
    if project.remote is not None:
        return False
    path = Path(project.path)
    if find_git_dir(path) is not None:
        return True
    return (path / "worktrees").is_dir() and bool(await find_checkouts(path, branch))
