"""The lanes: one runner per (project, target), awake only while there is something to do."""

import asyncio
from dataclasses import dataclass, field

import structlog

from orch.core.landing import Item
from orch.engine.ground import Ground, Held, InvariantBroken
from orch.engine.items import ItemGone
from orch.engine.lane import LaneSteps
from orch.engine.nap import nap
from orch.engine.parts import Parts
from orch.ports.errors import Permanent, Transient
from orch.ports.store import FencedError, ItemQuery

log = structlog.get_logger()

Key = tuple[str, str]
_FIRST_WAIT_S = 1.0
_LONGEST_WAIT_S = 60.0


@dataclass(slots=True)
class _Lane:
    """One lane's runner, and the bell that wakes it early."""

    bell: asyncio.Event = field(default_factory=asyncio.Event)
    runner: "asyncio.Task[None] | None" = None
    stopped: str = ""


class Lanes:
    """Runs every lane that has open items; a lane that is done costs nothing."""

    def __init__(self, parts: Parts, steps: LaneSteps) -> None:
        """Run lanes with these steps."""
        self._parts, self._steps = parts, steps
        self._lanes: dict[Key, _Lane] = {}

    async def start(self) -> None:
        """Wake each lane that has open items: their states say where to go on."""
        query = ItemQuery(open_only=True, limit=1_000_000)
        for item in await asyncio.to_thread(self._parts.store.items, query):
            self.wake(item.project_id, item.target)

    async def stop(self) -> None:
        """Leave all lanes as they are; their rows say where to go on."""
        runners = [lane.runner for lane in self._lanes.values() if lane.runner]
        for runner in runners:
            runner.cancel()
        await asyncio.gather(*runners, return_exceptions=True)

    def wake(self, project_id: str, target: str) -> None:
        """Have a lane look again, at once."""
        lane = self._lanes.setdefault((project_id, target), _Lane())
        lane.bell.set()
        if lane.runner is None:
            name = f"lane {project_id} {target}"
            lane.runner = asyncio.create_task(self._run((project_id, target), lane), name=name)

    def stopped(self) -> dict[Key, str]:
        """Name the lanes that stopped because an invariant did not hold, and why."""
        return {key: lane.stopped for key, lane in self._lanes.items() if lane.stopped}

    async def _run(self, key: Key, lane: _Lane) -> None:
        wait_s = _FIRST_WAIT_S
        while not lane.stopped:
            lane.bell.clear()
            wanted_s = await self._advance(key, lane, wait_s=wait_s)
            if wanted_s is None and not lane.bell.is_set():
                break
            if not wanted_s:
                wait_s = _FIRST_WAIT_S
                continue
            wait_s = min(wait_s * 2, _LONGEST_WAIT_S)
            await nap(self._parts.clock, lane.bell, seconds=wanted_s)
        lane.runner = None

    async def _advance(self, key: Key, lane: _Lane, *, wait_s: float) -> float | None:
        """Work until nothing is left (None), or for how many seconds the lane has to wait."""
        try:
            while await self._steps.step(await self._ground(key)):
                pass
        except ItemGone:
            return 0.0
        except Held as held:
            return held.wait_s
        except InvariantBroken as broken:
            lane.stopped = str(broken)
            log.critical("an invariant of landing does not hold", lane=key, what=lane.stopped)
        except FencedError:
            lane.stopped = "another daemon has taken over"
        except Exception as error:
            reason, wait_s = _trouble(error, wait_s)
            log.warning("a lane has to wait", lane=key, why=reason, exc_info=error)
            await self._note(key, reason)
            return wait_s
        return None

    async def _ground(self, key: Key) -> Ground:
        project = self._parts.project(key[0])
        settings = await self._parts.settings(project)
        return Ground(project=project, settings=settings, target=key[1])

    async def _note(self, key: Key, reason: str) -> None:
        query = ItemQuery(project_id=key[0], target=key[1], open_only=True, limit=1)
        items: list[Item] = list(await asyncio.to_thread(self._parts.store.items, query))
        for item in items:
            try:
                await self._steps.items.note(item, reason)
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
