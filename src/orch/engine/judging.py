"""The judge effect: a session that may only read is shown a commit and asked for its word.

What it said is kept before anything of it is cleared away, so that after a crash at any moment
the same judgement is told, or the same session is found and heard to its end.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import msgspec
import structlog

from orch.core.budget import money
from orch.core.effects import RunJudge
from orch.core.events import Judged
from orch.core.judge_answer import Answer, read_answer
from orch.core.judge_prompt import Brief, write_brief
from orch.core.judgement import Judgement, Limit, Ruling
from orch.core.judging import bound_to
from orch.core.picture import begin
from orch.core.receipt import Receipt, ReceiptKey
from orch.core.settings import AgentProfile, LandingMode
from orch.core.task import Task
from orch.core.usage import Usage
from orch.core.wanted import is_wanted
from orch.engine.hearing import Heard, Hearing
from orch.engine.judge_case import (
    Case,
    case_name,
    case_of,
    judge_order,
    judge_profile,
    judge_session,
)
from orch.engine.judge_limit import held_before, limit_of
from orch.engine.ledger import Ledger
from orch.engine.parts import Parts
from orch.ports.agent import Word
from orch.ports.errors import Permanent, Transient
from orch.ports.judge_room import JudgeRoom, RoomOrder
from orch.ports.session_host import Liveness
from orch.ports.store import TaskQuery

log = structlog.get_logger()

_AT_ONCE: Final = 4
"""So many judges at once: each is a program like a worker's, beside all of those."""

_TRIES: Final = 2
_GRACE_S: Final = 5.0
_SHOWN: Final = 5
_KEY_PARTS: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What a judge said, as it is kept among the attempt's artifacts."""

    judgement: Judgement
    usage: Usage | None = None
    limit: Limit | None = None


