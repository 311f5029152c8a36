"""Prove what the merge queue looks like from outside, and what may be done to it."""

import asyncio
import time
from dataclasses import replace

import pytest

from orch.core.landing import Bounce, Item, ItemState
from orch.core.receipt import CommandResult, Outcome, Receipt, ReceiptKey
from orch.engine.gating import GateNow
from orch.engine.piece import Piece
from orch.ports.store import Fact
from orch.wire.codes import Code, WireError
from tests.daemon.served import Served

CONTRACT = {"id", "task", "state", "ahead", "gate", "started", "receipt", "reason"}


async def test_items_stand_in_order_and_count_those_before_them(served: Served) -> None:
    """Lane by lane; the names are a contract."""
    for source, target in (("a", "main"), ("b", "main"), ("c", "next")):
        await served.call("queue.enqueue", source=source, target=target, project=served.project.id)
    listed = await served.call("queue.list")
    assert [(item["source"], item["ahead"]) for item in listed] == [("a", 0), ("b", 1), ("c", 0)]
    assert listed[0].keys() >= CONTRACT


async def test_a_gate_shows_since_when_it_runs(served: Served) -> None:
    """While it waits for a slot it has not begun; what it said comes after."""
    (item,) = await chain(served, "a")
    (before,) = await served.call("queue.list")
    assert (before["gate"], before["started"]) == ("", None)
    await served.engine.move(item.id, state=ItemState.GATING)
    served.engine.gates[item.id] = GateNow("waiting")
    (waits,) = await served.call("queue.list")
    assert (waits["gate"], waits["started"]) == ("waiting", None)
    served.engine.gates[item.id] = GateNow("running", 12.5)
    (now,) = await served.call("queue.list")
    assert (now["gate"], now["started"]) == ("running", 12.5)
    for outcome, word in (("red", "failed"), ("unclean", "failed"), ("flaky", "flaky")):
        served.engine.gates[item.id] = GateNow(outcome)
        (said,) = await served.call("queue.list")
        assert (said["gate"], said["started"]) == (word, None)
    fact = Fact(
        project_id=served.project.id, landing_id=item.id, kind="ItemGating", at=12.5, data={}
    )
    await served.engine.writer.transact(lambda _: Piece(facts=(fact,)))
    await served.engine.move(item.id, state=ItemState.GREEN, receipt="r")
    (green,) = await served.call("queue.list")
    assert (green["gate"], green["started"], green["receipt"]) == ("passed", 12.5, "r")


async def test_it_says_when_each_may_land(served: Served) -> None:
    """By how long the gate took when it passed; who waits for something else is not promised."""
    await served.engine.writer.transact(
        lambda _: Piece(
            receipts=tuple(
                receipt(served, n, took_s=took_s) for n, took_s in enumerate((1.0, 60.0, 60.0))
            )
        )
    )
    configure(served, "window = 2\n")
    items = await chain(served, "abcd")
    now = time.time()
    for item in items[:2]:
        served.engine.gates[item.id] = GateNow("running", now - 10)
    await served.engine.move(items[3].id, waiting="paused")
    listed = await served.call("queue.list")
    assert {one["gate_s"] for one in listed} == {60.0}
    assert [one["expected_at"] for one in listed] == [now + 50, now + 50, now + 110, None]
    waiting = {"state": ItemState.GREEN, "waiting": "README.md is in the way"}
    await served.engine.move(items[0].id, **waiting)
    assert {one["expected_at"] for one in await served.call("queue.list")} == {None}


def receipt(served: Served, number: int, *, took_s: float) -> Receipt:
    """Return a receipt of a gate that took so long; the first of them failed."""
    return Receipt(
        key=ReceiptKey(f"tree{number}", "spec", "env"),
        project_id=served.project.id,
        outcome=Outcome.PASSED if number else Outcome.RED,
        results=(CommandResult("make test", 0, took_s),),
        commit="c" * 40,
        log="/log",
        at=1.0,
    )


async def test_a_gate_side_by_side_takes_as_long_as_its_longest_command(served: Served) -> None:
    """In turn, as long as all of them together."""
    both = replace(
        receipt(served, 1, took_s=60.0),
        results=(CommandResult("make lint", 0, 5.0), CommandResult("make test", 0, 60.0)),
    )
    await served.engine.writer.transact(lambda _: Piece(receipts=(both,)))
    config = served.repository.path / ".orch" / "config.toml"
    config.parent.mkdir()
    await served.enqueue("a")
    for parallel, gate_s in (("false", 65.0), ("true", 60.0)):
        text = (
            f'[landing]\nquality_gate = ["make lint", "make test"]\n[gate]\nparallel = {parallel}\n'
        )
        config.write_text(text, encoding="utf-8")
        (listed,) = await served.call("queue.list")
        assert listed["gate_s"] == gate_s


def configure(served: Served, text: str) -> None:
    """Give the project a gate, and more of a configuration."""
    config = served.repository.path / ".orch" / "config.toml"
    config.parent.mkdir(exist_ok=True)
    config.write_text(f'[landing]\nquality_gate = "true"\n{text}', encoding="utf-8")


