"""The lanes: one runner per (project, target), awake only while there is something to do."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

import structlog

from orch.core.landing import Item
from orch.engine.checks import Checks
from orch.engine.gating import GateNow
from orch.engine.ground import Ground, InvariantBroken
from orch.engine.items import ItemGone
from orch.engine.lane import Lane
from orch.engine.lane_holds import ORCH, LaneHolds
from orch.engine.nap import nap
from orch.engine.parts import Parts
from orch.ports.errors import Permanent, Transient
from orch.ports.store import FencedError, ItemQuery

log = structlog.get_logger()

Key = tuple[str, str]
_FIRST_WAIT_S = 1.0
_LONGEST_WAIT_S = 60.0
_SLOW_S = 5.0
"""A step that takes longer most likely waits for a target that does not answer."""


@dataclass(slots=True)
class _Run:
    """A lane with its runner, and the bell that wakes it early.

    `trouble` is what stopped its last step, and with that all of the lane; `begun` says since when
    the step lasts that is under way, by the clock that only goes forward.
    """

    lane: Lane
    bell: asyncio.Event = field(default_factory=asyncio.Event)
    runner: "asyncio.Task[None] | None" = None
    fenced: bool = False
    trouble: str = ""
    begun: float | None = None


class Lanes:
    """Runs every lane that has open items; a lane that is done costs nothing."""

    def __init__(self, parts: Parts, checks: Checks, *, holds: LaneHolds) -> None:
        """Run lanes whose gates these are, as long as nothing holds them."""
        self._parts, self._checks, self._holds = parts, checks, holds
        self._runs: dict[Key, _Run] = {}

    async def wake_all(self) -> None:
        """Have each lane look that has open items: their states say where to go on."""
        query = ItemQuery(open_only=True, limit=1_000_000)
        for item in await asyncio.to_thread(self._parts.store.items, query):
            self.wake(item.project_id, item.target)

    async def stop(self) -> None:
        """Leave all lanes as they are; their rows say where to go on."""
        runners = [run.runner for run in self._runs.values() if run.runner]
        for runner in runners:
            runner.cancel()
        await asyncio.gather(*runners, return_exceptions=True)
        await asyncio.gather(*(run.lane.stop() for run in self._runs.values()))

    def gate(self, item: Item) -> GateNow | None:
        """Say how the gate of an item's candidate stands; None if its lane has not asked it."""
        run = self._runs.get((item.project_id, item.target))
        return run.lane.gating.now(item.candidate or "") if run else None

    def closings(self, project_id: str, target: str) -> Sequence[bool]:
        """Say how a lane's last landings went, oldest first: True landed, False was ejected."""
        run = self._runs.get((project_id, target))
        return tuple(run.lane.landings.closings) if run else ()

    def trouble(self, project_id: str, target: str) -> str:
        """Say what stops a whole lane just now, "" if nothing does."""
        run = self._runs.get((project_id, target))
        if run is None:
            return ""
        lasts_s = self._parts.clock.monotonic() - run.begun if run.begun is not None else 0.0
        if lasts_s < _SLOW_S:
            return run.trouble
        return f"git, or the remote, has not answered for {lasts_s:.0f} s"

    def wake(self, project_id: str, target: str) -> None:
        """Have a lane look again, at once."""
        key = (project_id, target)
        if key not in self._runs:
            self._runs[key] = _Run(Lane(self._parts, self._checks, partial(self.wake, *key)))
        run = self._runs[key]
        run.bell.set()
        if run.runner is None:
            name = f"lane {project_id} {target}"
            run.runner = asyncio.create_task(self._run(key, run), name=name)

    def urge(self, project_id: str, target: str) -> None:
        """Have a lane look again on somebody's word: what was in the way may not be any more."""
        if run := self._runs.get((project_id, target)):
            run.lane.obstacle.clear()
            run.lane.doubts.hurry()
        self.wake(project_id, target)

    async def _run(self, key: Key, run: _Run) -> None:
        wait_s = _FIRST_WAIT_S
        while not run.fenced:
            run.bell.clear()
            wanted_s, troubled = await self._advance(key, run, wait_s=wait_s)
            wait_s = min(wait_s * 2, _LONGEST_WAIT_S) if troubled else _FIRST_WAIT_S
            if run.bell.is_set() and not troubled:
                continue
            if wanted_s is None:
                break
            await nap(self._parts.clock, run.bell, seconds=wanted_s)
        run.runner = None

    async def _advance(self, key: Key, run: _Run, *, wait_s: float) -> tuple[float | None, bool]:
        """Work until nothing can be done at once; say when to look again, and if it failed."""
        try:
            going_on = True
            while going_on:
                run.begun = self._parts.clock.monotonic()
                going_on = await run.lane.step(await self._ground(key))
        except InvariantBroken as broken:
            await self._holds.hold(*key, why=str(broken), by=ORCH)
        except FencedError:
            run.fenced = True
        except Exception as error:
            reason, wait_s = _trouble(error, wait_s)
            log.warning("a lane has to wait", lane=key, why=reason, exc_info=error)
            run.trouble = reason
            await self._note(key, reason)
            return wait_s, True
        finally:
            run.begun = None
        run.trouble = ""
        return run.lane.rest_s(), False

    async def _ground(self, key: Key) -> Ground:
        project = self._parts.project(key[0])
        settings = await self._parts.settings(project)
        return Ground(project=project, settings=settings, target=key[1])

    async def _note(self, key: Key, reason: str) -> None:
        query = ItemQuery(project_id=key[0], target=key[1], open_only=True, limit=1)
        items: list[Item] = list(await asyncio.to_thread(self._parts.store.items, query))
        for item in items:
            try:
                await self._runs[key].lane.items.note(item, reason)
            except ItemGone:
                continue


def _trouble(error: Exception, wait_s: float) -> tuple[str, float]:
    """Say what stopped a step, and for how long; a bug must neither end the daemon nor spin."""
    match error:
        case Transient():
            return error.reason, error.retry_after_s or wait_s
        case Permanent():
            return f"{error.reason}; {error.remedy}".rstrip("; "), _LONGEST_WAIT_S
        case _:
            return f"a bug stopped this landing ({error!r})", _LONGEST_WAIT_S
