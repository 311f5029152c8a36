"""Prove that logs and events are followed by their news, and cut to the lines asked for."""

import asyncio
import json
import sys

import pytest

from orch.core.events import SessionStarted
from tests.cli.conftest import Terminal
from tests.daemon.served import Served


async def follow(orch: Terminal, *words: str) -> asyncio.subprocess.Process:
    """Start a verb that goes on."""
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "orch.cli.main",
        *words,
        cwd=orch.cwd,
        env=orch.environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def line(process: asyncio.subprocess.Process) -> str:
    """Read its next line; there has to be one."""
    assert process.stdout is not None
    assert process.stderr is not None
    async with asyncio.timeout(90):
        read = (await process.stdout.readline()).decode()
        assert read, f"it ended: {(await process.stderr.read()).decode()}"
    return read.rstrip("\n")


async def stop(process: asyncio.subprocess.Process) -> int:
    """Interrupt it as ^C does, and return its exit code."""
    process.send_signal(2)
    await process.communicate()
    return process.returncode or 0


@pytest.mark.parametrize(
    ("lines", "expected"),
    [("2", "8\n9\n"), ("0", ""), ("100", "".join(f"{n}\n" for n in range(10)))],
)
async def test_so_many_lines_of_the_end_are_shown(
    served: Served, orch: Terminal, lines: str, expected: str
) -> None:
    """However long they are."""
    task = await served.add("x")
    await served.begin(task)
    served.sessions.put(f"{task}.1", b"".join(b"%d\n" % n for n in range(10)))
    assert (await orch.run("logs", task, "-n", lines)).out == expected


async def test_long_lines_are_shown_whole(served: Served, orch: Terminal) -> None:
    """Though they are longer than a guess."""
    task = await served.add("x")
    await served.begin(task)
    printed = b"a" * 5000 + b"\n" + b"b" * 5000 + b"\n"
    served.sessions.put(f"{task}.1", b"early\n" * 100 + printed)
    assert (await orch.run("logs", task, "-n", "2")).out.encode() == printed


async def test_a_log_is_followed_to_its_end(served: Served, orch: Terminal) -> None:
    """The verb ends with the session."""
    task = await served.add("x")
    await served.begin(task)
    served.sessions.put(f"{task}.1", b"before\n")
    process = await follow(orch, "logs", task, "-f")
    assert await line(process) == "before"
    served.sessions.print(f"{task}.1", b"while\n")
    assert await line(process) == "while"
    served.sessions.exit(f"{task}.1")
    out, err = await process.communicate()
    assert (process.returncode, out, err) == (0, b"", b"")


async def test_all_sessions_are_streamed_under_their_names(served: Served, orch: Terminal) -> None:
    """A line is shown once it is whole, without control sequences."""
    task = await served.add("x")
    await served.begin(task, worker="bodu")
    started = SessionStarted(at=5.0, attempt=1, session=f"{task}.1")
    served.sessions.put(f"{task}.1", b"")
    await served.engine.writer.submit(task, started)
    process = await follow(orch, "stream")
    await served.sessions.listened.wait()
    served.sessions.print(f"{task}.1", b"\x1b[31mhel")
    served.sessions.print(f"{task}.1", b"lo\x1b[0m\n")
    assert await line(process) == "bodu hello"
    assert await stop(process) == 130


async def test_a_log_is_printed_as_json_lines(served: Served, orch: Terminal) -> None:
    """A line is an object once it is whole; the last one also without an end."""
    task = await served.add("x")
    await served.begin(task)
    served.sessions.put(f"{task}.1", b"\x1b[31mone\x1b[0m\ntw")
    process = await follow(orch, "logs", task, "-f", "--json")
    assert json.loads(await line(process)) == {"source": "t1.1", "worker": None, "text": "one"}
    served.sessions.print(f"{task}.1", b"o\nthree")
    assert json.loads(await line(process))["text"] == "two"
    served.sessions.exit(f"{task}.1")
    assert json.loads(await line(process))["text"] == "three"
    assert await process.wait() == 0
    found = (await orch.run("logs", task, "--json")).out.splitlines()
    assert [json.loads(one)["text"] for one in found] == ["one", "two", "three"]
    assert (await orch.run("logs", task, "--json", "--raw")).code == 2


async def test_all_sessions_are_streamed_as_json_lines(served: Served, orch: Terminal) -> None:
    """Each says whose it is."""
    task = await served.add("x")
    await served.begin(task, worker="bodu")
    started = SessionStarted(at=5.0, attempt=1, session=f"{task}.1")
    served.sessions.put(f"{task}.1", b"")
    await served.engine.writer.submit(task, started)
    process = await follow(orch, "stream", "--json")
    await served.sessions.listened.wait()
    served.sessions.print(f"{task}.1", b"hello\n")
    found = json.loads(await line(process))
    assert found == {"source": "t1.1", "worker": "bodu", "text": "hello"}
    assert await stop(process) == 130


async def test_events_are_followed_as_json_lines(served: Served, orch: Terminal) -> None:
    """First those that are there, then each new one."""
    await served.add("one")
    process = await follow(orch, "events", "-f", "--json")
    assert json.loads(await line(process))["task"] == "t1"
    await served.add("two")
    assert json.loads(await line(process))["task"] == "t2"
    assert await stop(process) == 130


async def test_events_go_on_behind_a_number(served: Served, orch: Terminal) -> None:
    """For whoever was away."""
    for number in range(4):
        await served.add(f"x{number}")
    found = (await orch.run("events", "--after", "2", "--json")).json
    assert [event["seq"] for event in found] == [3, 4]
    told = await orch.run("events", "--kind", "TaskSubmitted", "--task", "t2")
    assert "t2" in told.out
    assert len(told.out.splitlines()) == 1


async def test_when_the_daemon_ends_the_way_on_is_told(served: Served, orch: Terminal) -> None:
    """With the number of the last event that was seen."""
    await served.add("one")
    process = await follow(orch, "events", "-f")
    await line(process)
    await served.add("two")
    await line(process)  # It follows by now.
    await served.server.close()
    _, err = await process.communicate()
    assert process.returncode == 1
    assert b"next: orch events -f --after 2" in err


async def test_the_daemons_log_is_read_from_its_file(served: Served, orch: Terminal) -> None:
    """It can be read when the daemon is dead."""
    none = await orch.run("log")
    assert (none.code, "no log yet" in none.err) == (1, True)
    served.home.daemon_log.parent.mkdir(exist_ok=True)
    lines = [
        {"at": "2026-01-02T03:04:05Z", "level": "info", "event": f"it {n}", "task": "t1"}
        for n in range(3)
    ]
    served.home.daemon_log.write_text("".join(json.dumps(one) + "\n" for one in lines))
    assert (await orch.run("log", "2")).out.splitlines() == [
        "2026-01-02 03:04:05 info    it 1 task=t1",
        "2026-01-02 03:04:05 info    it 2 task=t1",
    ]
    assert (await orch.run("daemon", "logs", "--json", "-n", "1")).json["event"] == "it 2"