async def chain(served: Served, names: str) -> list[Item]:
    """Put branches into the queue whose candidates stand on each other."""
    items, before = [], "tip"
    for place, name in enumerate(names, 1):
        item = await served.enqueue(name)
        built = {"candidate": f"{before}+{item.id}", "expected_old": before, "place": place}
        items.append(await served.engine.move(item.id, state=ItemState.QUEUED, **built))
        before = f"{before}+{item.id}"
    return items


async def test_a_batch_shows_the_gate_that_it_shares(served: Served) -> None:
    """Only the last of it is asked, but each is gated, and says with whom it is."""
    configure(served, "batch = 3\n")
    items = await chain(served, "abcdef")
    served.engine.gates[items[0].id] = GateNow("red")
    served.engine.gates[items[2].id] = GateNow("running", 12.5)
    served.engine.gates[items[4].id] = GateNow("waiting")
    listed = await served.call("queue.list")
    told = [(one["state"], one["gate"], one["started"], one["gated_with"]) for one in listed]
    assert told == [
        ("queued", "failed", None, []),
        ("gating", "running", 12.5, ["l3"]),
        ("gating", "running", 12.5, ["l2"]),
        ("gating", "waiting", None, ["l5"]),
        ("gating", "waiting", None, ["l4"]),
        ("queued", "", None, []),
    ]
    landings = await served.call("landing.list")
    assert [(one["state"], one["gated_with"]) for one in reversed(landings)] == [
        (state, others) for state, _, _, others in told
    ]
    shown = await served.call("landing.show", landing="l2")
    assert (shown["state"], shown["gated_with"]) == ("gating", ["l3"])


async def test_a_batch_that_failed_shows_it_for_all_of_it(served: Served) -> None:
    """As long as those ahead of it are in question; its items are in their rows' state."""
    configure(served, "batch = 2\n")
    items = await chain(served, "ab")
    await served.engine.move(items[0].id, waiting="its batch failed on top of others")
    served.engine.gates[items[1].id] = GateNow("red")
    listed = await served.call("queue.list")
    told = [(one["state"], one["gate"], one["gated_with"]) for one in listed]
    assert told == [("queued", "failed", []), ("queued", "failed", [])]


async def test_those_of_a_batch_land_when_its_gate_has_run(served: Served) -> None:
    """Batches that have yet to begin come one after the other, as many at once as have slots."""
    gates = Piece(receipts=(receipt(served, 1, took_s=60.0),))
    await served.engine.writer.transact(lambda _: gates)
    configure(served, "batch = 2\nwindow = 4\n[gate]\nslots = 2\n")
    items = await chain(served, "abcd")
    for name in "efgh":
        await served.enqueue(name)
    now = time.time()
    served.engine.gates[items[1].id] = GateNow("running", now - 50)
    served.engine.gates[items[3].id] = GateNow("running", now - 20)
    ends = [round(one["expected_at"] - now) for one in await served.call("queue.list")]
    assert ends == [10, 10, 40, 40, 70, 70, 100, 100]
    served.engine.closings = [False]  # The window has become narrower, but has two gates still.
    assert [round(one["expected_at"] - now) for one in await served.call("queue.list")] == ends
    configure(served, 'batch = "auto"\n[gate]\nslots = 2\n')
    served.engine.closings = [True] * 9
    ends = [round(one["expected_at"] - now) for one in await served.call("queue.list")]
    assert ends == [10, 10, 40, 40, 70, 70, 70, 70]


async def test_a_configuration_that_never_held_hides_no_queue(served: Served) -> None:
    """It is what holds up the lane; an item that has another reason keeps that."""
    await served.enqueue("a")
    configure(served, "batch = [")
    (listed,) = await served.call("queue.list")
    assert "config.toml" in listed["lane"]
    assert (listed["reason"], listed["expected_at"]) == (listed["lane"], None)
    assert (await served.call("status.get"))["queue"] == [listed]


async def test_what_holds_an_item_is_its_reason(served: Served) -> None:
    """As long as it waits."""
    item = await served.enqueue("a")
    await served.engine.move(item.id, waiting="README.md is in the way")
    (listed,) = await served.call("queue.list")
    assert listed["reason"] == listed["waiting"] == "README.md is in the way"


async def test_what_holds_up_a_lane_is_said_of_all_in_it(served: Served) -> None:
    """A target that is away, or a pause; who has another reason keeps it, none is promised."""
    items = [await served.enqueue(name) for name in "ab"]
    await served.call("queue.enqueue", source="c", target="next", project=served.project.id)
    await served.engine.move(items[0].id, waiting="README.md is in the way")
    served.engine.troubles["main"] = "the remote is away"
    listed = await served.call("queue.list")
    assert [one["lane"] for one in listed] == ["the remote is away", "the remote is away", ""]
    assert [one["reason"] for one in listed] == [
        "README.md is in the way",
        "the remote is away",
        "",
    ]
    await served.call("queue.pause", reason="release day", project=served.project.id)
    paused = (await served.call("queue.list"))[1]
    assert "release day" in paused["lane"]
    assert (paused["reason"], paused["expected_at"]) == (paused["lane"], None)


