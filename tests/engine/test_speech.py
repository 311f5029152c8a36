"""A message is written once, proven by what came after it, and doubted where nothing did."""

from collections.abc import AsyncIterator, Sequence

import pytest

from orch.adapters.agents.scripted import ScriptedAgent, ScriptedReader
from orch.adapters.agents.typing import pasted
from orch.core.attempt import Activity
from orch.core.events import MessageQueued, QuestionAnswered
from orch.core.signs import Sign, SignKind, Source
from orch.core.talk import Urgency
from orch.engine.sending import Sending, note_sending, recall
from orch.ports.agent import Keystroke, LaunchOrder, Writing
from tests.engine.stage import Stage, set_stage


async def say(stage: Stage, name: str, *, urgency: Urgency = Urgency.QUEUE) -> None:
    """Queue a message."""
    event = MessageQueued(at=stage.now(), message_id=name, text=f"text of {name}", urgency=urgency)
    await stage.submit(event)


async def deliver(stage: Stage, activity: Activity = Activity.WORKING) -> float | None:
    """Read the session, and deliver what can be."""
    await stage.sight.catch_up()
    return await stage.speech.deliver(stage.task, activity)


def rest(stage: Stage) -> None:
    """Let the agent end its first turn."""
    for kind in ("listens", SignKind.TURN_BEGAN, SignKind.TURN_ENDED):
        stage.show(kind)


def doubts(stage: Stage) -> list[str]:
    """Name the messages that are doubted."""
    return [message.id for message in stage.task.messages if message.trouble]


async def test_a_message_waits_for_the_end_of_the_turn(stage: Stage) -> None:
    """It is written once the turn is over, and delivered once the agent says so."""
    stage.show("listens")
    stage.show(SignKind.TURN_BEGAN)
    await say(stage, "m1")
    await deliver(stage)
    assert stage.typed == []
    stage.show(SignKind.TURN_ENDED)
    await deliver(stage)
    assert stage.typed == [{"say": "text of m1", "ref": "m1"}]
    assert stage.task.messages
    stage.show(SignKind.ACCEPTED, ref="m1")
    await deliver(stage)
    assert not stage.task.messages


async def test_one_for_now_does_not_wait(stage: Stage) -> None:
    """It goes into the turn."""
    stage.show("listens")
    stage.show(SignKind.TURN_BEGAN)
    await say(stage, "m1", urgency=Urgency.NOW)
    await deliver(stage)
    assert [one["ref"] for one in stage.typed] == ["m1"]


async def test_one_that_interrupts_breaks_the_turn_off_once(stage: Stage) -> None:
    """Then it waits for the turn's end."""
    stage.show("listens")
    stage.show(SignKind.TURN_BEGAN)
    await say(stage, "m1", urgency=Urgency.INTERRUPT)
    await deliver(stage)
    await deliver(stage)
    assert stage.typed == [{"interrupt": True}]
    stage.show(SignKind.TURN_ENDED)
    await deliver(stage)
    assert [one.get("ref") for one in stage.typed] == [None, "m1"]


async def test_one_that_interrupts_does_not_wait_for_one_on_its_way(stage: Stage) -> None:
    """What is not taken before a tool ends is passed by the order to break that off."""
    stage.show("listens")
    stage.show(SignKind.TURN_BEGAN)
    await say(stage, "m1", urgency=Urgency.NOW)
    await deliver(stage)
    await say(stage, "m2", urgency=Urgency.INTERRUPT)
    await deliver(stage)
    assert [one.get("ref", one.get("interrupt")) for one in stage.typed] == ["m1", True]


async def test_nothing_is_said_into_a_question(stage: Stage) -> None:
    """It would be taken for the answer."""
    rest(stage)
    stage.show(SignKind.WANTS_PERMISSION, ref="r1", text="May I?")
    await say(stage, "m1", urgency=Urgency.NOW)
    await deliver(stage)
    assert stage.typed == []


async def test_another_messages_proof_proves_nothing(stage: Stage) -> None:
    """A late word about the first is none about the second."""
    rest(stage)
    await say(stage, "m1")
    await deliver(stage)
    stage.world.clock.advance(60.0)
    await deliver(stage)
    assert doubts(stage) == ["m1"]
    await say(stage, "m2")
    await deliver(stage)
    stage.show(SignKind.ACCEPTED, ref="m1")
    await deliver(stage)
    assert [message.id for message in stage.task.messages] == ["m2"]


async def test_a_late_proof_ends_the_doubt(stage: Stage) -> None:
    """A slow machine is no loss."""
    rest(stage)
    await say(stage, "m1")
    await deliver(stage)
    stage.world.clock.advance(60.0)
    await deliver(stage)
    assert doubts(stage) == ["m1"]
    stage.show(SignKind.ACCEPTED, ref="m1")
    await deliver(stage)
    assert not stage.task.messages
    assert len(stage.typed) == 1


@pytest.mark.parametrize("turn_s", [3600.0, -3600.0])
async def test_patience_is_measured_by_time_that_passes(stage: Stage, turn_s: float) -> None:
    """A clock that is set makes no doubt, and hides none."""
    rest(stage)
    await say(stage, "m1")
    await deliver(stage)
    stage.world.clock.turn(turn_s)
    await deliver(stage)
    assert doubts(stage) == []
    stage.world.clock.advance(60.0)
    await deliver(stage)
    assert doubts(stage) == ["m1"]


