"""Prove that whoever follows the events misses none, also over a broken line."""

import asyncio

from orch.core.events import TaskSubmitted
from tests.daemon.served import Caller, Served


async def subscribe(served: Served, **query: object) -> tuple[Caller, int]:
    """Subscribe; return the connection, and the newest event when it began."""
    caller = await served.caller()
    first = await caller.call("events.follow", **query)
    return caller, first["seq"]


async def read(caller: Caller, count: int) -> list[dict[str, object]]:
    """Read so many events."""
    async with asyncio.timeout(60):
        return [(await caller.news())["event"] for _ in range(count)]


async def test_the_last_events_are_listed_oldest_first(served: Served) -> None:
    """As many as were asked for."""
    for number in range(5):
        await served.add(f"x{number}")
    found = await served.call("events.list", limit=2)
    assert [event["task"] for event in found] == ["t4", "t5"]
    assert found[0]["seq"] < found[1]["seq"]


async def test_a_cursor_lists_what_came_behind_it(served: Served) -> None:
    """And so one pages through the whole history."""
    for number in range(5):
        await served.add(f"x{number}")
    seen: list[str] = []
    after = 0
    while page := await served.call("events.list", after=after, limit=2):
        seen += [event["task"] for event in page]
        after = page[-1]["seq"]
    assert seen == ["t1", "t2", "t3", "t4", "t5"]


async def test_events_are_narrowed_down(served: Served) -> None:
    """By task and by kind."""
    task, other = await served.add("a"), await served.add("b")
    await served.call("task.cancel", task=other)
    of_task = await served.call("events.list", task=task)
    assert [event["kind"] for event in of_task] == ["TaskSubmitted"]
    of_kind = await served.call("events.list", kinds=["TaskCancelled"])
    assert [event["task"] for event in of_kind] == [other]


async def test_a_follower_gets_what_comes(served: Served) -> None:
    """From the moment it subscribed."""
    await served.add("before")
    caller, _ = await subscribe(served)
    await served.add("after")
    (event,) = await read(caller, 1)
    assert (event["task"], event["kind"]) == ("t2", "TaskSubmitted")
    await caller.close()


async def test_whoever_comes_back_misses_nothing(served: Served) -> None:
    """The cursor of the last event that was received is enough."""
    caller, _ = await subscribe(served, after=0)
    await served.add("one")
    (first,) = await read(caller, 1)
    await caller.close()
    await served.add("two")
    await served.add("three")
    again, _ = await subscribe(served, after=first["seq"])
    await served.add("four")
    assert [event["task"] for event in await read(again, 3)] == ["t2", "t3", "t4"]
    await again.close()


async def test_what_does_not_match_is_passed_over(served: Served) -> None:
    """And what matches after it still comes, once."""
    wanted = await served.add("wanted")
    caller, _ = await subscribe(served, task=wanted, after=0)
    for number in range(20):
        await served.add(f"noise {number}")
    await served.call("task.cancel", task=wanted)
    await served.add("more noise")
    kinds = [event["kind"] for event in await read(caller, 2)]
    assert kinds == ["TaskSubmitted", "TaskCancelled"]
    await caller.close()


async def test_a_flood_comes_whole_and_in_order(served: Served) -> None:
    """More events than one page holds, to two followers at once."""
    callers = [(await subscribe(served, after=0))[0] for _ in range(2)]
    for number in range(1100):
        wanted = TaskSubmitted(at=1.0, task_id="", project_id=served.project.id, title=f"x{number}")
        await served.engine.writer.create(wanted)
    for caller in callers:
        seqs = [int(str(event["seq"])) for event in await read(caller, 1100)]
        assert seqs == list(range(1, 1101))
        await caller.close()


async def test_the_answer_says_where_the_history_stood(served: Served) -> None:
    """So that a page that was just read and the news fit together."""
    await served.add("x")
    status = await served.call("status.get")
    caller, seq = await subscribe(served)
    assert seq == status["seq"] == 1
    await caller.close()
