"""A daemon that sleeps past its lease is replaced, and does nothing more once it wakes up."""

import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from orch.testing.postgres import postgres_dsn, postgres_server
from tests.crash.test_lives import start_mortal, story
from tests.e2e.person import Person, make_person

__all__ = ["postgres_dsn", "postgres_server"]

CONFIG = """
[agents.agent]
adapter = "command"
start_command = "echo ours > ours.txt && git add --all && git commit --quiet --message ours"
"""

LEASE = ("--lease-s", "2")
ASLEEP_AT = [
    "before ItemPushing",
    "after ItemPushing",
    pytest.param("before Landed", marks=pytest.mark.soak),
    pytest.param("after SlotGranted", marks=pytest.mark.soak),
]


@pytest.fixture
def first(tmp_path: Path, postgres_dsn: str) -> Iterator[Person]:
    """Give a person whose tasks are kept in PostgreSQL, and whose project has a remote."""
    person = make_person(tmp_path, remote=True)
    person.extra["ORCH_STATE_DSN"] = postgres_dsn
    person.configure(CONFIG)
    person.orch("init", "--yes")
    person.orch("down", "--yes")
    yield person
    person.leave()


@pytest.fixture
def second(first: Person) -> Iterator[Person]:
    """Give the same person at another machine: a home of its own, the same database."""
    person = replace(first, home=first.home.parent / "other home")
    yield person
    person.leave()


@pytest.mark.postgres
@pytest.mark.parametrize("point", ASLEEP_AT)
def test_a_daemon_that_slept_past_its_lease_is_fenced(
    first: Person, second: Person, point: str
) -> None:
    """The second one lands the work, once; the first one wakes up, writes and pushes nothing."""
    asleep, awake = start_mortal(first, point, "--signal", "STOP", *LEASE), None
    try:
        first.run("assign", "K-1", "--prompt", "Do it")
        os.waitid(os.P_PID, asleep.pid, os.WSTOPPED | os.WNOWAIT)
        awake = start_mortal(second, "never", *LEASE)
        second.await_event("WorkspaceReleased", "t1")  # The last that there is to tell.
        history = story(second, "t1")
        # With the target where it was, nothing but the fence is in the way of a late push.
        before = second.git("rev-parse", "main~1", cwd=origin(first))
        second.git("update-ref", "refs/heads/main", before, cwd=origin(first))
        asleep.send_signal(signal.SIGCONT)
        assert asleep.wait(timeout=120) not in {0, -9}, "it went on as if nothing had happened"
        assert second.git("rev-parse", "main", cwd=origin(first)) == before
        assert story(second, "t1") == history
        assert history.count("Landed") == 1
        assert awake.poll() is None
    finally:
        for daemon in (asleep, awake):
            if daemon is not None:
                daemon.kill()
                daemon.wait()


def origin(person: Person) -> Path:
    """Name the remote."""
    return person.home.parent / "origin.git"
