"""What follows from what a session shows: questions, reports, nudges and their bounds."""

import pytest

from orch.core.attempt import Activity
from orch.core.events import AgentReported, QuestionAnswered
from orch.core.signs import Sign, SignKind, Source
from orch.core.task import BlockedOn, Status
from orch.core.usage import Usage
from tests.engine.stage import Stage

HOUR_S = 3600.0


def rest(stage: Stage) -> None:
    """Let the agent end its first turn."""
    for kind in ("listens", SignKind.TURN_BEGAN, SignKind.TURN_ENDED):
        stage.show(kind)


def nudges(stage: Stage) -> int:
    """Count how often it was nudged."""
    return stage.story.count("MessageQueued")


async def take_all(stage: Stage) -> None:
    """Let the agent take every message without doing anything."""
    for message in stage.task.messages:
        stage.show(SignKind.ACCEPTED, ref=message.id)
        stage.show(SignKind.TURN_ENDED)
    await stage.look()


async def test_usage_and_conversation_are_told_once(stage: Stage) -> None:
    """The same again is no news."""
    stage.show(SignKind.CONVERSATION, ref="c-1")
    stage.show(SignKind.SPENT, usage={"input_tokens": 5})
    await stage.look()
    await stage.look()
    attempt = stage.task.attempt
    assert attempt
    assert (attempt.conversation, attempt.usage) == ("c-1", Usage(input_tokens=5))
    assert stage.story == ["ConversationKnown", "UsageReported"]


async def test_a_question_is_asked_once_and_settled(stage: Stage) -> None:
    """Over a restart too; one that the agent gives up is settled without an answer."""
    stage.show("listens")
    stage.show(SignKind.ASKED, ref="r1", text="Which?", choices=[{"id": "a", "label": "A"}])
    assert await stage.look() is Activity.ASKING
    stage.restart()
    await stage.look()
    assert [(one.ref, one.text) for one in stage.task.questions] == [("r1", "Which?")]
    stage.show(SignKind.SETTLED, ref="r1")
    await stage.look()
    assert stage.task.questions == ()
    assert stage.story == ["QuestionAsked", "QuestionSettled"]


async def test_a_known_dialog_is_answered_a_few_times_and_then_a_person_is_asked(
    stage: Stage,
) -> None:
    """Each time it has longer to go away; nothing is typed meanwhile."""
    stage.sight.note(
        Sign(
            kind=SignKind.DIALOG,
            source=Source.SCREEN,
            at=stage.now(),
            text="Do you trust this folder?",
            ref="trust",
            keys=b"\r",
        )
    )
    typed = []
    for pause_s in (2.0, 4.0, 8.0):
        again_at = await stage.attendance.attend(stage.task, Activity.ASKING)
        assert again_at == stage.now() + pause_s
        stage.world.clock.advance(pause_s / 2)
        await stage.attendance.attend(stage.task, Activity.ASKING)
        typed.append(sum(one.direction == "in" for one in stage.session.stretches))
        stage.world.clock.advance(pause_s / 2)
    assert typed == [1, 2, 3]
    await stage.attendance.attend(stage.task, Activity.ASKING)
    assert [one.text for one in stage.task.questions] == ["Do you trust this folder?"]


async def test_waiting_for_an_answer_is_no_standstill(stage: Stage) -> None:
    """However long it takes, nobody is nudged and nothing is given up."""
    rest(stage)
    stage.show(SignKind.WANTS_PERMISSION, ref="r1", text="May I?")
    for _ in range(5):
        await stage.look()
        stage.world.clock.advance(HOUR_S)
    assert stage.story == ["QuestionAsked"]
    question = stage.task.questions[0]
    await stage.submit(QuestionAnswered(at=stage.now(), question_id=question.id, choice="allow"))
    await stage.look()
    assert [one["choice"] for one in stage.typed] == ["allow"]


async def test_idleness_is_nudged_a_few_times_and_then_given_up(stage: Stage) -> None:
    """Spaced by the idle time; at the end another attempt."""
    rest(stage)
    for _ in range(60):
        if stage.task.status is not Status.IN_PROGRESS:
            break
        await stage.look()
        await take_all(stage)
        stage.world.clock.advance(10.0)
    assert nudges(stage) == stage.profile.max_nudge_retries
    assert stage.story[-1] == "SessionAbandoned"
    assert stage.task.status is Status.ROUTED


@pytest.mark.parametrize("turn_s", [HOUR_S, -HOUR_S])
async def test_a_clock_that_is_set_hurries_and_delays_no_rung(stage: Stage, turn_s: float) -> None:
    """After the first nudge the clock jumps; the second comes when its own time has passed."""
    rest(stage)
    await stage.look()
    stage.world.clock.advance(61.0)
    await stage.look()
    await take_all(stage)
    assert nudges(stage) == 1
    stage.world.clock.turn(turn_s)
    await stage.look()
    stage.world.clock.advance(50.0)
    await stage.look()
    assert nudges(stage) == 1
    stage.world.clock.advance(12.0)
    await stage.look()
    assert nudges(stage) == 2


async def test_one_that_reported_done_is_closed(stage: Stage) -> None:
    """It is asked to exit; if it does not go, it is ended after a while."""
    rest(stage)
    await stage.submit(AgentReported(at=stage.now(), attempt=1, word="done"))
    await stage.look()
    assert stage.typed == [{"close": True}]
    stage.world.clock.turn(-HOUR_S)
    stage.world.clock.advance(10.0)
    await stage.look()
    assert stage.session.state.liveness == "alive"
    stage.world.clock.advance(11.0)
    await stage.look()
    assert stage.session.state.liveness == "gone"


@pytest.mark.parametrize("in_s", [30.0, 2 * HOUR_S])
async def test_a_limit_is_waited_out_or_parked(stage: Stage, in_s: float) -> None:
    """One that ends soon is waited out in the session; a long one parks the task."""
    rest(stage)
    stage.world.clock.advance(1.0)
    stage.show(SignKind.LIMITED, text="no more", until=stage.now() + in_s, trouble="usage_limit")
    assert await stage.look() is Activity.LIMITED
    parked = stage.task.status is Status.BLOCKED
    assert parked == (in_s > HOUR_S)
    if parked:
        assert stage.task.blocked_on is BlockedOn.LIMIT
        assert stage.task.resume_at is None, "nobody has agreed to go on by itself"