async def test_a_task_is_enqueued_by_any_of_its_names(served: Served) -> None:
    """The engine gets its id."""
    task = await served.add("Mend it", key="LAB-1")
    landing = await served.call("queue.enqueue", source="LAB-1")
    assert landing["source"] == task


async def test_an_ambiguous_name_is_not_taken_for_a_branch(served: Served) -> None:
    """Better asked than guessed."""
    await served.add("Same")
    await served.add("Same")
    with pytest.raises(WireError) as told:
        await served.call("queue.enqueue", source="same", project=served.project.id)
    assert told.value.code is Code.AMBIGUOUS


async def test_a_change_is_taken_out(served: Served) -> None:
    """With the reason, and it is gone from the list."""
    item = await served.enqueue("a")
    gone = await served.call("queue.cancel", landing=item.id, reason="not yet")
    assert (gone["state"], gone["reason"]) == ("cancelled", "not yet")
    assert await served.call("queue.list") == []
    assert [one["id"] for one in await served.call("landing.list")] == [item.id]
    assert await served.call("landing.list", open=True) == []


async def test_waiting_for_a_landing_ends_when_it_is_over(served: Served) -> None:
    """Whichever way; the answer has both commits."""
    item = await served.enqueue("a")
    waiting = asyncio.create_task(served.call("landing.wait", landing=item.id))
    await served.engine.move(item.id, state=ItemState.GATING)
    note = Fact(project_id=served.project.id, landing_id=item.id, kind="News", at=1.0, data={})
    await served.engine.writer.transact(lambda _: Piece(facts=(note,)))
    await served.engine.move(item.id, state=ItemState.LANDED, old="o" * 40, new="n" * 40)
    await served.engine.writer.transact(lambda _: Piece(facts=(note,)))
    async with asyncio.timeout(60):
        landed = await waiting
    assert (landed["state"], landed["old"], landed["new"]) == ("landed", "o" * 40, "n" * 40)


async def test_a_wait_that_runs_out_says_how_it_stands(served: Served) -> None:
    """The caller decides."""
    item = await served.enqueue("a")
    found = await served.call("landing.wait", landing=item.id, timeout_s=0.01)
    assert found["state"] == "submitted"


async def test_what_was_sent_back_says_why(served: Served) -> None:
    """The kind, and the sentence."""
    item = await served.enqueue("a")
    await served.engine.move(
        item.id, state=ItemState.BOUNCED, bounce=Bounce.CONFLICT, reason="a.txt conflicts"
    )
    found = await served.call("landing.show", landing=item.id)
    assert (found["bounce"], found["reason"]) == ("conflict", "a.txt conflicts")


async def test_an_undo_is_a_landing_of_its_own(served: Served) -> None:
    """Named by the landing or by its task."""
    item = await served.enqueue("a")
    revert = await served.call("landing.undo", landing=item.id)
    assert revert["source"] == f"revert-{item.id}"


async def test_receipts_show_what_each_command_did(served: Served) -> None:
    """Newest first."""
    receipt = Receipt(
        key=ReceiptKey("tree", "spec", "env"),
        project_id=served.project.id,
        outcome=Outcome.PASSED,
        results=(CommandResult("make test", 0, 1.5),),
        commit="c" * 40,
        log="/log",
        at=1.0,
    )
    await served.engine.writer.transact(lambda _: Piece(receipts=(receipt,)))
    (found,) = await served.call("receipts.list")
    assert (found["key"], found["outcome"]) == ("tree:spec:env", "passed")
    assert found["results"] == [{"command": "make test", "exit_code": 0, "duration_s": 1.5}]


async def test_a_lane_that_never_was_is_not_paused(served: Served) -> None:
    """A slip of the pen; the base branch has a lane, and so has what was put in once."""
    with pytest.raises(WireError, match="nothing has ever been put into a lane of 'mian'"):
        await served.call("queue.pause", target="mian", project=served.project.id)
    await served.call("queue.pause", project=served.project.id)
    await served.call("queue.enqueue", source="a", target="next", project=served.project.id)
    done = await served.call("queue.pause", target="next", project=served.project.id)
    assert "next" in done["what"]


async def test_nothing_to_enqueue_is_refused(served: Served) -> None:
    """With the command that lists what there is."""
    with pytest.raises(WireError) as told:
        await served.call("queue.enqueue", source=" ", project=served.project.id)
    assert told.value.next == "orch task list"


async def test_the_queue_is_told_who_asks(served: Served) -> None:
    """Whoever enqueues, takes out or undoes stands in the history by their own name."""
    landing = await served.call("queue.enqueue", source="topic", project=served.project.id)
    await served.call("queue.cancel", landing=landing["id"])
    await served.call("landing.undo", landing=landing["id"])
    assert len(served.engine.actors) == 3
    assert all(actor.startswith("person:") for actor in served.engine.actors)
