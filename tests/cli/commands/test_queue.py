"""Prove the verbs of the queue itself: take out, send ahead, pause and resume."""

from orch.core.judgement import Limit, Ruling
from orch.core.settings import JudgePolicy
from orch.daemon.methods.all import METHODS
from orch.daemon.server import Server
from tests.cli.conftest import Terminal
from tests.daemon.judged import pass_gate, say
from tests.daemon.served import Served


async def test_a_change_is_taken_out(orch: Terminal) -> None:
    """And listed among the landings."""
    await orch.run("enqueue", "topic")
    assert (await orch.run("queue", "cancel", "l1", "-m", "later")).out == "l1 cancelled: later\n"
    assert (await orch.run("queue")).out == "nothing waits to land\n"
    assert (await orch.run("landings", "--json")).json[0]["state"] == "cancelled"
    assert "later" in (await orch.run("landings")).out


async def test_the_old_word_for_taking_out_stays(orch: Terminal) -> None:
    """`dequeue` is what scripts have."""
    await orch.run("enqueue", "topic")
    assert (await orch.run("dequeue", "l1")).out == "l1 cancelled: taken out\n"


async def test_a_change_is_sent_ahead(orch: Terminal) -> None:
    """It is the first of the lane then."""
    await orch.run("enqueue", "topic")
    await orch.run("enqueue", "urgent")
    assert (await orch.run("queue", "promote", "l2")).out == "l2 goes ahead of all others to main\n"
    items = (await orch.run("queue", "--json")).json
    assert [(item["id"], item["ahead"]) for item in items] == [("l2", 0), ("l1", 1)]


async def test_a_lane_is_paused_and_goes_on(served: Served, orch: Terminal) -> None:
    """The base branch's, unless another is named; resuming what runs says so."""
    paused = await orch.run("queue", "pause", "-m", "release day")
    assert paused.out == f"the lane of main in {served.project.name} is paused\n"
    resumed = await orch.run("queue", "resume")
    assert resumed.out == f"the lane of main in {served.project.name} goes on\n"
    assert "was not paused; it looks again now" in (await orch.run("queue", "resume", "main")).out


async def test_a_paused_lane_is_told_though_nothing_waits_in_it(
    served: Served, orch: Terminal
) -> None:
    """Or the next to queue something would wonder; with an item its own line says it."""
    await orch.run("queue", "pause", "-m", "release day")
    name = served.project.name
    for argv in (("queue",), ("queue", "--project", name), ("status",)):
        assert f"all for main of {name}: the lane is paused" in (await orch.run(*argv)).out, argv
    assert (await orch.run("queue")).out.startswith("nothing waits to land\n")
    await orch.run("enqueue", "topic")
    for argv in (("queue",), ("status",)):
        assert (await orch.run(*argv)).out.count("release day") == 1, argv


async def test_what_a_judge_holds_before_the_lane_is_told_below_it(
    served: Served, orch: Terminal
) -> None:
    """With or without anything in the lane; programs get the list of the lane alone."""
    first, second = [await served.add(title) for title in ("One", "Two")]
    await pass_gate(served, first, JudgePolicy.REQUIRED)
    told = (await orch.run("queue")).out.splitlines()
    assert told[0] == "nothing waits to land"
    assert told[1].startswith(f"1 before the lane: {first} is with its judge, fixer, for ")
    await say(served, first, Ruling.UNCLEAR, limit=Limit(until=4_000_000_000.0, resumes=True))
    await pass_gate(served, second, JudgePolicy.REQUIRED)
    await say(served, second, Ruling.UNCLEAR, limit=Limit(until=4_000_000_000.0))
    await orch.run("enqueue", "topic")
    told = (await orch.run("queue")).out.splitlines()
    assert told[1].startswith("l1 ")
    assert told[2] == "2 before the lane:"
    waits = f"{first} waits for its judge, claude, at its usage limit until 2096-10-02 "
    assert told[3].startswith(waits)
    assert told[4] == (
        f"{second} waits for its judge, claude, at its usage limit: "
        f"`orch why {second}` says until when, `orch task unblock {second}` asks it again"
    )
    assert [one["id"] for one in (await orch.run("queue", "--json")).json] == ["l1"]
    before = (await orch.run("status", "--json")).json["before"]
    assert [one["task"] for one in before] == [first, second]


async def test_one_question_brings_all_that_is_told_of_the_queue(
    served: Served, orch: Terminal
) -> None:
    """So that it is all of one moment."""
    await orch.run("enqueue", "topic")
    page = {name: METHODS[name] for name in ("status.get",)}
    server, path = Server(served.context, page), served.home.root / "page.socket"
    await server.start(path)
    orch.extra["ORCH_SOCKET"] = str(path)
    told = await orch.run("queue")
    await server.close()
    assert (told.code, told.err) == (0, "")
    assert "Land topic" in told.out


async def test_the_queue_of_an_unknown_project_is_refused(orch: Terminal) -> None:
    """It is not an empty one."""
    refused = await orch.run("queue", "--project", "nowhere")
    assert (refused.code, refused.out) == (1, "")
    assert "nowhere" in refused.err


async def test_help_tells_of_both(orch: Terminal) -> None:
    """`orch queue` lists, and its verbs stand below it."""
    shown = (await orch.run("queue", "--help")).out
    assert "List what waits to land" in shown
    assert all(word in shown for word in ("pause", "resume", "promote", "cancel"))
