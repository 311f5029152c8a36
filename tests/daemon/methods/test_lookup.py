"""Prove that an argument names one task: by id, key, slug, worker, in this order."""

import pytest

from orch.core.landing import ItemState
from orch.wire.codes import Code, WireError
from tests.daemon.served import Served


@pytest.mark.parametrize(
    "name", ["t1", "T1", "LAB-1", "mend-it", "MEND-IT", "bodu", "Bodu", " t1 "]
)
async def test_a_task_has_several_names(served: Served, name: str) -> None:
    """Ids, slugs and workers are case-insensitive."""
    task = await served.add("Mend it", key="LAB-1")
    await served.begin(task, worker="bodu")
    assert (await served.call("task.show", task=name))["id"] == task


async def test_the_id_comes_before_the_key(served: Served) -> None:
    """A key that looks like an id does not hide the task of that id."""
    first = await served.add("First")
    await served.add("Second", key=first)
    assert (await served.call("task.show", task=first))["title"] == "First"


async def test_the_key_comes_before_the_slug(served: Served) -> None:
    """An outside name is meant more often than one that was made up."""
    await served.add("first")
    second = await served.add("second", key="first")
    assert (await served.call("task.show", task="first"))["id"] == second


@pytest.mark.parametrize("name", ["t9", "", "no-such", "LAB-9"])
async def test_a_name_of_nothing_is_refused(served: Served, name: str) -> None:
    """With the command that lists them."""
    with pytest.raises(WireError) as told:
        await served.call("task.show", task=name)
    assert told.value.code in {Code.NOT_FOUND, Code.INVALID}
    assert told.value.next == "orch task list"


async def test_a_landing_is_named_by_its_id_or_its_task(served: Served) -> None:
    """Or by its branch, the newest; and one that is none is refused."""
    item = await served.enqueue("topic")
    assert (await served.call("landing.show", landing="topic"))["id"] == item.id
    again = await served.enqueue("topic")
    assert (await served.call("landing.show", landing="topic"))["id"] == again.id
    with pytest.raises(WireError, match="no task 'other'"):
        await served.call("landing.show", landing="other")
    assert (await served.call("landing.show", landing=item.id.upper()))["id"] == item.id
    task = await served.add("x")
    with pytest.raises(WireError, match="t1 has no landing"):
        await served.call("landing.show", landing=task)
    with pytest.raises(WireError, match="no landing 'l77'"):
        await served.call("landing.show", landing="l77")


async def test_a_branch_means_the_landing_about_which_something_can_be_done(served: Served) -> None:
    """What is open is taken out or sent ahead, what has landed is undone, whatever came later."""
    first = await served.enqueue("topic")
    await served.engine.move(first.id, state=ItemState.LANDED, closed_at=2.0)
    second = await served.enqueue("topic")
    back = await served.enqueue("topic")
    await served.engine.move(
        back.id, state=ItemState.LANDED, reverts="b" * 40, closed_at=2.0, target="next"
    )
    last = await served.enqueue("topic")
    await served.engine.move(last.id, state=ItemState.CANCELLED, closed_at=2.0)
    assert (await served.call("queue.promote", landing="topic"))["id"] == second.id
    assert (await served.call("queue.cancel", landing="topic"))["id"] == second.id
    shown = await served.call("landing.show", landing="topic", landed=True)
    assert shown["id"] == first.id
    assert (await served.call("landing.show", landing="topic"))["id"] == last.id


async def test_a_branch_in_two_lanes_is_not_guessed(served: Served) -> None:
    """Taking the wrong one out would be found out too late."""
    here = await served.enqueue("topic")
    there = await served.enqueue("topic")
    await served.engine.move(there.id, target="next")
    with pytest.raises(WireError, match="several lanes") as told:
        await served.call("queue.cancel", landing="topic")
    assert told.value.code is Code.AMBIGUOUS
    assert [one.split()[:2] for one in told.value.candidates] == [
        [there.id, "next"],
        [here.id, "main"],
    ]
    assert (await served.call("queue.cancel", landing=there.id))["state"] == "cancelled"
    assert (await served.call("queue.cancel", landing="topic"))["id"] == here.id


async def test_without_a_project_the_remedy_is_init(served: Served) -> None:
    """Nothing can be added to nowhere."""
    served.engine.registry.remove_project(served.project.id)
    with pytest.raises(WireError) as told:
        await served.call("task.add", title="x", cwd="/")
    assert "orch init" in told.value.next
