"""Speech: the one path by which anything is said to a session, acknowledged by evidence.

Each stroke has an id that the host writes once, so that the same message can be sent again after
a crash at any moment and still arrives once.
"""

from dataclasses import dataclass, field

import structlog

from orch.core.attempt import Activity
from orch.core.events import MessageDelivered, MessageUncertain, QuestionSettled
from orch.core.signs import SignKind, Source
from orch.core.talk import Message, Question, Urgency
from orch.core.task import Task
from orch.engine.parts import Parts
from orch.engine.sending import Sending, note_sending, recall
from orch.engine.sight import Mark, Sight
from orch.ports.agent import Keystroke, Writing
from orch.ports.errors import Permanent
from orch.ports.session_host import Delivery

log = structlog.get_logger()

_AGAIN = 3
"""So often a lost Enter is pressed again before the delivery is called uncertain."""

_COOL_DOWN_S = 2.0
"""So long a dialog that was answered may take to go away; each time it may take twice as long."""


@dataclass(slots=True)
class _Sent:
    """A message that was written, after which moment (`since` the clock's own), and how often."""

    writing: Writing
    mark: Mark
    since: float
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
    _dialogs: dict[str, tuple[int, float]] = field(default_factory=dict)
    _answered: set[str] = field(default_factory=set)
    _idle: bool = False

    async def reply(self) -> bool:
        """Write what the protocol itself wants; tell whether there was anything new."""
        new = [one for one in self.sight.reader.replies() if one.id not in self._replied]
        for one in new:
            await self._write(Keystroke(one.data), message_id=f"protocol/{one.id}")
            self._replied.add(one.id)
        return bool(new)

    async def deliver(self, task: Task, activity: Activity) -> float | None:
        """Send the oldest message that can be sent; return when to look again (None: at news)."""
        self._idle = activity is Activity.IDLE
        if await self.confirm(task):
            return None  # That is news by itself.
        waiting = [message for message in task.messages if not message.trouble]
        if not waiting:
            return None
        message = waiting[0]
        if message.id not in self._sent:
            return await self._send(message)
        # What is on its way may wait for the end of a tool: that is what is to be broken off.
        unsent = (one for one in waiting if one.id not in self._sent)
        urgent = next((one for one in unsent if one.urgency is Urgency.INTERRUPT), None)
        return await (self._send(urgent) if urgent else self._doubt(message))

    async def confirm(self, task: Task) -> bool:
        """Tell of each message that the agent has by what it has shown, however late; if any."""
        proven = [(message, self._proof(message)) for message in task.messages]
        for message, proof in proven:
            if proof:
                await self._delivered(message, proof)
        return any(proof for _, proof in proven)

    async def _send(self, message: Message) -> float | None:
        if not await self._may_send(message):
            return None
        await self.sight.catch_up()
        if not await self._may_send(message):
            return self.parts.clock.now()  # It has moved meanwhile: look at it anew.
        writing = self.sight.reader.say(message.text, ref=message.id)
        if writing is None:
            return None
        sent = await self._type_message(message, writing)
        if sent is None:
            return None  # It has ended; the next session is told.
        self._sent[message.id] = sent
        await self.sight.catch_up()
        proof = self._proof(message)
        if not proof:
            return await self._doubt(message)
        await self._delivered(message, proof)
        return None

    async def _may_send(self, message: Message) -> bool:
        """Tell whether the session can take a message now; break off its turn if that is wanted."""
        picture = self.sight.picture
        # A turn that was broken off may have told its end to nobody: then the evidence counts.
        over = picture.is_turn_over or (self._idle and message.id in self._broken)
        if message.urgency is not Urgency.NOW and not over and picture.speaks:
            if message.urgency is Urgency.INTERRUPT and message.id not in self._broken:
                await self._break_off(message)
            return False
        # A dialog or a permission would take the text for its answer.
        return not picture.open

    async def _type_message(self, message: Message, writing: Writing) -> _Sent | None:
        """Write a message, or the rest of it if a daemon died in the middle; None if it ended.

        What was to be written is noted first. After a crash the screen shows what was typed
        already, and a reader would begin with emptying the line: but those strokes that the host
        has are not written again, so it has to be the same strokes that are numbered.
        """
        before = recall(self.parts, self._task_id, n=self.attempt)
        known = before if before and before.message_id == message.id else None
        mark, strokes = self.sight.mark(), writing.strokes
        if known is None:
            count = len(strokes)
            note_sending(
                self.parts,
                self._task_id,
                n=self.attempt,
                sending=Sending(message.id, mark.at, count),
            )
        else:
            strokes = strokes[-known.strokes :]
        last = await self._type(strokes, message_id=message.id)
        if last is None:
            return None
        if last.duplicate:
            mark = Mark(at=known.at if known else message.at, offset=last.offset)
        return _Sent(writing, mark, self.parts.clock.monotonic())

    async def _doubt(self, message: Message) -> float | None:
        """Press Enter again where no proof has come in time; then say that it is uncertain."""
        sent = self._sent[message.id]
        tries = sent.tries if sent.writing.again else _AGAIN
        wait_s = sent.since + sent.writing.patience_s * (tries + 1) - self.parts.clock.monotonic()
        if wait_s > 0:
            return self.parts.clock.now() + wait_s
        if tries >= _AGAIN:
            doubt = MessageUncertain(
                at=self.parts.clock.now(),
                attempt=self.attempt,
                message_id=message.id,
                reason="nothing shows that the agent has taken it",
            )
            await self.parts.writer.submit(self._task_id, doubt)
            return None
        sent.tries += 1
        await self._type(sent.writing.again, message_id=f"{message.id}/again{sent.tries}")
        return self.parts.clock.now() + sent.writing.patience_s

    def _proof(self, message: Message) -> str:
        if message.id in self.sight.picture.accepted:
            return "the protocol has taken it"
        sent = self._sent.get(message.id)
        if sent is None:
            return ""
        if not sent.writing.confirms:
            return "the host has written it"
        for sign in self.sight.after(sent.mark):
            # A protocol names the message that it has taken: by another's name it is another one.
            named = sign.source is Source.PROTOCOL and sign.kind is SignKind.ACCEPTED and sign.ref
            if sign.kind in sent.writing.confirms and not named:
                return f"{sign.kind.replace('_', ' ')} ({sign.source})"
        return ""

    async def _break_off(self, message: Message) -> None:
        writing = self.sight.reader.interrupt()
        if writing is not None:
            self._broken.add(message.id)
            await self._type(writing.strokes, message_id=f"{message.id}/break")

    async def _delivered(self, message: Message, evidence: str) -> None:
        event = MessageDelivered(
            at=self.parts.clock.now(),
            attempt=self.attempt,
            message_id=message.id,
            evidence=evidence,
        )
        await self.parts.writer.submit(self._task_id, event)
        self._sent.pop(message.id, None)

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

    async def dismiss(self, ref: str, *, keys: bytes) -> float | None:
        """Answer a dialog that is known to be safe; None if it is a person's turn.

        It is answered a few times at most, each after a longer pause than the one before. Returns
        when to look at it again.
        """
        clock = self.parts.clock
        tries, ready = self._dialogs.get(ref, (0, clock.monotonic()))
        wait_s = ready - clock.monotonic()
        if wait_s > 0:
            return clock.now() + wait_s
        if tries >= _AGAIN:
            return None
        await self._type((Keystroke(keys),), message_id=f"dialog/{ref}/{tries}")
        pause_s = _COOL_DOWN_S * (1 << tries)
        self._dialogs[ref] = (tries + 1, clock.monotonic() + pause_s)
        return clock.now() + pause_s

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

    async def _type(self, strokes: tuple[Keystroke, ...], *, message_id: str) -> Delivery | None:
        """Write strokes in order; return what became of the last one, None if it has ended."""
        last: Delivery | None = None
        for place, stroke in enumerate(strokes):
            last = await self._write(stroke, message_id=f"{message_id}/{place}")
            if last is None:
                return None
            if stroke.pause_s and not last.duplicate:
                await self.parts.clock.sleep(stroke.pause_s)
        return last

    async def _write(self, stroke: Keystroke, *, message_id: str) -> Delivery | None:
        try:
            return await self.parts.sessions.write(self.session, stroke.what, message_id=message_id)
        except Permanent as error:
            # It has ended: its end is told by the host, and what was not taken stays waiting.
            log.info("a session can't be written to", session=self.session, why=error.reason)
            return None
