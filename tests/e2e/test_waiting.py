"""`orch wait` outlasts a daemon that dies or is replaced, and leaves one that was stopped alone."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.e2e.person import ORCH, Person, make_person


@pytest.fixture
def person(tmp_path: Path) -> Iterator[Person]:
    """Give a person with a task that nobody begins, and a daemon."""
    made = make_person(tmp_path)
    made.configure("")
    made.orch("init", "--yes")
    made.orch("add", "Some day", "--draft")
    yield made
    made.leave()


@pytest.fixture
def waiting(person: Person) -> Iterator["subprocess.Popen[str]"]:
    """Give somebody who waits for that task, and has the daemon's ear."""
    argv = [str(ORCH), "wait", "t1", "--timeout", "200"]
    with subprocess.Popen(
        argv,
        cwd=person.repository,
        env=person.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            while not is_connected(process.pid):
                assert process.poll() is None
            yield process
        finally:
            process.kill()


def find_open(pid: int) -> set[str]:
    """Name the files and sockets that a process has open."""
    found = set[str]()
    with suppress(FileNotFoundError):
        for path in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(FileNotFoundError):
                found.add(str(path.readlink()))
    return found


def is_connected(pid: int) -> bool:
    """Tell whether a process has a socket."""
    return any(name.startswith("socket:") for name in find_open(pid))


def test_a_daemon_that_is_stopped_stays_stopped(
    person: Person, waiting: "subprocess.Popen[str]"
) -> None:
    """Whoever waited is told, and does not start it again."""
    person.orch("down")
    _, told = waiting.communicate(timeout=120)
    assert waiting.returncode == 1
    assert "the daemon was stopped while this waited" in told
    assert person.run("daemon", "status").stdout.startswith("no daemon runs")


@pytest.mark.parametrize("restart", [True, False])
def test_a_daemon_that_is_replaced_is_outlasted(
    person: Person, waiting: "subprocess.Popen[str]", *, restart: bool
) -> None:
    """By a person, or by whoever waits where it was killed; the wait goes on with the next."""
    before = person.daemon_pid()
    if restart:
        person.orch("daemon", "restart")
    else:
        person.kill_daemon()
        while person.run("daemon", "status").returncode:
            assert waiting.poll() is None
    assert person.daemon_pid() != before
    person.orch("task", "close", "t1", "--yes")
    told, errors = waiting.communicate(timeout=120)
    assert (told, waiting.returncode) == ("t1 done\n", 0), errors


def test_a_daemon_that_is_about_to_end_is_waited_for(person: Person) -> None:
    """Whoever asks meanwhile has the next one started, not an error about the one that goes."""
    before = person.daemon_pid()
    os.kill(before, signal.SIGSTOP)
    (person.home / "run" / "daemon.sock").unlink()
    argv = [str(ORCH), "status"]
    with subprocess.Popen(
        argv, cwd=person.repository, env=person.environment, stdout=subprocess.PIPE, text=True
    ) as asking:
        try:
            while f"{person.home}/start.lock" not in find_open(asking.pid):
                assert asking.poll() is None
            os.kill(before, signal.SIGKILL)
            told, _ = asking.communicate(timeout=120)
        finally:
            asking.kill()
            with suppress(ProcessLookupError):
                os.kill(before, signal.SIGKILL)
    assert (asking.returncode, "t1" in told) == (0, True)
    assert person.daemon_pid() != before


def test_what_keeps_a_daemon_from_being_asked_is_told(person: Person) -> None:
    """It was not stopped: whoever waits gets the reason, as with any other verb."""
    person.orch("down")
    person.extra["ORCH_SOCKET"] = "/nowhere/daemon.sock"
    elsewhere = person.run("wait", "t1")
    del person.extra["ORCH_SOCKET"]
    assert (elsewhere.returncode, "unset ORCH_SOCKET" in elsewhere.stderr) == (1, True)
    (person.home / "orch.db").write_bytes(b"not a database" * 1000)
    broken = person.run("wait", "t1")
    assert (broken.returncode, "the daemon did not start" in broken.stderr) == (1, True)
