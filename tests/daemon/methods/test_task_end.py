"""The end of a task and of those below it: deepest first, all or none, and only one's own."""

import pytest

from orch.core.events import TaskSubmitted
from orch.ports.store import EventQuery, TaskQuery
from orch.wire.codes import Code, WireError
from tests.daemon.served import Served


async def family(served: Served) -> tuple[str, str, str]:
    """Add a task, a child of it and a child of that."""
    top = await served.add("Top")
    middle = await served.add("Middle", parent=top)
    return top, middle, await served.add("Bottom", parent=middle)


def ended(served: Served) -> list[str | None]:
    """List the tasks that were cancelled or closed, in the order in which they were."""
    query = EventQuery(kinds=("TaskCancelled", "TaskClosed"))
    return [event.task_id for event in served.engine.store.events(query)]


async def test_a_parents_end_comes_last(served: Served) -> None:
    """What is below it is given up before it, so that nothing is left without a lead."""
    top, middle, bottom = await family(served)
    await served.call("task.cancel", task=top)
    assert ended(served) == [bottom, middle, top]


async def test_orphans_go_on(served: Served) -> None:
    """Where a person says so."""
    top, middle, bottom = await family(served)
    await served.call("task.cancel", task=middle, orphan=True)
    assert ended(served) == [middle]
    assert (await served.call("task.show", task=bottom))["status"] == "new"
    del top


async def test_closing_wants_a_word_on_what_is_below(served: Served) -> None:
    """It lists what is open and changes nothing."""
    top, middle, bottom = await family(served)
    with pytest.raises(WireError, match="nothing was changed") as refused:
        await served.call("task.close", task=top)
    assert {line.split()[0] for line in refused.value.candidates} == {middle, bottom}
    assert ended(served) == []
    await served.call("task.close", task=top, cascade=True)
    assert ended(served) == [bottom, middle, top]
    with pytest.raises(WireError, match="contradict"):
        await served.call("task.close", task=top, cascade=True, orphan=True)


async def test_giving_up_ones_own_leaves_what_others_added(served: Served) -> None:
    """A person's own are those that they added; a dry run only tells."""
    own = await served.add("Mine")
    other = await served.engine.writer.create(
        TaskSubmitted(
            at=1.0, actor="person:ada", task_id="", project_id=served.project.id, title="Hers"
        )
    )
    listed = await served.call("task.cancel_all", mine=True, dry_run=True)
    assert [one["id"] for one in listed] == [own]
    assert ended(served) == []
    await served.call("task.cancel_all", mine=True)
    assert ended(served) == [own]
    await served.call("task.cancel_all")
    assert ended(served) == [own, other.id]


async def test_a_lead_that_is_no_address_is_refused(served: Served) -> None:
    """Before anything is added."""
    with pytest.raises(WireError, match="none of inbox") as refused:
        await served.add("Mend it", lead="nobody")
    assert refused.value.code is Code.INVALID
    assert served.engine.store.tasks(TaskQuery()) == []


async def test_one_of_several_ends_is_enough_for_any(served: Served) -> None:
    """The rest is told as open; yours are found by themselves."""
    first, second = await served.add("First"), await served.add("Second")
    await served.call("task.close", task=first)
    found = await served.call("task.wait", tasks=[first, second], any=True)
    assert [[one["id"] for one in found[name]] for name in ("ended", "open")] == [[first], [second]]
    assert not found["timed_out"]
    late = await served.call("task.wait", mine=True, timeout_s=0.01)
    assert [one["id"] for one in late["open"]] == [second]
    assert late["timed_out"]
    with pytest.raises(WireError, match="names the tasks itself"):
        await served.call("task.wait", mine=True, tasks=[first])
