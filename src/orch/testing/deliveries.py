"""Messages to agents that talk, in a simulation whose daemon is killed at random steps."""

import asyncio
import json
import re
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import cast

from orch.adapters.agents.scripted import OSC_NUMBER, ScriptedAgent
from orch.adapters.clock import SystemClock
from orch.core.events import MessageQueued
from orch.core.settings import AgentProfile
from orch.core.signs import SignKind
from orch.core.talk import Urgency
from orch.engine.engine import Engine
from orch.engine.kept import PROMPT
from orch.engine.kill_points import Step, no_step
from orch.engine.parts import Parts
from orch.engine.steer import queue_once
from orch.engine.writer import Writer
from orch.ports.session_host import (
    Delivery,
    EndOfInput,
    Resize,
    SessionSpec,
    SessionState,
    Signal,
)
from orch.ports.store import EventQuery
from orch.testing.fake_session import FakeSession
from orch.testing.fake_session_host import FakeSessionHost
from orch.testing.simulate import FakeConfiguration, World

_NEVER_S = 1_000_000.0
_URGENCIES = tuple(Urgency)
_NAMED = re.compile(r"message (t\d+-said\d+)")


class MortalHost(FakeSessionHost):
    """A fake host; the daemon can die right before and right after each write to a session."""

    step: Step = staticmethod(no_step)

    async def start(self, spec: SessionSpec) -> SessionState:
        """Start it in a folder that there is."""
        return await super().start(replace(spec, cwd="/"))

    async def write(
        self, name: str, what: bytes | Signal | Resize | EndOfInput, *, message_id: str = ""
    ) -> Delivery:
        """Write to a session."""
        self.step("before Write")
        delivery = await super().write(name, what, message_id=message_id)
        self.step("after Write")
        return delivery


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """What became of the messages: `unknown` are those that nobody can tell of."""

    sent: int
    delivered: int
    lost: int
    doubled: int
    unknown: int


@dataclass(slots=True)
class TalkWorld(World):
    """A world in which each task's agent ends its work once it was told `each` messages.

    `heard` is what agents were told: messages by their ids, also those that stood in a prompt.
    `settled` are the messages that the person knows to be taken.
    """

    each: int = 10
    heard: list[str] = field(default_factory=list)
    settled: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Put the world together, with agents that talk."""
        World.__post_init__(self)
        self.sessions = MortalHost(self.play)

    async def play(self, session: FakeSession) -> None:
        """Take messages until all have come; some are taken at once, some after a while."""
        told = dict(session.spec.env)
        _show(session, "listens")
        _show(session, SignKind.TURN_BEGAN)
        _show(session, SignKind.TURN_ENDED)
        prompt = self.artifacts.read(told["ORCH_TASK_ID"], int(told["ORCH_ATTEMPT"]), name=PROMPT)
        self.heard += (begun := _NAMED.findall(prompt.decode()))
        mine = set(begun)
        while len(mine) < self.each:
            said = json.loads(await session.read_line() or b"{}")
            if "say" not in said:
                continue
            for _ in range(len(mine) % 3):
                await asyncio.sleep(0)
            self.heard.append(said["ref"])
            mine.add(said["ref"])
            _show(session, SignKind.TURN_BEGAN)
            _show(session, SignKind.ACCEPTED, ref=said["ref"])
            _show(session, SignKind.TURN_ENDED)
        hand = self.workspaces.hand(told["ORCH_WORKSPACE"])
        hand.commit({f"work-{told['ORCH_TASK_ID']}.txt": "done"}, "Do it")
        session.exit(0)

    def parts(self, step: Step) -> Parts:
        """Put the ports together for one daemon; its time is real."""
        parts = World.parts(self, step)
        assert isinstance(self.sessions, MortalHost)
        self.sessions.step = step
        profile = AgentProfile(
            name="sim",
            adapter="scripted",
            script=sys.executable,
            idle_timeout=_NEVER_S,
            stuck_timeout=_NEVER_S,
        )
        assert isinstance(parts.configuration, FakeConfiguration)
        settings = replace(parts.configuration.settings, agents=(profile,))
        limits = replace(settings.limits, sessions=1000)
        clock = SystemClock()
        return replace(
            parts,
            clock=clock,
            writer=Writer(self.store, clock, step=step),
            configuration=FakeConfiguration(replace(settings, limits=limits), sessions=1000),
            agents={"scripted": ScriptedAgent()},
        )

    async def speak(self, engine: Engine) -> None:
        """Say all that was not taken yet; what was taken in a crash is said again by its id."""
        for number in range(self.each):
            for task in self.tasks:
                await self._say(engine, task.id, number=number)

    async def _say(self, engine: Engine, task_id: str, *, number: int) -> None:
        message_id = f"{task_id}-said{number}"
        if message_id in self.settled:
            return
        event = MessageQueued(
            at=engine.parts.clock.now(),
            message_id=message_id,
            text=f"message {message_id}",
            urgency=_URGENCIES[number % len(_URGENCIES)],
        )
        await queue_once(engine.writer, self.store, task_id=task_id, event=event)
        self.settled.add(message_id)

    def count(self) -> Count:
        """Hold what agents were told against what was said."""
        sent = {f"{task.id}-said{number}" for task in self.tasks for number in range(self.each)}
        heard = Counter(self.heard)
        events = self.store.events(EventQuery(kinds=("MessageUncertain",), limit=1_000_000))
        return Count(
            sent=len(sent),
            delivered=len(self._told_of() & sent),
            lost=len(sent - set(heard)),
            doubled=sum(times > 1 for times in heard.values()),
            unknown=len(events),
        )

    def _told_of(self) -> set[str]:
        kinds = ("MessageDelivered", "SessionStarted")
        told = set[str]()
        for event in self.store.events(EventQuery(kinds=kinds, limit=1_000_000)):
            told |= {str(event.data.get("message_id", ""))}
            told |= set(cast("list[str]", event.data.get("told", ())))
        return told


def _show(session: FakeSession, kind: str, *, ref: str = "") -> None:
    sign = json.dumps({"kind": kind, "ref": ref})
    session.print(f"\x1b]{OSC_NUMBER};{sign}\x07".encode())


def manners(count: int) -> Sequence[str]:
    """Name so many tasks."""
    return ("talk",) * count
