"""One holder at a time, and none that is dead."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from orch.system.file_lock import Locked, exclusive

HOLD = """
import fcntl, sys
file = open(sys.argv[1], "w")
fcntl.flock(file, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
"""


async def test_tasks_exclude_each_other(tmp_path: Path) -> None:
    """Of many tasks only one is inside at a time, and all get their turn."""
    inside, most, turns = 0, 0, 0

    async def enter() -> None:
        nonlocal inside, most, turns
        async with exclusive(tmp_path / "deep" / "lock"):
            inside += 1
            most, turns = max(most, inside), turns + 1
            await asyncio.sleep(0)
            inside -= 1

    await asyncio.gather(*(enter() for _ in range(10)))
    assert (most, turns) == (1, 10)


def hold(lock: Path) -> "subprocess.Popen[bytes]":
    """Hold a lock in another process."""
    argv = (sys.executable, "-c", HOLD, str(lock))
    holder = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"held\n"
    return holder


async def test_another_process(tmp_path: Path) -> None:
    """A lock that another process holds is waited for, and free when that is killed."""
    lock = tmp_path / "lock"
    with hold(lock) as holder:
        with pytest.raises(Locked, match="held by another process"):
            async with exclusive(lock, timeout_s=0.05):
                pass
        holder.kill()
        async with exclusive(lock):
            pass


async def test_left_by_an_error(tmp_path: Path) -> None:
    """An error inside lets go of the lock."""
    with pytest.raises(ZeroDivisionError):
        async with exclusive(tmp_path / "lock"):
            _ = 1 / 0
    async with exclusive(tmp_path / "lock", timeout_s=0):
        pass
