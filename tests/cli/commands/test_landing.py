"""Prove the verbs of the merge queue: what they print, and how they end."""

import asyncio

from orch.core.judgement import Limit, Ruling
from orch.core.landing import ItemState, Proof
from orch.core.settings import JudgePolicy
from orch.engine.piece import Piece
from orch.ports.store import Fact
from tests.cli.conftest import Terminal
from tests.daemon.judged import HEAD, pass_gate, say
from tests.daemon.served import Served


async def close(served: Served, landing: str, state: ItemState, **more: object) -> None:
    """Bring an item to its end, and tell."""
    await served.engine.move(landing, state=state, **more)
    note = Fact(project_id=served.project.id, landing_id=landing, kind="News", at=1.0, data={})
    await served.engine.writer.transact(lambda _: Piece(facts=(note,)))


async def queued(served: Served, count: int) -> None:
    """Wait until so many items are in the queue."""
    seen = await served.engine.writer.changed(-1)
    while len(await served.call("queue.list")) < count:
        await served.add("news")
        seen = await served.engine.writer.changed(seen)


async def test_a_branch_is_queued(orch: Terminal) -> None:
    """`land` is another word for it."""
    assert (await orch.run("enqueue", "topic")).out == "l1 submitted\n"
    assert (await orch.run("land", "other", "--json")).json["id"] == "l2"
    listed = await orch.run("queue")
    assert "Land topic" in listed.out
    items = (await orch.run("queue", "--json")).json
    assert [(item["id"], item["ahead"]) for item in items] == [("l1", 0), ("l2", 1)]


async def test_waiting_prints_the_old_and_the_new_commit(served: Served, orch: Terminal) -> None:
    """In full."""
    waiting = asyncio.create_task(orch.run("enqueue", "topic", "--wait"))
    await queued(served, 1)
    await close(served, "l1", ItemState.LANDED, old="a" * 40, new="b" * 40)
    found = await waiting
    assert (found.code, found.out) == (0, f"l1 landed: main {'a' * 40} -> {'b' * 40}\n")


async def test_a_change_that_is_sent_back_is_a_failure(served: Served, orch: Terminal) -> None:
    """Exit 1, with the reason."""
    waiting = asyncio.create_task(orch.run("enqueue", "topic", "--wait"))
    await queued(served, 1)
    await close(served, "l1", ItemState.BOUNCED, reason="a.txt conflicts")
    found = await waiting
    assert (found.code, found.out) == (1, "l1 bounced: a.txt conflicts\n")


async def test_a_landing_that_was_not_judged_says_so(served: Served, orch: Terminal) -> None:
    """In the list and in `why`; an approval needs no words there."""
    tasks = [await served.add(title) for title in ("One", "Two")]
    for task, ruling in zip(tasks, (Ruling.UNCLEAR, Ruling.APPROVE), strict=True):
        await pass_gate(served, task, JudgePolicy.ADVISORY)
        limit = Limit() if ruling is Ruling.UNCLEAR else None
        await say(served, task, ruling, required=False, limit=limit)
        item = await served.enqueue(task)
        done = {"task_id": task, "source_head": HEAD, "attempt": 1, "proof": Proof.PASSING}
        await close(served, item.id, ItemState.LANDED, old="a" * 40, new="b" * 40, **done)
    told = "not judged: its judge, claude, is at its usage limit: the usage limit is reached"
    listed = (await orch.run("landings")).out.splitlines()
    assert listed[1].endswith("Land t2")
    assert listed[2].endswith(told)
    why = (await orch.run("why", "l1")).out
    assert f"l1 landed: main {'a' * 12} → {'b' * 12}\n" in why
    assert why.count("the usage limit is reached") == 1  # By the judgement itself.
    assert "judge" not in next(
        line for line in (await orch.run("why", "l2")).out.splitlines() if "l2 landed" in line
    )


async def test_time_may_run_out(served: Served, orch: Terminal) -> None:
    """Exit 124; it goes on in the queue."""
    found = await orch.run("enqueue", "topic", "--wait", "--timeout", "0.01")
    assert (found.code, found.out) == (124, "l1 submitted\n")
    assert len(await served.call("queue.list")) == 1
    wrong = await orch.run("enqueue", "topic", "--timeout", "1")
    assert wrong.code == 2


async def test_what_no_gate_has_checked_is_told(served: Served, orch: Terminal) -> None:
    """In the list, and by whoever waits for it; what passed needs no word there."""
    for branch, proof in (("a", Proof.UNGATED), ("b", Proof.PASSING)):
        item = await served.enqueue(branch)
        await close(served, item.id, ItemState.LANDED, old="a" * 40, new="b" * 40, proof=proof)
    told = (await orch.run("landings")).out.splitlines()
    assert [("ungated" in line, "passing" in line) for line in told[1:]] == [
        (False, True),
        (True, False),
    ]


async def test_an_undo_wants_a_word(served: Served, orch: Terminal) -> None:
    """It changes the target."""
    await served.enqueue("topic")
    await close(served, "l1", ItemState.LANDED, old="a" * 40, new="b" * 40)
    asked = await orch.run("undo", "l1")
    assert (asked.code, "next: orch undo l1 --yes" in asked.err) == (2, True)
    assert (await orch.run("undo", "l1", "--yes")).out == "l2 submitted\n"


async def test_an_empty_list_is_told_in_words(orch: Terminal) -> None:
    """And is an empty array for programs."""
    assert (await orch.run("receipts")).out == "no gate has run yet\n"
    assert (await orch.run("receipts", "--json")).json == []
    assert (await orch.run("landings")).out == "nothing has landed yet\n"
