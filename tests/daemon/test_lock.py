"""Prove that one daemon serves a home, and that a dead one is in nobody's way."""

import json
import os
import socket
import subprocess
import sys

import pytest

from orch.daemon.lock import (
    AlreadyRunning,
    DaemonLock,
    is_held,
    is_listening,
    read_holder,
)
from orch.system.paths import Home
from orch.system.process import Life

HOLD = """
import sys
from pathlib import Path
from orch.daemon.lock import DaemonLock
from orch.system.paths import Home
lock = DaemonLock(Home(Path(sys.argv[1])))
lock.acquire(version="9.9")
print("held", flush=True)
sys.stdin.read()
"""


def hold_elsewhere(home: Home) -> "subprocess.Popen[str]":
    """Hold the lock in another process, until its input ends or it is killed."""
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(home.root)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    return holder


def test_a_second_daemon_is_refused_and_told_who_is_there(home: Home) -> None:
    """With the pid and version of the one that serves."""
    with hold_elsewhere(home) as holder:
        with pytest.raises(AlreadyRunning, match=rf"pid {holder.pid}, version 9\.9"):
            DaemonLock(home).acquire(version="1.0")
        assert is_held(home)
        holder.kill()
        holder.wait()
        holder.communicate()


def test_the_lock_of_a_killed_daemon_is_free(home: Home) -> None:
    """And the record of its holder tells that it is gone."""
    with hold_elsewhere(home) as holder:
        holder.kill()
        holder.wait()
        holder.communicate()
    assert not is_held(home)
    found = read_holder(home)
    assert found is not None
    assert found.life is Life.GONE
    lock = DaemonLock(home)
    lock.acquire(version="1.0")
    lock.release()


def test_the_socket_of_a_dead_daemon_is_removed(home: Home) -> None:
    """It would refuse every client; the new holder makes its own."""
    home.create()
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(home.daemon_socket))
    assert home.daemon_socket.exists()
    assert not is_listening(home.daemon_socket)
    lock = DaemonLock(home)
    lock.acquire(version="1.0")
    assert not home.daemon_socket.exists()
    lock.release()


def test_who_holds_it_is_known_for_all_time(home: Home) -> None:
    """A pid alone is given to others; start time and boot are not."""
    lock = DaemonLock(home)
    lock.acquire(version="1.0")
    found = read_holder(home)
    assert found is not None
    assert (found.pid, found.version) == (os.getpid(), "1.0")
    assert found.life is Life.ALIVE
    record = json.loads(home.daemon_lock.read_text(encoding="utf-8"))
    home.daemon_lock.write_text(json.dumps(record | {"start_time": 1}), encoding="utf-8")
    impostor = read_holder(home)
    assert impostor is not None
    assert impostor.life is Life.GONE
    lock.release()


def test_releasing_twice_is_harmless(home: Home) -> None:
    """And nobody is named afterwards."""
    lock = DaemonLock(home)
    lock.acquire(version="1.0")
    lock.release()
    lock.release()
    assert read_holder(home) is None
    assert not is_held(home)


def test_nobody_holds_the_lock_of_a_new_home(home: Home) -> None:
    """There is not even a file."""
    assert not is_held(home)
    assert read_holder(home) is None
