"""Prove what the reading verbs print, for people and for programs."""

import asyncio

import pytest

from tests.cli.conftest import Terminal
from tests.daemon.served import Served


async def test_a_task_is_shown_in_full(served: Served, orch: Terminal) -> None:
    """And as JSON with the names that others rely on."""
    task = await served.add("Mend the pump", prompt="It leaks.", labels=["wet"])
    await served.begin(task)
    shown = await orch.run("task", "show", task)
    for part in ("t1  Mend the pump", "in progress", "wet", "bodu", "It leaks.", "git fetch"):
        assert part in shown.out
    found = (await orch.run("task", "show", task, "--json")).json
    assert found["branch"] == "orch/t1-mend-the-pump"
    assert found["saved"] == []


async def test_tasks_are_listed_in_columns(served: Served, orch: Terminal) -> None:
    """By status with hyphens or underscores, several with commas."""
    first = await served.add("First")
    await served.begin(first)
    await served.add("Second")
    listed = await orch.run("task", "list")
    assert listed.out.splitlines()[0].split() == [
        "ID", "STATUS", "WORKER", "AGENT", "FOR", "TITLE", "STORY",
    ]  # fmt: skip
    some = await orch.run("task", "list", "--status", "in-progress,done", "--json")
    assert [task["id"] for task in some.json] == [first]
    none = await orch.run("task", "list", "--status", "failed")
    assert "no such task" in none.out


@pytest.mark.parametrize(("move", "code"), [("task.close", 0), ("task.cancel", 1)])
async def test_waiting_tells_how_it_ended_by_its_exit_code(
    served: Served, orch: Terminal, move: str, code: int
) -> None:
    """0 if all are done, 1 if any ended otherwise."""
    task = await served.add("x")
    waiting = asyncio.create_task(orch.run("wait", task))
    await served.call(move, task=task)
    found = await waiting
    assert found.code == code
    assert found.out.startswith(task)


async def test_waiting_gives_up_in_time(served: Served, orch: Terminal) -> None:
    """With 124, as `timeout` does."""
    task = await served.add("x")
    found = await orch.run("wait", task, "--timeout", "0.01", "--json")
    assert found.code == 124
    assert found.json["open"][0]["id"] == task


async def test_why_gives_the_evidence_and_what_to_do(served: Served, orch: Terminal) -> None:
    """For each status another command."""
    task = await served.add("x")
    await served.begin(task)
    found = await orch.run("why", task)
    assert "t1 is in progress" in found.out
    assert "attempt 1 (bodu, fixer)" in found.out
    assert "next: orch attach t1" in found.out
    assert (await orch.run("why", task, "--json")).json["next"][0] == "orch attach t1"


async def test_history_and_tree_are_told(served: Served, orch: Terminal) -> None:
    """With actors and branches."""
    top = await served.add("Top")
    await served.add("Left", parent=top)
    await served.add("Right", parent=top)
    history = await orch.run("task", "history", top)
    assert "TaskSubmitted" in history.out
    assert "person:" in history.out
    tree = await orch.run("task", "tree", top)
    assert tree.out.splitlines()[1].startswith("├─ t2")
    assert tree.out.splitlines()[2].startswith("└─ t3")


async def test_a_diff_is_shown_or_counted(served: Served, orch: Terminal) -> None:
    """Of the live workspace here."""
    task = await served.add("x")
    await served.begin(task)
    folder = served.home.workspaces(served.project.id) / task
    folder.rmdir()
    served.repository.git("worktree", "add", "-q", "--detach", str(folder))
    (folder / "README.md").write_text("# Other\nmore\n", encoding="utf-8")
    assert "+# Other" in (await orch.run("task", "diff", task)).out
    assert (await orch.run("task", "diff", task, "--stat")).out == "README.md  +2 -1\n"
