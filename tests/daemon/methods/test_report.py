"""What an agent says of itself is taken only from its own session."""

import pytest

from orch.core.talk import QuestionKind
from orch.ports.store import TaskQuery
from orch.wire.codes import Code, WireError
from tests.daemon.methods.test_talk import at_work
from tests.daemon.served import Served


def token(served: Served, task_id: str) -> str:
    """Return the token that the session of a task got."""
    return served.context.tokens.of(f"{task_id}.1", "fence-1")


async def test_an_agent_reports_by_its_token(served: Served) -> None:
    """Done is noted on the attempt; a question goes into the inbox."""
    task_id = await at_work(served)
    who = {"session": f"{task_id}.1", "token": token(served, task_id)}
    await served.call("session.report", word="ask", text="Which?", choices=["a", "b"], **who)
    await served.call("session.report", word="done", text="all of it", **who)
    [task] = served.engine.store.tasks(TaskQuery(ids=(task_id,)))
    assert task.attempt
    assert (task.attempt.reported, task.attempt.said) == ("done", "all of it")
    assert [(one.kind, one.text) for one in task.questions] == [(QuestionKind.QUESTION, "Which?")]


@pytest.mark.parametrize("forged", ["", "x" * 40, "ä"])
async def test_a_forged_token_is_refused(served: Served, forged: str) -> None:
    """Nothing is noted."""
    task_id = await at_work(served)
    with pytest.raises(WireError) as refused:
        await served.call("session.report", word="done", session=f"{task_id}.1", token=forged)
    assert refused.value.code is Code.FORBIDDEN
    [task] = served.engine.store.tasks(TaskQuery(ids=(task_id,)))
    assert task.attempt
    assert task.attempt.reported == ""


@pytest.mark.parametrize("session", ["", "t99.1", "t1.9", "x", "t1."])
async def test_a_session_that_is_not_at_work_is_refused(served: Served, session: str) -> None:
    """Also with a token that once was right."""
    task_id = await at_work(served)
    with pytest.raises(WireError, match="at work"):
        await served.call(
            "session.report", word="done", session=session, token=token(served, task_id)
        )


async def test_a_word_that_is_none_is_refused(served: Served) -> None:
    """As is a question without one."""
    task_id = await at_work(served)
    who = {"session": f"{task_id}.1", "token": token(served, task_id)}
    with pytest.raises(WireError, match="none of done"):
        await served.call("session.report", word="finished", **who)
    with pytest.raises(WireError, match="say what you need"):
        await served.call("session.report", word="ask", **who)
