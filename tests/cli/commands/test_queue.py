"""Prove the verbs of the queue itself: take out, send ahead, pause and resume."""

from tests.cli.conftest import Terminal
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


async def test_help_tells_of_both(orch: Terminal) -> None:
    """`orch queue` lists, and its verbs stand below it."""
    shown = (await orch.run("queue", "--help")).out
    assert "List what waits to land" in shown
    assert all(word in shown for word in ("pause", "resume", "promote", "cancel"))
