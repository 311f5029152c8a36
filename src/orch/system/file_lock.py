"""Holds a lock that ends with its holder: flock on a file, waited for without a thread."""

import asyncio
import contextlib
import fcntl
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

_FIRST_WAIT_S: Final = 0.002
_LONGEST_WAIT_S: Final = 0.1


class Locked(Exception):
    """The lock was held by somebody else for the whole time that one was ready to wait."""


@contextlib.asynccontextmanager
async def exclusive(path: Path, *, timeout_s: float = 600.0) -> AsyncIterator[None]:
    """Hold the lock at `path`, which is made if it is missing and stays there afterwards.

    Tasks of one process exclude each other as processes do. A holder that is killed lets go.
    Raises `Locked` after `timeout_s`, `OSError` if the file can't be made.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        await _acquire(handle, path, timeout_s=timeout_s)
        yield
    finally:
        os.close(handle)


async def _acquire(handle: int, path: Path, *, timeout_s: float) -> None:
    loop = asyncio.get_running_loop()
    until, wait_s = loop.time() + timeout_s, _FIRST_WAIT_S
    while not _try(handle):
        if loop.time() >= until:
            raise Locked(f"{path} is held by another process for more than {timeout_s:g} s")
        # flock has no event to wait for; a thread that blocks in it could not be cancelled.
        await asyncio.sleep(wait_s)
        wait_s = min(wait_s * 2, _LONGEST_WAIT_S)


def _try(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
