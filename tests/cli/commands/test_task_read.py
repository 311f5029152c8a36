"""Prove what the reading verbs print, for people and for programs."""

import asyncio

import pytest

from orch.core.landing import Bounce, ItemState, Proof
from orch.engine.gating import GateNow
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


async def test_why_tells_of_a_landing_too(served: Served, orch: Terminal) -> None:
    """By its id or its branch, with what can be done about it; of a task's, the task is told."""
    waits = await served.enqueue("topic")
    found = (await orch.run("why", "topic")).out
    assert found.startswith(f"{waits.id} is submitted for ")
    assert found.endswith("next: orch queue\n")
    reason = "red on top of main: `make test` exited 1"
    await served.engine.move(
        waits.id, state=ItemState.BOUNCED, bounce=Bounce.RED, reason=reason, closed_at=2.0
    )
    told = (await orch.run("why", waits.id, "--json")).json
    assert (told["status"], told["story"]) == ("bounced", reason)
    assert told["next"] == [
        f"orch logs {waits.id} --gate",
        "orch enqueue 'topic' --into main",
    ]
    done = {"old": "a" * 40, "new": "b" * 40, "proof": Proof.UNGATED, "closed_at": 2.0}
    await served.engine.move(waits.id, state=ItemState.LANDED, reason="", **done)
    landed = (await orch.run("why", waits.id)).out
    assert "its commit is ungated" in landed
    assert f"next: orch undo {waits.id}\n" in landed
    task = await served.add("x")
    await served.engine.move(waits.id, task_id=task)
    assert (await orch.run("why", waits.id)).out.startswith(f"{task} is new for ")
    assert "no task 'other'" in (await orch.run("why", "other")).err


async def test_why_says_with_which_others_a_landing_is_gated(
    served: Served, orch: Terminal
) -> None:
    """Also of a task's, although the row of the first of a batch says nothing of a gate."""
    first, last = [await served.enqueue(name) for name in ("one", "two")]
    await served.engine.move(first.id, candidate="c1", expected_old="tip", place=1)
    await served.engine.move(last.id, candidate="c2", expected_old="c1", place=2)
    served.engine.gates[last.id] = GateNow("running", 12.5)
    found = (await orch.run("why", first.id)).out
    assert found.startswith(f"{first.id} is gating for ")
    assert "\n  gated together with l2, by one run\n" in found
    await served.engine.move(first.id, task_id=await served.add("x"))
    found = (await orch.run("why", first.id)).out
    assert "l1 gating: gated together with l2, by one run" in found


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
    folder = await served.begin_in_worktree(task)
    (folder / "README.md").write_text("# Other\nmore\n", encoding="utf-8")
    assert "+# Other" in (await orch.run("task", "diff", task)).out
    assert (await orch.run("task", "diff", task, "--stat")).out == "README.md  +2 -1\n"
