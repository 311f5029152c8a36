"""Prove what tasks look like from outside, and that waiting is for events."""

import asyncio
from pathlib import Path

import pytest

from orch.core.events import TaskCancelled
from orch.ports.workspace import Saved
from orch.wire.codes import WireError
from tests.daemon.served import Served

CONTRACT = {
    "id",
    "key",
    "title",
    "status",
    "branch",
    "base",
    "agent",
    "attempts",
    "landing",
    "saved",
}
LANDING = {"id", "state", "old", "new", "reason"}


async def test_a_task_shows_what_others_rely_on(served: Served) -> None:
    """The names are a contract."""
    task = await served.add("x", key="K-1")
    await served.begin(task)
    served.engine.workspaces.kept.append(
        Saved(ref="refs/orch/saved/t1/1/1", commit="c", task_id=task, attempt=1, what="w", at=1.0)
    )
    shown = await served.call("task.show", task=task)
    assert shown.keys() >= CONTRACT
    assert shown["attempts"][0]["worker"] == "bodu"
    assert "token" not in str(shown)
    assert "fence-" not in str(shown)
    assert shown["saved"][0]["ref"] == "refs/orch/saved/t1/1/1"
    assert shown["landing"] is None


async def test_a_landing_shows_what_others_rely_on(served: Served) -> None:
    """The names are a contract."""
    item = await served.call("queue.enqueue", source="topic", project=served.project.id)
    assert item.keys() >= LANDING


async def test_the_work_of_a_task_can_be_fetched(served: Served) -> None:
    """The command names orch's own repository and the attempt's ref."""
    task = await served.add("x")
    assert (await served.call("task.show", task=task))["export"] == ""
    await served.begin(task)
    command = (await served.call("task.show", task=task))["export"]
    assert command.startswith(f"git fetch '{served.project.hub}' ")


@pytest.mark.parametrize(
    ("which", "expected"),
    [
        ({}, ["t3", "t2", "t1"]),
        ({"open": True}, ["t2", "t1"]),
        ({"statuses": ["cancelled"]}, ["t3"]),
        ({"label": "red"}, ["t2"]),
        ({"limit": 1}, ["t3"]),
        ({"parent": "T1"}, []),
    ],
)
async def test_tasks_are_listed_by_what_they_are(
    served: Served, which: dict[str, object], expected: list[str]
) -> None:
    """Newest first; every condition has to hold."""
    for title, labels in (("a", []), ("b", ["red"]), ("c", [])):
        await served.add(title, labels=labels)
    await served.call("task.cancel", task="t3")
    listed = await served.call("task.list", project=served.project.id, **which)
    assert sorted((task["id"] for task in listed), reverse=True) == expected


async def test_a_status_that_does_not_exist_is_refused(served: Served) -> None:
    """With those that do."""
    with pytest.raises(WireError) as told:
        await served.call("task.list", statuses=["doing"])
    assert "in_progress" in told.value.candidates


async def test_a_tree_shows_what_was_filed_under_a_task(served: Served) -> None:
    """To any depth, the oldest first."""
    top = await served.add("top")
    left = await served.add("left", parent=top)
    await served.add("right", parent=top)
    await served.add("leaf", parent=left)
    tree = await served.call("task.tree", task=top)
    assert [child["task"]["title"] for child in tree["children"]] == ["left", "right"]
    assert tree["children"][0]["children"][0]["task"]["title"] == "leaf"


async def test_a_live_workspace_shows_its_diff(served: Served) -> None:
    """What is in it now, committed or not."""
    task = await served.add("x")
    folder = await served.begin_in_worktree(task)
    (folder / "README.md").write_text("# Changed\n", encoding="utf-8")
    found = await served.call("task.diff", task=task)
    assert "+# Changed" in found["patch"]
    assert not found["cut"]


async def test_a_diff_starts_no_program_of_an_agent(served: Served, tmp_path: Path) -> None:
    """A filter that it configured would run in the daemon, with all that is the daemon's."""
    task = await served.add("x")
    folder = await served.begin_in_worktree(task)
    served.repository.git("config", "filter.x.clean", f"touch '{tmp_path}/ran'; cat")
    (folder / ".gitattributes").write_text("* filter=x\n", encoding="utf-8")
    (folder / "README.md").write_text("# Changed\n", encoding="utf-8")
    assert "+# Changed" in (await served.call("task.diff", task=task))["patch"]
    assert not (tmp_path / "ran").exists()


async def test_a_task_without_work_has_no_diff(served: Served) -> None:
    """It says where it stands instead."""
    task = await served.add("x")
    with pytest.raises(WireError, match="no work yet"):
        await served.call("task.diff", task=task)


async def test_waiting_ends_with_the_last_task(served: Served) -> None:
    """However long it takes, and with no question asked meanwhile."""
    first, second = await served.add("a"), await served.add("b")
    waiting = asyncio.create_task(served.call("task.wait", tasks=[first, second]))
    await served.call("task.cancel", task=first)
    assert not waiting.done()
    await served.call("task.close", task=second)
    found = await waiting
    assert [task["status"] for task in found["ended"]] == ["cancelled", "done"]
    assert (found["open"], found["timed_out"]) == ([], False)


async def test_waiting_for_what_has_ended_is_no_wait(served: Served) -> None:
    """The answer comes at once."""
    task = await served.add("a")
    await served.engine.writer.submit(task, TaskCancelled(at=1.0))
    assert (await served.call("task.wait", tasks=[task]))["ended"][0]["id"] == task


async def test_a_wait_that_runs_out_says_what_is_open(served: Served) -> None:
    """It is no failure: the caller decides."""
    task = await served.add("a")
    found = await served.call("task.wait", tasks=[task], timeout_s=0.01)
    assert found["timed_out"] is True
    assert found["open"][0]["id"] == task


async def test_waiting_for_nothing_is_refused(served: Served) -> None:
    """So that a script with an empty list notices."""
    with pytest.raises(WireError, match="name the tasks"):
        await served.call("task.wait", tasks=[])
