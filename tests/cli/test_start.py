"""Prove that the daemon starts by itself, once, and says why where it can't."""

import asyncio
import os
import select
import signal
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from orch.system.process import carries, read_process
from tests.cli.conftest import Terminal


@pytest.fixture
async def real(tmp_path: Path) -> AsyncIterator[Terminal]:
    """Give a terminal of a home without a daemon; whatever starts there ends with the test."""
    terminal = Terminal(tmp_path / "home", tmp_path)
    yield terminal
    terminal.extra = {}
    await terminal.run("down", "--sessions", "--yes")


async def pid(terminal: Terminal) -> int:
    """Return the daemon's process id."""
    return int((await terminal.run("daemon", "status", "--json")).json["pid"])


def stdin_of(process: int) -> str:
    """Return what a process reads from."""
    return str(Path(f"/proc/{process}/fd/0").readlink())


async def test_the_first_verb_starts_the_daemon(real: Terminal) -> None:
    """And the next ones find it; nothing of that is seen."""
    stopped = await real.run("daemon", "status")
    assert (stopped.code, "next: orch daemon start" in stopped.out) == (1, True)
    first = await real.run("status")
    assert (first.code, first.err) == (0, "")
    started = await pid(real)
    assert f"runs already: pid {started}" in (await real.run("up")).out


async def test_many_verbs_at_once_start_one_daemon(real: Terminal) -> None:
    """All of them are answered."""
    found = await asyncio.gather(*(real.run("queue") for _ in range(4)))
    assert [(one.code, one.err) for one in found] == [(0, "")] * 4


async def test_the_daemon_is_nobodys_child(real: Terminal) -> None:
    """Its own session, no terminal, and nothing of this environment but what it needs."""
    real.extra = {"SECRET_OF_MINE": "x", "LANG": "C.UTF-8"}
    await real.run("up")
    daemon = await pid(real)
    assert os.getsid(daemon) not in {daemon, os.getsid(0)}
    assert carries(daemon, "LANG=C.UTF-8")
    assert not carries(daemon, "SECRET_OF_MINE=x")
    assert stdin_of(daemon) == os.devnull


async def test_a_killed_daemon_is_followed_by_another(real: Terminal) -> None:
    """Its socket and its lock are in nobody's way."""
    await real.run("up")
    before = await pid(real)
    handle = os.pidfd_open(before)
    signal.pidfd_send_signal(handle, signal.SIGKILL)
    await asyncio.to_thread(select.select, [handle], [], [], 60)
    os.close(handle)
    dead = await real.run("daemon", "status")
    assert (dead.code, "died" in dead.out) == (1, True)
    assert (await real.run("status")).code == 0
    assert await pid(real) != before


async def test_a_restart_is_another_process(real: Terminal) -> None:
    """And `down` returns when it has ended."""
    await real.run("up")
    before = await pid(real)
    again = (await real.run("up", "--json")).json
    assert (again["pid"], again["started"], again["drift"]) == (before, False, False)
    restarted = (await real.run("daemon", "restart", "--json")).json
    assert restarted["started"]
    after = await pid(real)
    assert after == restarted["pid"] != before
    assert "read again" in (await real.run("daemon", "reload", "--json")).json["what"]
    stopped = (await real.run("down", "--json")).json
    assert (stopped["ended"], "sessions go on" in stopped["what"]) == (True, True)
    left = read_process(after)
    assert left is None or left.is_dead
    assert (await real.run("down")).out == "no daemon runs\n"


async def test_within_a_session_no_daemon_is_started(real: Terminal) -> None:
    """It would be the agent's child."""
    real.extra = {"ORCH_SESSION": "t1.1"}
    found = await real.run("status")
    assert (found.code, "no daemon listens" in found.err) == (1, True)
    assert not (real.home / "daemon.lock").exists()


async def test_a_database_of_a_newer_version_is_refused(real: Terminal) -> None:
    """The reason reaches whoever started it; nothing is changed."""
    await real.run("up")
    await real.run("down", "--sessions", "--yes")
    with sqlite3.connect(real.home / "orch.db") as database:
        database.execute("UPDATE orch_schema SET version_num = '9999'")
    database.close()
    found = await real.run("status")
    assert found.code == 1
    assert "the daemon did not start: " in found.err
    assert "next: " in found.err


async def test_a_bad_configuration_of_the_machine_is_told(real: Terminal) -> None:
    """With the file and the key."""
    real.home.mkdir(mode=0o700)
    (real.home / "config.toml").write_text("[daemon]\nsesions = 3\n", encoding="utf-8")
    found = await real.run("status")
    assert found.code == 1
    assert "sesions" in found.err


async def test_a_second_daemon_refuses(real: Terminal) -> None:
    """And names the first."""
    await real.run("up")
    first = await pid(real)
    second = await real.run("serve")
    assert second.code == 1
    assert f"pid {first}" in second.err
    assert await pid(real) == first


async def test_a_client_of_another_version_is_warned_once(real: Terminal) -> None:
    """And the status goes on saying it."""
    await real.run("up")
    lock = real.home / "daemon.lock"
    lock.write_text(lock.read_text().replace('"version": "', '"version": "9.'), encoding="utf-8")
    first, second = await real.run("queue"), await real.run("queue")
    assert "orch daemon restart" in first.err
    assert second.err == ""


async def test_the_service_is_shown_to_programs(real: Terminal) -> None:
    """Where its file would be and what would be in it; nothing is written."""
    found = (await real.run("daemon", "install", "--show", "--json")).json
    assert found["done"] == "shown"
    assert "orch.daemon" in found["text"]
    assert not list(real.home.parent.rglob("orch.service"))
