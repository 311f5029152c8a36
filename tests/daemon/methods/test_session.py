"""Prove that logs are read by offset and followed to their end, without polling."""

import asyncio
from base64 import b64decode
from dataclasses import replace

import pytest

from orch.ports.store import Batch
from orch.testing.store_values import a_receipt
from orch.wire.codes import Code, WireError
from tests.daemon.served import Caller, Served


async def at_work(served: Served, printed: bytes = b"") -> str:
    """Have a task with a session that has printed this."""
    task = await served.add("x")
    await served.begin(task)
    served.sessions.put(f"{task}.1", printed)
    return task


async def chunk(caller: Caller) -> dict[str, object]:
    """Read the next piece of a log that is followed."""
    async with asyncio.timeout(60):
        news = await caller.news()
    found: dict[str, object] = news["chunk"]
    return found


def data(found: dict[str, object]) -> bytes:
    """Decode a piece."""
    return b64decode(str(found["data"]))


async def test_a_log_is_read_by_offset(served: Served) -> None:
    """From the start, from the end, and behind what was read; bytes survive as they are."""
    task = await at_work(served, b"one\n\xff\x1b[31m\ntwo\n")
    whole = await served.call("session.logs", task=task, offset=0)
    assert data(whole) == b"one\n\xff\x1b[31m\ntwo\n"
    assert (whole["first"], whole["end"], whole["open"]) == (0, 15, True)
    tail = await served.call("session.logs", task=task, offset=-4)
    assert data(tail) == b"two\n"
    rest = await served.call("session.logs", task=task, offset=whole["next"])
    assert data(rest) == b""


async def test_a_log_is_followed_to_the_end_of_its_session(served: Served) -> None:
    """What was there, what comes, and that nothing more will come."""
    task = await at_work(served, b"before ")
    caller = await served.caller()
    await caller.call("session.follow", task=task, offset=0)
    assert data(await chunk(caller)) == b"before "
    served.sessions.print(f"{task}.1", b"while ")
    assert data(await chunk(caller)) == b"while "
    served.sessions.exit(f"{task}.1")
    last = await chunk(caller)
    assert last["open"] is False
    assert (await caller.news())["ended"] is True
    await caller.close()


async def test_following_what_has_ended_ends_at_once(served: Served) -> None:
    """After its last byte."""
    task = await at_work(served, b"all of it")
    served.sessions.exit(f"{task}.1")
    caller = await served.caller()
    await caller.call("session.follow", task=task, offset=0)
    found = await chunk(caller)
    assert (data(found), found["open"]) == (b"all of it", False)
    await caller.close()


async def test_a_follow_that_breaks_says_why(served: Served) -> None:
    """The subscription ends with the error; the connection goes on."""
    task = await at_work(served)
    caller = await served.caller()
    del served.sessions.known[f"{task}.1"]
    await caller.call("session.follow", task=task, offset=0)
    ended = await caller.news()
    assert ended["error"]["code"] == Code.REFUSED
    assert (await caller.call("daemon.status"))["version"] == "0.1.0"
    await caller.close()


async def test_a_task_without_a_session_says_so(served: Served) -> None:
    """At once, not in the stream."""
    task = await served.add("x")
    for method in ("session.logs", "session.follow", "session.screen", "session.socket"):
        with pytest.raises(WireError, match="no session yet"):
            await served.call(method, task=task)


async def test_an_attempt_that_never_was_is_refused(served: Served) -> None:
    """With those that were."""
    task = await at_work(served)
    with pytest.raises(WireError, match="attempts 1 to 1"):
        await served.call("session.logs", task=task, attempt=2)


async def test_the_newest_gate_log_is_read(served: Served) -> None:
    """Of the attempt; without one, that is said."""
    task = await at_work(served)
    with pytest.raises(WireError, match="no gate has run"):
        await served.call("session.logs", task=task, gate=True)
    folder = served.home.attempt(task, 1)
    folder.mkdir(parents=True)
    (folder / "gate-1.log").write_bytes(b"red\n")
    found = await served.call("session.logs", task=task, gate=True, offset=-2)
    assert data(found) == b"d\n"
    assert (found["source"], found["open"]) == ("gate-1.log", False)


async def test_a_gate_that_runs_is_followed_to_its_end(served: Served) -> None:
    """Its log comes first, wherever it grows; what it writes last is not lost."""
    task = await at_work(served)
    folder = served.home.attempt(task, 1)
    folder.mkdir(parents=True)
    (folder / "gate-1.log").write_bytes(b"old\n")
    log = served.home.root / "gate-2.log"
    log.write_bytes(b"$ make\n")
    served.engine.gate_logs[f"{task}/1"] = str(log)
    found = await served.call("session.logs", task=task, gate=True, offset=0)
    assert (data(found), found["open"], found["source"]) == (b"$ make\n", True, "gate-2.log")
    caller = await served.caller()
    await caller.call("session.follow", task=task, gate=True, offset=found["next"])
    with log.open("ab") as more:
        more.write(b"one\n")
    piece = await chunk(caller)
    assert (data(piece), piece["open"]) == (b"one\n", True)
    with log.open("ab") as more:
        more.write(b"two\n")
    served.engine.gate_logs.clear()
    said = b""
    while piece["open"]:
        piece = await chunk(caller)
        said += data(piece)
    assert said == b"two\n"
    await caller.close()


async def test_a_landing_has_gate_logs_too(served: Served) -> None:
    """Also one without a task, by its branch too: of the gate that runs, else of the newest."""
    item = await served.enqueue("feature")
    for name in (item.id, item.source_ref):
        with pytest.raises(WireError, match="no gate has run for l1"):
            await served.call("session.logs", task=name, gate=True)
    served.engine.gate_logs[item.id] = ""
    with pytest.raises(WireError, match="a slot is awaited"):
        await served.call("session.logs", task=item.id, gate=True)
    folder = served.home.attempt(item.id, 0)
    folder.mkdir(parents=True)
    (folder / "gate-1.log").write_bytes(b"red\n")
    assert data(await served.call("session.logs", task=item.id, gate=True)) == b"red\n"


async def test_the_log_of_a_receipt_stands_for_a_gate_that_did_not_run(served: Served) -> None:
    """A tree that was checked before has its log among another's files."""
    item, log = await served.enqueue("feature"), served.home.root / "theirs.log"
    log.write_bytes(b"fine\n")
    receipt = replace(a_receipt(), project_id=item.project_id, log=str(log))
    served.engine.memory.commit(Batch(receipts=(receipt,)))
    await served.engine.move(item.id, receipt=str(receipt.key))
    assert data(await served.call("session.logs", task=item.id, gate=True)) == b"fine\n"


async def test_where_to_attach_is_told(served: Served) -> None:
    """The session server's socket, and the session's name there."""
    task = await at_work(served)
    found = await served.call("session.socket", task="bodu")
    assert found["session"] == f"{task}.1"
    assert found["socket"] == str(served.home.session_socket)
    assert (found["live"], found["worker"]) == (True, "bodu")
    assert (await served.call("session.screen", task=task))["text"] == ""


async def test_live_sessions_are_listed_first(served: Served) -> None:
    """All of them, or those of a task."""
    task = await at_work(served)
    served.sessions.put("t0.1")
    served.sessions.exit("t0.1")
    listed = await served.call("session.list")
    assert [one["name"] for one in listed] == [f"{task}.1", "t0.1"]
    assert [one["name"] for one in await served.call("session.list", task=task)] == [f"{task}.1"]
