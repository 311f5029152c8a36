"""Speech: the one path by which anything is said to a session, acknowledged by evidence.

Each stroke has an id that the host writes once, so that the same message can be sent again after
a crash at any moment and still arrives once.
"""

from dataclasses import dataclass, field

import structlog

from orch.core.events import MessageDelivered, MessageUncertain, QuestionSettled
from orch.core.talk import Message, Question, Urgency
from orch.core.task import Task
from orch.engine.parts import Parts
from orch.engine.sight import Sight
from orch.ports.agent import Keystroke, Writing
from orch.ports.errors import Permanent

log = structlog.get_logger()

_AGAIN = 3
"""So often a lost Enter is pressed again before the delivery is called uncertain."""


@dataclass(slots=True)
class _Sent:
    """A message that was written and waits for its proof."""

    writing: Writing
    at: float
    tries: int = 0


@dataclass(slots=True)
class Speech:
    """Says to one session what its task wants said; level-triggered from the task's row."""

    parts: Parts
    session: str
    attempt: int
    sight: Sight
    _sent: dict[str, _Sent] = field(default_factory=dict)
    _replied: set[str] = field(default_factory=set)
    _broken: set[str] = field(default_factory=set)
    _dialogs: dict[str, int] = field(default_factory=dict)
    _answered: set[str] = field(default_factory=set)

    async def reply(self) -> bool:
        """Write what the protocol itself wants; tell whether there was anything new."""
        new = [one for one in self.sight.reader.replies() if one.id not in self._replied]
        for one in new:
            await self._write(Keystroke(one.data), message_id=f"protocol/{one.id}")
            self._replied.add(one.id)
        return bool(new)

    async def deliver(self, task: Task) -> float | None:
        """Send the oldest message that can be sent; return when to look again (None: at news)."""
        waiting = [message for message in task.messages if not message.trouble]
        if not waiting:
            return None
        message = waiting[0]
        if message.id in self._sent:
            return await self._confirm(message)
        return await self._send(message)

    async def _send(self, message: Message) -> float | None:
        picture = self.sight.picture
        if message.urgency is not Urgency.NOW and not picture.is_turn_over and picture.speaks:
            if message.urgency is Urgency.INTERRUPT and message.id not in self._broken:
                await self._break_off(message)
            return None
        if picture.open:
            return None  # A dialog or a permission would take the text for its answer.
        writing = self.sight.reader.say(message.text, ref=message.id)
        if writing is None:
            return None
        at = self.parts.clock.now()
        await self._type(writing.strokes, message_id=message.id)
        self._sent[message.id] = _Sent(writing, at)
        if not writing.confirms:
            await self._delivered(message, "the host has written it")
            return None
        await self.sight.catch_up()
        return await self._confirm(message)

    async def _confirm(self, message: Message) -> float | None:
        sent = self._sent[message.id]
        if proof := self._proof(message, sent):
            await self._delivered(message, proof)
            return None
        now = self.parts.clock.now()
        due = sent.at + sent.writing.patience_s * (sent.tries + 1)
        if now < due:
            return due
        if sent.tries >= _AGAIN or not sent.writing.again:
            doubt = MessageUncertain(
                at=now,
                attempt=self.attempt,
                message_id=message.id,
                reason="nothing shows that the agent has taken it",
            )
            await self.parts.writer.submit(self._task_id, doubt)
            return None
        sent.tries += 1
        await self._type(sent.writing.again, message_id=f"{message.id}/again{sent.tries}")
        return now + sent.writing.patience_s

    def _proof(self, message: Message, sent: _Sent) -> str:
        if message.id in self.sight.picture.accepted:
            return "the protocol has taken it"
        # Hooks carry their own time, so that what was sent before a crash is known again.
        since = min(sent.at, message.at)
        for sign in reversed(self.sight.signs):
            if sign.kind in sent.writing.confirms and sign.at >= since:
                return f"{sign.kind.replace('_', ' ')} ({sign.source})"
        return ""

    async def _break_off(self, message: Message) -> None:
        writing = self.sight.reader.interrupt()
        self._broken.add(message.id)
        if writing is not None:
            await self._type(writing.strokes, message_id=f"{message.id}/break")

    async def _delivered(self, message: Message, evidence: str) -> None:
        event = MessageDelivered(
            at=self.parts.clock.now(),
            attempt=self.attempt,
            message_id=message.id,
            evidence=evidence,
        )
        await self.parts.writer.submit(self._task_id, event)

    async def hand_over(self, question: Question) -> None:
        """Give the agent an answer that somebody gave; settled once it waits no more."""
        given = question.answer
        if given is None:
            return
        open_refs = {sign.ref for sign in self.sight.picture.open}
        if question.ref not in open_refs:
            event = QuestionSettled(
                at=self.parts.clock.now(),
                attempt=self.attempt,
                question_id=question.id,
                how=f"answered by {given.actor}",
            )
            await self.parts.writer.submit(self._task_id, event)
            return
        if question.id in self._answered:
            return
        writing = self.sight.reader.answer(question.ref, choice=given.choice, text=given.text)
        if writing is not None:
            self._answered.add(question.id)
            await self._type(writing.strokes, message_id=question.id)

    async def dismiss(self, ref: str, *, keys: bytes) -> bool:
        """Answer a dialog that is known to be safe; a few times at most, then a person's turn."""
        tries = self._dialogs.get(ref, 0)
        if tries >= _AGAIN:
            return False
        self._dialogs[ref] = tries + 1
        strokes = (Keystroke(keys, pause_s=1.0),)
        await self._type(strokes, message_id=f"dialog/{ref}/{tries}")
        return True

    async def close(self) -> bool:
        """Ask the program to exit; tell whether it can be asked."""
        writing = self.sight.reader.close()
        if writing is None:
            return False
        await self._type(writing.strokes, message_id="close")
        return True

    @property
    def _task_id(self) -> str:
        return self.session.rpartition(".")[0]

    async def _type(self, strokes: tuple[Keystroke, ...], *, message_id: str) -> None:
        for place, stroke in enumerate(strokes):
            await self._write(stroke, message_id=f"{message_id}/{place}")
            if stroke.pause_s:
                await self.parts.clock.sleep(stroke.pause_s)

    async def _write(self, stroke: Keystroke, *, message_id: str) -> None:
        try:
            await self.parts.sessions.write(self.session, stroke.what, message_id=message_id)
        except Permanent as error:
            # It has ended: its end is told by the host, and what was not taken stays waiting.
            log.info("a session can't be written to", session=self.session, why=error.reason)
