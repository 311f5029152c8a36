"""Who is waited for when a daemon does not answer, and for how long."""

import json
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from orch.cli.hangups import await_end, await_next
from orch.system.process import identify
from orch.wire.codes import Code, WireError


@pytest.fixture
def holder() -> Iterator["subprocess.Popen[bytes]"]:
    """Give a process that stands for a daemon which serves nobody any more."""
    with subprocess.Popen(("sleep", "100000")) as process:
        yield process
        process.kill()


def name(home: Path, whose: int, **changes: object) -> None:
    """Have the daemon's lock name this process."""
    found = identify(whose)
    assert found is not None
    named = {"pid": whose, "start_time": found.start_time, "boot_id": found.boot_id}
    home.mkdir(exist_ok=True)
    (home / "daemon.lock").write_text(json.dumps(named | changes))


def test_who_is_about_to_end_is_waited_for(
    orch_home: Path, holder: "subprocess.Popen[bytes]"
) -> None:
    """As long as there is time, and no longer than it lives."""
    name(orch_home, holder.pid)
    with pytest.raises(WireError) as raised:
        await_end(time.monotonic() + 0.5)
    assert raised.value.code is Code.TIMED_OUT
    holder.kill()
    await_end()


def test_somebody_else_with_its_number_is_not(orch_home: Path) -> None:
    """Nor is anybody where the lock says nothing that can be read."""
    for changes in ({"start_time": 1}, {"boot_id": "another"}, {"pid": "x"}):
        name(orch_home, os.getpid(), **changes)
        await_end()
    (orch_home / "daemon.lock").write_text("{")
    await_end()


def test_a_daemon_that_died_may_be_started_again(
    orch_home: Path, holder: "subprocess.Popen[bytes]", monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its name is still on the lock; from within a session it is waited for."""
    name(orch_home, holder.pid)
    holder.kill()
    await_next(None)
    monkeypatch.setenv("ORCH_SESSION", "t1.1")
    with pytest.raises(WireError) as raised:
        await_next(time.monotonic() + 0.5)
    assert raised.value.code is Code.TIMED_OUT


def test_a_daemon_that_was_stopped_stays_stopped(orch_home: Path) -> None:
    """It has taken its name away."""
    orch_home.mkdir(exist_ok=True)
    (orch_home / "daemon.lock").touch()
    with pytest.raises(WireError, match="was stopped while this waited"):
        await_next(None)
