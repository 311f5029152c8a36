"""Prove what people can do to a task, and what each refusal says."""

import pytest

from orch.core.events import (
    AgentClaimedDone,
    GatePassed,
    SessionEnded,
    SessionStarted,
    TaskBlocked,
)
from orch.core.task import BlockedOn
from orch.wire.codes import Code, WireError
from tests.daemon.served import Served


async def claim(served: Served, task: str, head: str) -> None:
    """Bring a task's work to where a person's approval is wanted."""
    await served.begin(task)
    submit = served.engine.writer.submit
    await submit(task, SessionStarted(at=5.0, attempt=1, session=f"{task}.1"))
    await submit(task, SessionEnded(at=6.0, attempt=1, exit_code=0))
    await submit(task, AgentClaimedDone(at=7.0, attempt=1, head=head, commits=1))
    await submit(task, GatePassed(at=8.0, attempt=1, head=head, manual=True))


async def test_a_draft_waits_until_it_is_opened(served: Served) -> None:
    """By name, or as the next one by priority."""
    await served.add("Later", draft=True)
    urgent = await served.add("Sooner", draft=True, priority=5)
    opened = await served.call("task.open", project=served.project.id)
    assert (opened["id"], opened["status"]) == (urgent, "new")
    assert (await served.call("task.open", task="later"))["status"] == "new"
    with pytest.raises(WireError, match="no draft waits"):
        await served.call("task.open")


async def test_opening_what_is_queued_already_changes_nothing(served: Served) -> None:
    """It will start by itself."""
    task = await served.add("x")
    assert (await served.call("task.open", task=task))["status"] == "new"
    assert len(await served.call("task.history", task=task)) == 1


async def test_a_task_at_work_is_stopped_and_goes_on(served: Served) -> None:
    """Its workspace stays."""
    task = await served.add("x")
    await served.begin(task)
    stopped = await served.call("task.stop", task=task, reason="lunch")
    assert (stopped["status"], stopped["reason"]) == ("needs_review", "lunch")
    assert (await served.call("task.open", task=task))["status"] == "new"


async def test_cancel_names_who_and_why(served: Served) -> None:
    """And again is refused, with the way back."""
    task = await served.add("x")
    gone = await served.call("task.cancel", task=task, reason="not wanted")
    assert (gone["status"], gone["reason"]) == ("cancelled", "not wanted")
    history = await served.call("task.history", task=task)
    assert history[-1]["actor"].startswith("person:")
    with pytest.raises(WireError, match="retry") as told:
        await served.call("task.cancel", task=task)
    assert told.value.code is Code.REFUSED


async def test_retry_reopens_with_a_new_budget(served: Served) -> None:
    """On top of the attempts already used, with what the next agent is told."""
    task = await served.add("x")
    await served.begin(task)
    await served.call("task.cancel", task=task)
    await served.call("task.retry", task=task, feedback="Try it the other way.", attempts=2)
    shown = await served.call("task.show", task=task)
    assert shown["status"] == "new"
    assert shown["budget"]["attempts"] == 3
    assert shown["feedback"] == "Try it the other way."


async def test_close_takes_it_as_done_without_a_landing(served: Served) -> None:
    """With the note as its reason."""
    task = await served.add("x")
    closed = await served.call("task.close", task=task, reason="did it by hand")
    assert (closed["status"], closed["reason"]) == ("done", "did it by hand")
    assert closed["landed_commit"] is None


async def test_reviewed_work_goes_to_landing(served: Served) -> None:
    """What was looked at, and nothing newer."""
    task, head = await served.add("x"), "a" * 40
    await claim(served, task, head)
    with pytest.raises(WireError, match="moved on"):
        await served.call("task.mark", task=task, mark="reviewed", head="b" * 40)
    moved = await served.call("task.mark", task=task, mark="reviewed", head=head[:9])
    assert moved["status"] == "landing"


async def test_marks_that_have_no_meaning_now_are_refused(served: Served) -> None:
    """Each in its own words, with nothing changed."""
    task = await served.add("x")
    for mark, said in (
        ("reviewed", "no commit"),
        ("idle", "no session"),
        ("nonsense", "no mark"),
        ("complete", "complete"),
    ):
        with pytest.raises(WireError, match=said):
            await served.call("task.mark", task=task, mark=mark)
    assert (await served.call("task.show", task=task))["status"] == "new"


async def test_an_idle_mark_is_an_observation_with_its_evidence(served: Served) -> None:
    """A person saw it."""
    task = await served.add("x")
    await served.begin(task)
    submit = served.engine.writer.submit
    await submit(task, SessionStarted(at=5.0, attempt=1, session=f"{task}.1"))
    marked = await served.call("task.mark", task=task, mark="idle")
    assert marked["activity"] == "idle"
    shown = await served.call("task.show", task=task)
    assert shown["attempts"][0]["evidence"]["rule"] == "person"


async def test_a_failed_mark_keeps_the_reason(served: Served) -> None:
    """It is what the next person reads."""
    task = await served.add("x")
    failed = await served.call("task.mark", task=task, mark="fail", reason="hopeless")
    assert (failed["status"], failed["reason"]) == ("failed", "hopeless")


async def test_blocked_tasks_are_let_go_one_by_one_or_all(served: Served) -> None:
    """What is not blocked says so."""
    ids = [await served.add(f"x{n}") for n in range(3)]
    for task in ids:
        blocked = TaskBlocked(at=1.0, on=BlockedOn.AGENT, reason="no agent")
        await served.engine.writer.submit(task, blocked)
    assert (await served.call("task.unblock", task=ids[0]))["status"] == "new"
    with pytest.raises(WireError, match="only a blocked task"):
        await served.call("task.unblock", task=ids[0])
    moved = await served.call("task.unblock_all", project=served.project.id)
    assert {task["id"] for task in moved} == set(ids[1:])


async def test_a_note_with_control_characters_is_refused(served: Served) -> None:
    """It would reach other people's terminals."""
    task = await served.add("x")
    with pytest.raises(WireError, match="control character"):
        await served.call("task.cancel", task=task, reason="\x1b]0;pwned\x07")