@dataclass(frozen=True, slots=True)
class JudgeEffects:
    """Performs the judging of an attempt's commit."""

    parts: Parts
    ledger: Ledger
    _places: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_AT_ONCE))

    async def run(self, effect: RunJudge, task: Task) -> None:
        """Have the commit judged, and say what came of it."""
        parts = self.parts
        project = parts.project(task.project_id)
        settings = await parts.settings(project)
        if task.attempt is None:
            raise Permanent(f"{task.id} has no attempt")
        case = Case(
            effect=effect, task=task, attempt=task.attempt, project=project, settings=settings
        )
        kept = await self._decided(case)
        event = Judged(
            at=parts.clock.now(),
            attempt=effect.attempt,
            judgement=kept.judgement,
            required=effect.required,
            manual=settings.landing.mode is LandingMode.MANUAL,
            cycles=settings.landing.judge_cycles,
            usage=kept.usage,
            limit=kept.limit,
        )
        await parts.writer.submit(task.id, event, finishes=(effect.id,))

    async def sweep(self) -> None:
        """End the sessions and remove the rooms that no order asks for, after a crash."""
        orders = await asyncio.to_thread(self.parts.store.orders, limit=1_000_000)
        wanted = {case_name(one.effect) for one in orders if isinstance(one.effect, RunJudge)}
        try:
            for state in await self.parts.sessions.list():
                whose = case_of(state.name)
                if whose and whose not in wanted and state.liveness is Liveness.ALIVE:
                    await self.parts.sessions.end(state.name, grace_s=_GRACE_S)
            for project in await asyncio.to_thread(self.parts.registry.projects):
                for name in await self.parts.judge_rooms.names(project):
                    if name not in wanted:
                        await self.parts.judge_rooms.close(project, name)
        except (OSError, Permanent, Transient) as error:
            log.warning("what judges left behind is left", why=str(error))

    async def _decided(self, case: Case) -> Kept:
        """Return what is known already, or hear the case; what came of it is kept first."""
        standing = case.task.judgement
        if standing is not None and standing.holds_for(bound_to(case.task, case.effect.head)):
            return Kept(judgement=standing)  # The same is not judged twice until it fits.
        artifacts, n = self.parts.artifacts, case.attempt.n
        kept = _read_kept(artifacts.read(case.task.id, n, name=f"{case.tail}.json"), case)
        if kept is None:
            kept = await self._heard(case)
            body = msgspec.json.encode(kept)
            artifacts.write(case.task.id, n, name=f"{case.tail}.json", content=body)
        await self._clear(case)
        return kept

    async def _heard(self, case: Case) -> Kept:
        try:
            async with self._places:
                return await self._hear(case)
        except asyncio.CancelledError:
            await self._clear_unwanted(case)
            raise
        except Permanent as error:
            return self._unclear(case, f"{error.reason}; {error.remedy}".rstrip("; "))
        except Transient:
            raise
        except Exception as error:
            if case.effect.required:
                raise  # A person looks; nothing lands meanwhile.
            log.exception("a bug stopped an advisory judge", task=case.task.id)
            return self._unclear(case, f"a bug stopped it: {error!r}")

    async def _hear(self, case: Case) -> Kept:
        """Ask the judge, and once more if its answer can't be read."""
        room = await self.ledger.room(case.task, case.settings)
        if room.words:
            return self._unclear(case, room.words)
        usage: Usage | None = None
        complaint = ""
        for n in range(1, _TRIES + 1):
            read_in = await self._open(case)
            profile = judge_profile(self.parts, case)
            agent = self.parts.agent_of(profile)
            prompt = await self._prompt(case, read_in, n=n, complaint=complaint)
            heard = await self._ask(case, read_in, n=n, prompt=prompt)
            usage = _sum(usage, _priced(heard.usage, profile))
            if stains := await self.parts.judge_rooms.stains(case.project, case.name):
                why = f"it wrote to what it was only to read ({_listed(stains)}): its word is void"
                return self._unclear(case, why, usage=usage)
            answer = read_answer(heard.words, head=case.effect.head, shown=prompt)
            ending = agent.ending(heard.end)
            if isinstance(answer, Answer) and ending.word is Word.DONE:
                return Kept(judgement=self._judgement(case, answer, n=n), usage=usage)
            if limit := limit_of(case, ending, now=self.parts.clock.now()):
                return self._unclear(case, ending.reason, usage=usage, limit=limit)
            if heard.too_long:
                most = f"{case.settings.landing.judge_timeout:.0f} s"
                return self._unclear(case, f"it took longer than {most}", usage=usage)
            done = ending.word is Word.DONE and isinstance(answer, str)
            complaint = str(answer) if done else ending.reason
            if ending.word is Word.HELD:
                break  # Asking again at once would not mend that.
        return self._unclear(case, complaint, usage=usage)

    async def _open(self, case: Case) -> JudgeRoom:
        order = RoomOrder(
            project=case.project,
            name=case.name,
            commit=case.effect.head,
            base=case.attempt.base_commit,
        )
        return await self.parts.judge_rooms.open(order)

    async def _ask(self, case: Case, room: JudgeRoom, *, n: int, prompt: str) -> Heard:
        """Start the session, or find it, and hear it to its end."""
        parts = self.parts
        order = judge_order(parts, case, room=room, n=n, prompt=prompt)
        agent = parts.agent_of(order.profile)
        program = agent.program(order.profile)
        if program and not parts.has_program(program, room.path):
            raise Permanent(f"{program}, which is to judge, is not on this machine")
        spec = judge_session(parts, case, order=order, n=n)
        await parts.sessions.start(spec)
        hearing = Hearing(parts, spec.name, agent.reader(order), begin(parts.clock.now()))
        return await hearing.attend(timeout_s=case.settings.landing.judge_timeout)

    async def _prompt(self, case: Case, room: JudgeRoom, *, n: int, complaint: str) -> str:
        """Write the prompt once: a session that is found after a crash began with that one."""
        parts, name = self.parts, case.prompt_name(n)
        if known := parts.artifacts.read(case.task.id, case.attempt.n, name=name):
            return known.decode(errors="replace")
        brief = Brief(
            head=case.effect.head,
            diff=room.diff,
            paths=room.paths,
            receipt=await self._receipt(case),
            complaint=complaint,
        )
        content = write_brief(case.task, brief).encode("utf-8", "replace")
        parts.artifacts.write(case.task.id, case.attempt.n, name=name, content=content)
        return content.decode()

    async def _receipt(self, case: Case) -> Receipt | None:
        named = (case.effect.receipt or "").split(":")
        if len(named) != _KEY_PARTS:
            return None
        key = ReceiptKey(*named)
        found = await asyncio.to_thread(self.parts.store.receipts, key=key, limit=1)
        return found[0] if found else None

    def _judgement(self, case: Case, answer: Answer, *, n: int) -> Judgement:
        return Judgement(
            ruling=answer.ruling,
            bound=bound_to(case.task, case.effect.head),
            summary=answer.summary,
            remarks=answer.remarks,
            agent=case.agent,
            session=case.session(n),
            at=self.parts.clock.now(),
        )

    def _unclear(
        self, case: Case, why: str, *, usage: Usage | None = None, limit: Limit | None = None
    ) -> Kept:
        judgement = Judgement(
            ruling=Ruling.UNCLEAR,
            bound=bound_to(case.task, case.effect.head),
            summary=why,
            agent=case.agent,
            session=case.name,
            at=self.parts.clock.now(),
            held=1 + held_before(case) if limit else 0,
        )
        return Kept(judgement=judgement, usage=usage, limit=limit)

    async def _clear_unwanted(self, case: Case) -> None:
        """End what nobody asks for any more; when only the daemon stops it is to be found again."""
        query = TaskQuery(ids=(case.task.id,), limit=1)
        found = await asyncio.to_thread(self.parts.store.tasks, query)
        if not found or not is_wanted(case.effect, found[0]):
            await self._clear(case)

    async def _clear(self, case: Case) -> None:
        """End its sessions and remove its room; what can't be is found by the next sweep."""
        try:
            for n in range(1, _TRIES + 1):
                await self.parts.sessions.end(case.session(n), grace_s=_GRACE_S)
            await self.parts.judge_rooms.close(case.project, case.name)
        except (OSError, Permanent, Transient) as error:
            log.warning("what a judge left behind is left", case=case.name, why=str(error))


def _read_kept(body: bytes, case: Case) -> Kept | None:
    """Read what was kept of this very case; of what can't be read nothing is believed."""
    try:
        kept = msgspec.json.decode(body, type=Kept) if body else None
    except msgspec.MsgspecError:
        return None
    if kept is None or kept.judgement.bound != bound_to(case.task, case.effect.head):
        return None
    return kept


def _priced(usage: Usage | None, profile: AgentProfile) -> Usage | None:
    """Turn tokens into money by the judge's own prices: its attempt may be of another agent."""
    return replace(usage, cost=money(usage, profile.price)) if usage else None


def _sum(one: Usage | None, other: Usage | None) -> Usage | None:
    return one.plus(other) if one and other else one or other


def _listed(paths: Sequence[str]) -> str:
    more = f" and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else ""
    return ", ".join(paths[:_SHOWN]) + more
