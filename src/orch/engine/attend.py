"""Attending: what follows from the picture of a session, recomputed whenever it changes."""

import asyncio
from dataclasses import dataclass

import structlog

from orch.core.attempt import Activity, Attempt
from orch.core.events import (
    AgentHeld,
    AgentReported,
    ConversationKnown,
    Event,
    MessageQueued,
    QuestionAsked,
    QuestionSettled,
    SessionAbandoned,
    UsageReported,
)
from orch.core.ladder import Rung, Standing, Step, limit_ends, next_step, parks, resumes
from orch.core.settings import AgentProfile, ProjectSettings
from orch.core.signs import Sign, SignKind, Trouble
from orch.core.talk import MessageKind, QuestionKind, Urgency
from orch.core.task import ENDED, Task
from orch.engine.ledger import Ledger
from orch.engine.parts import Parts, workspace_ref
from orch.engine.sight import Sight
from orch.engine.speech import Speech
from orch.ports.agent import End, Mode, Word
from orch.ports.store import TaskQuery

log = structlog.get_logger()

_CLOSING_S = 20.0
_GRACE_S = 5.0
_KINDS = {
    SignKind.WANTS_PERMISSION: QuestionKind.PERMISSION,
    SignKind.ASKED: QuestionKind.QUESTION,
    SignKind.DIALOG: QuestionKind.DIALOG,
}
NUDGE = (
    "You have stopped. If the task is complete, commit your work and run "
    "`orch report done -m SUMMARY`. If you need something from a person, run "
    "`orch report ask -m QUESTION`. Otherwise go on with the task."
)