async def test_a_restart_writes_nothing_twice(stage: Stage) -> None:
    """The daemon that comes after a crash finds what the host was given."""
    rest(stage)
    await say(stage, "m1")
    await deliver(stage)
    stage.restart()
    await deliver(stage)
    assert len(stage.typed) == 1
    stage.show(SignKind.ACCEPTED, ref="m1")
    stage.restart()
    await deliver(stage)
    assert not stage.task.messages


async def test_a_session_that_ended_has_taken_nothing(stage: Stage) -> None:
    """What could not be written is not called delivered."""
    rest(stage)
    await say(stage, "m1")
    await stage.sight.catch_up()
    stage.session.exit(0)
    await stage.speech.deliver(stage.task, Activity.WORKING)
    assert [message.id for message in stage.task.messages] == ["m1"]
    assert "MessageDelivered" not in stage.story


class TypedReader(ScriptedReader):
    """Reads as the scripted agent's reader does, and types as into a program's own screen."""

    def __init__(self) -> None:
        """Begin with an empty line."""
        super().__init__()
        self.emptied: tuple[Keystroke, ...] = ()

    def say(self, text: str, *, ref: str) -> Writing | None:
        """Paste it, behind what empties the line."""
        del ref
        writing = pasted(text, confirms=(SignKind.ACCEPTED,))
        return Writing(
            strokes=(*self.emptied, *writing.strokes),
            confirms=writing.confirms,
            again=writing.again,
        )


class TypedAgent(ScriptedAgent):
    """A scripted agent that is typed to."""

    def reader(self, order: LaunchOrder) -> TypedReader:
        """Make its reader."""
        del order
        return TypedReader()


@pytest.fixture
async def typed() -> AsyncIterator[Stage]:
    """Set a session on stage that is typed to."""
    made = await set_stage(TypedAgent())
    yield made
    made.writing.cancel()
    await made.world.sessions.close()


def strokes(stage: Stage) -> Sequence[bytes]:
    """List what was typed."""
    return [one.data for one in stage.session.stretches if one.direction == "in"]


PASTE, ENTER = b"\x1b[200~text of m1\x1b[201~", b"\r"


async def test_a_lost_enter_is_pressed_again_and_the_text_never(typed: Stage) -> None:
    """Three times, then it is doubted."""
    rest(typed)
    await say(typed, "m1")
    for _ in range(6):
        await deliver(typed)
        typed.world.clock.advance(5.0)
    assert strokes(typed) == [PASTE, ENTER, ENTER, ENTER, ENTER]
    assert doubts(typed) == ["m1"]


async def test_a_crash_between_the_text_and_its_enter_loses_nothing(typed: Stage) -> None:
    """The line holds the text by then: it is neither emptied nor pasted again, only submitted."""
    rest(typed)
    await say(typed, "m1")
    note_sending(typed.parts, "t1", n=1, sending=Sending("m1", typed.now(), 2))
    await typed.parts.sessions.write("t1.1", PASTE, message_id="m1/0")
    typed.restart()
    assert isinstance(typed.sight.reader, TypedReader)
    typed.sight.reader.emptied = (Keystroke(b"\x15"),)
    await deliver(typed)
    assert strokes(typed) == [PASTE, ENTER]


async def test_an_older_proof_is_none_for_the_next(typed: Stage) -> None:
    """Two messages of the same second: what proved the first does not prove the second."""
    rest(typed)
    await say(typed, "m1")
    await say(typed, "m2")
    await deliver(typed)
    typed.sight.note(Sign(kind=SignKind.ACCEPTED, source=Source.HOOK, at=typed.now()))
    await deliver(typed)
    assert [message.id for message in typed.task.messages] == ["m2"]
    await deliver(typed)
    assert [message.id for message in typed.task.messages] == ["m2"]


async def test_what_was_shown_before_is_no_proof_after_a_restart(typed: Stage) -> None:
    """Bytes are read anew and look new; their place in the transcript tells that they are old."""
    rest(typed)
    typed.show(SignKind.ACCEPTED)
    await say(typed, "m1")
    await deliver(typed)
    typed.restart()
    await deliver(typed)
    assert [message.id for message in typed.task.messages] == ["m1"]


async def test_a_hook_from_before_the_restart_is_known_again(typed: Stage) -> None:
    """It tells its own time, which is behind the sending."""
    rest(typed)
    await say(typed, "m1")
    await deliver(typed)
    typed.restart()
    typed.sight.note(Sign(kind=SignKind.ACCEPTED, source=Source.HOOK, at=typed.now()))
    await deliver(typed)
    assert not typed.task.messages
    assert recall(typed.parts, "t1", n=1) == Sending("m1", 1_000_000.3 - 0.3, 2)


async def test_an_answer_is_given_once(stage: Stage) -> None:
    """Also over a restart; it is settled once the agent waits no more."""
    rest(stage)
    stage.show(SignKind.WANTS_PERMISSION, ref="r1", text="May I?")
    await stage.look()
    question = stage.task.questions[0]
    await stage.submit(
        QuestionAnswered(at=stage.now(), question_id=question.id, choice="allow", text="yes")
    )
    await stage.look()
    stage.restart()
    await stage.look()
    assert stage.typed == [{"answer": "r1", "choice": "allow", "text": "yes"}]
    stage.show(SignKind.SETTLED, ref="r1")
    await stage.look()
    assert not stage.task.questions
