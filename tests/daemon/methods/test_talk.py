"""What people say to agents, and answer them: each once, and only where it can arrive."""

import pytest

from orch.core.events import QuestionAsked, SessionStarted
from orch.core.signs import Choice
from orch.core.talk import QuestionKind
from orch.ports.store import TaskQuery
from orch.wire.codes import Code, WireError
from tests.daemon.served import Served

PERMISSION = (Choice("allow", "Yes", grants=True), Choice("deny", "No", grants=False))


async def at_work(served: Served) -> str:
    """Bring a task to a session that runs."""
    task_id = await served.add()
    await served.begin(task_id)
    started = SessionStarted(at=5.0, attempt=1, session=f"{task_id}.1")
    await served.engine.writer.submit(task_id, started)
    return task_id


async def ask(served: Served, task_id: str, name: str, *, choices: tuple[Choice, ...] = ()) -> None:
    """Let the agent of a task ask something."""
    event = QuestionAsked(
        at=6.0,
        attempt=1,
        question_id=name,
        kind=QuestionKind.PERMISSION if choices else QuestionKind.QUESTION,
        text="May I?",
        ref=f"ref-{name}",
        choices=choices,
    )
    await served.engine.writer.submit(task_id, event)


async def test_a_message_is_taken_once(served: Served) -> None:
    """The same id again is the same message."""
    task_id = await at_work(served)
    said = await served.call("task.steer", task=task_id, text="be quick", message_id="x1")
    again = await served.call("task.steer", task=task_id, text="be quick", message_id="x1")
    assert said["id"] == again["id"] == "x1"
    [task] = served.engine.store.tasks(_of(task_id))
    assert [message.text for message in task.messages] == ["be quick"]


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"text": " "}, "say what the agent is to be told"),
        ({"text": "x", "urgency": "soon"}, "'soon' is none of"),
        ({"text": "a\x1b[2J"}, "control"),
    ],
)
async def test_a_message_that_cannot_be_told_is_refused(
    served: Served, params: dict[str, object], words: str
) -> None:
    """It says why, and nothing is kept."""
    task_id = await at_work(served)
    with pytest.raises(WireError, match=words):
        await served.call("task.steer", task=task_id, **params)
    [task] = served.engine.store.tasks(_of(task_id))
    assert task.messages == ()


@pytest.mark.parametrize(("said", "chosen"), [("yes", "allow"), ("2", "deny"), ("Yes", "allow")])
async def test_a_permission_is_answered_once(served: Served, said: str, chosen: str) -> None:
    """By yes and no, by number or by label; whoever comes second is told."""
    task_id = await at_work(served)
    await ask(served, task_id, "q1", choices=PERMISSION)
    answered = await served.call("inbox.answer", question="q1", choice=said)
    assert answered["answered"]
    [task] = served.engine.store.tasks(_of(task_id))
    assert task.questions[0].answer
    assert task.questions[0].answer.choice == chosen
    with pytest.raises(WireError, match="was answered by") as second:
        await served.call("inbox.answer", question="q1", choice="no")
    assert second.value.code is Code.REFUSED


async def test_a_task_names_its_only_question(served: Served) -> None:
    """Of two questions one has to be named."""
    task_id = await at_work(served)
    with pytest.raises(WireError, match="asks nothing"):
        await served.call("inbox.answer", question=task_id, text="42")
    await ask(served, task_id, "q1")
    await ask(served, task_id, "q2")
    with pytest.raises(WireError, match="2 open questions"):
        await served.call("inbox.answer", question=task_id, text="42")
    await served.call("inbox.answer", question="q1", text="42")
    listed = await served.call("questions.list")
    assert [one["id"] for one in listed] == ["q2"]


async def test_the_inbox_shows_questions_with_what_to_run(served: Served) -> None:
    """A permission comes first."""
    task_id = await at_work(served)
    await ask(served, task_id, "q1")
    await ask(served, task_id, "q2", choices=PERMISSION)
    inbox = await served.call("inbox.list")
    assert [entry["why"] for entry in inbox] == ["permission", "question"]
    assert inbox[0]["next"][-1] == "orch answer q2 ANSWER"


async def test_a_choice_that_is_none_is_refused(served: Served) -> None:
    """It lists the choices there are."""
    task_id = await at_work(served)
    await ask(served, task_id, "q1", choices=PERMISSION)
    with pytest.raises(WireError, match="none of the choices") as refused:
        await served.call("inbox.answer", question="q1", choice="perhaps")
    assert "allow | deny" in refused.value.next


def _of(task_id: str) -> TaskQuery:
    return TaskQuery(ids=(task_id,))


async def test_a_person_names_the_conversation_to_go_on_with(served: Served) -> None:
    """Also after the session has ended; what is no name is refused."""
    task_id = await at_work(served)
    await served.call("task.stop", task=task_id)
    with pytest.raises(WireError, match="no name of a conversation"):
        await served.call("session.set", task=task_id, conversation="--resume x")
    await served.call("session.set", task=task_id, conversation="0199-ab")
    [task] = served.engine.store.tasks(_of(task_id))
    assert task.attempt
    assert task.attempt.conversation == "0199-ab"