@dataclass(slots=True)
class Attendance:
    """Attends to one session: reports, questions, messages, and the ladder."""

    parts: Parts
    session: str
    attempt: int
    sight: Sight
    speech: Speech
    ledger: Ledger
    profile: AgentProfile
    settings: ProjectSettings
    _has_work: tuple[int, bool] | None = None
    _closing_since: float | None = None
    _nudged_since: float | None = None

    async def attend(self, task: Task, activity: Activity) -> float | None:
        """Do what is due; return when to look again (epoch seconds; None: at the next news)."""
        attempt = task.attempt
        if attempt is None or attempt.n != self.attempt:
            return None
        await self.report(task)
        capped = await self._cap(task)
        if capped is not None and capped <= self.parts.clock.now():
            return None
        dialog = await self._sync_questions(task)
        again = await self.speech.deliver(task, activity)
        due = await self._climb(task, attempt, activity=activity)
        times = [at for at in (dialog, again, due, capped) if at is not None]
        return min(times) if times else None

    async def report(self, task: Task) -> None:
        """Tell what the session has told of its usage and its conversation, where that is new."""
        attempt = task.attempt
        if attempt is None or attempt.n != self.attempt:
            return
        picture, at = self.sight.picture, self.parts.clock.now()
        if picture.conversation and picture.conversation != attempt.conversation:
            await self._submit(
                task,
                ConversationKnown(at=at, attempt=self.attempt, conversation=picture.conversation),
            )
        if picture.usage is not None and picture.usage != attempt.usage:
            await self._submit(
                task, UsageReported(at=at, attempt=self.attempt, usage=picture.usage)
            )

    async def _cap(self, task: Task) -> float | None:
        """End the session if a cap is reached; return when time alone would reach one."""
        room = await self.ledger.room(task, self.settings)
        now = self.parts.clock.now()
        if not room.words:
            return room.full_at
        event = AgentHeld(
            at=now,
            attempt=self.attempt,
            reason=room.words,
            trouble=Trouble.CAP,
            until=room.until,
            resumes=room.until is not None,
        )
        await self._submit(task, event)
        return now

    async def _sync_questions(self, task: Task) -> float | None:
        """Bring the inbox and the session to the same; return when to look at a dialog again."""
        mine = [one for one in task.questions if one.attempt == self.attempt and one.ref]
        known = {question.ref for question in mine}
        for question in mine:
            if question.answer is not None:
                await self.speech.hand_over(question)
        waiting = {sign.ref: sign for sign in self.sight.picture.open}
        asked = [await self._ask(task, sign) for ref, sign in waiting.items() if ref not in known]
        for question in mine:
            if question.is_open and question.ref not in waiting:
                await self._submit(
                    task,
                    QuestionSettled(
                        at=self.parts.clock.now(),
                        attempt=self.attempt,
                        question_id=question.id,
                        how="the agent does not wait any more",
                    ),
                )
        return min((at for at in asked if at is not None), default=None)

    async def _ask(self, task: Task, sign: Sign) -> float | None:
        """Answer what is known to be safe, and return when to look again; else ask a person."""
        if sign.keys:
            again_at = await self.speech.dismiss(sign.ref, keys=sign.keys)
            if again_at is not None:
                return again_at
        number = self.parts.store.allocate("question")
        await self._submit(
            task,
            QuestionAsked(
                at=sign.at,
                attempt=self.attempt,
                question_id=f"q{number}",
                kind=_KINDS[sign.kind],
                text=sign.text,
                ref=sign.ref,
                context=self.sight.picture.said,
                choices=sign.choices,
                otherwise="the session waits; nothing is decided for you",
            ),
        )
        return None

    async def _climb(self, task: Task, attempt: Attempt, *, activity: Activity) -> float | None:
        step = next_step(await self._standing(task, attempt, activity=activity))
        if step.rung is Rung.WAIT:
            return step.again_at
        return await self._take(task, step)

    async def _standing(self, task: Task, attempt: Attempt, *, activity: Activity) -> Standing:
        now, picture = self.parts.clock.now(), self.sight.picture
        mode = self.sight.mode
        return Standing(
            activity=activity,
            picture=picture,
            now=now,
            idle_s=self.profile.idle_timeout,
            reported=attempt.reported,
            nudges=attempt.nudges,
            nudged_at=self._nudged_at(attempt),
            max_nudges=self.profile.max_nudge_retries,
            speaks=self.sight.reader.speaks,
            reports=mode is Mode.TERMINAL and picture.speaks,
            has_work=await self._work(task) if activity is Activity.IDLE else None,
            pending=_waits(task),
            waits=activity in {Activity.IDLE, Activity.STUCK} and await self._leads(task),
        )

    async def _leads(self, task: Task) -> bool:
        """Tell whether tasks that this one filed are open and will be told of to it."""
        children = await asyncio.to_thread(self.parts.store.tasks, TaskQuery(parent=task.id))
        return any(one.status not in ENDED and one.lead_task == task.id for one in children)

    async def _work(self, task: Task) -> bool | None:
        """Look whether there is work, once for each turn that ended."""
        turns = self.sight.picture.ended_turns
        if not self.sight.picture.is_turn_over:
            return None
        if self._has_work is None or self._has_work[0] != turns:
            ref = workspace_ref(self.parts.project(task.project_id), task)
            found = await self.parts.workspaces.inspect(ref, scope=task.scope)
            self._has_work = (turns, bool(found.ahead or found.dirty))
        return self._has_work[1]

    async def _take(self, task: Task, step: Step) -> float | None:
        now = self.parts.clock.now()
        match step.rung:
            case Rung.NUDGE | Rung.BREAK:
                await self._nudge(task, step)
            case Rung.CLAIM:
                claim = AgentReported(at=now, attempt=self.attempt, word="done", text=step.reason)
                await self._submit(task, claim)
                return now
            case Rung.CLOSE:
                return await self._close()
            case Rung.HOLD:
                await self._submit(task, self._held(step.reason))
            case Rung.ABANDON:
                reason = self._why_abandoned(step)
                await self._submit(
                    task, SessionAbandoned(at=now, attempt=self.attempt, reason=reason)
                )
            case Rung.WAIT:
                pass
        return None

    def _why_abandoned(self, step: Step) -> str:
        still_s = max(0.0, self.parts.clock.now() - self.sight.picture.last_progress)
        if step.reason == "stuck" and not self.sight.picture.speaks:
            silent_s = max(0.0, self.parts.clock.now() - self.sight.picture.last_output)
            return f"stuck: no output for {silent_s:.0f} s"
        return f"stuck: no progress for {still_s:.0f} s" if step.reason == "stuck" else step.reason

    async def _nudge(self, task: Task, step: Step) -> None:
        attempt = task.attempt
        serial = (attempt.nudges if attempt else 0) + 1
        event = MessageQueued(
            at=self.parts.clock.now(),
            message_id=f"{self.session}-nudge{serial}",
            text=self.profile.nudge_command or NUDGE,
            kind=MessageKind.NUDGE,
            urgency=Urgency.INTERRUPT if step.rung is Rung.BREAK else Urgency.NOW,
        )
        await self._submit(task, event)
        self._nudged_since = self.parts.clock.monotonic()

    def _nudged_at(self, attempt: Attempt) -> float | None:
        """Say when it was nudged, as the clock counts now: it may have been set since."""
        now = self.parts.clock.now()
        if self._nudged_since is not None:
            return now - (self.parts.clock.monotonic() - self._nudged_since)
        return None if attempt.nudged_at is None else min(attempt.nudged_at, now)

    def _held(self, reason: str) -> AgentHeld:
        picture, now = self.sight.picture, self.parts.clock.now()
        sign = picture.limited or picture.trouble or picture.retrying
        trouble = (sign.trouble if sign else None) or Trouble.USAGE_LIMIT
        until = limit_ends(trouble, _told_end(sign, now=now), now=now, n=self.attempt)
        return AgentHeld(
            at=now,
            attempt=self.attempt,
            reason=self._advice() or reason,
            trouble=trouble,
            until=until,
            resumes=resumes(trouble, until, consent=self.settings.limits.resume),
        )

    def _advice(self) -> str:
        """Say it as the end of the session would: with what a person can do about it."""
        end = End(exit_code=None, exit_signal=None, signs=tuple(self.sight.signs))
        ending = self.parts.agent_of(self.profile).ending(end)
        return ending.reason if ending.word is Word.HELD else ""

    async def _close(self) -> float | None:
        now, since = self.parts.clock.now(), self.parts.clock.monotonic()
        if self._closing_since is None:
            self._closing_since = since
            if await self.speech.close():
                return now + _CLOSING_S
        elif since < self._closing_since + _CLOSING_S:
            return now + self._closing_since + _CLOSING_S - since
        # It said that it is done, and does not go: its end is then told by the host as any.
        await self.parts.sessions.end(self.session, grace_s=_GRACE_S)
        return None

    async def _submit(self, task: Task, event: Event) -> None:
        await self.parts.writer.submit(task.id, event)


def _told_end(sign: Sign | None, *, now: float) -> float | None:
    """Take the end of a limit from what was told; a try that is near, or over, is no end."""
    if sign is None or sign.until is None or sign.until <= now:
        return None
    return sign.until if sign.kind is not SignKind.RETRYING or parks(sign, now=now) else None


def _waits(task: Task) -> bool:
    """Tell whether something is on its way to the agent, or it has asked and waits for that."""
    told = any(not message.trouble for message in task.messages)
    return told or any(question.is_open for question in task.questions)
