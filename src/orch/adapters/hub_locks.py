"""Gets a hub past the lock files that a killed git left behind, once and only if they are stale."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from orch.adapters.hub import Hub
from orch.system.git import GitError
from orch.system.git_locks import clear_stale_locks

T = TypeVar("T")


def is_locked_out(error: GitError) -> bool:
    """Tell whether git gave up because of a lock file."""
    return ".lock'" in error.stderr and "File exists" in error.stderr


async def unlocked(hub: Hub, action: Callable[[], Awaitable[T]]) -> T:
    """Do something in the hub; if a stale lock stops it, remove the lock and do it once more.

    The action must be safe to repeat. A lock that may be held stays, and its error is raised.
    """
    try:
        return await action()
    except GitError as error:
        if not is_locked_out(error):
            raise
        if not await asyncio.to_thread(clear_stale_locks, hub.path):
            raise
    return await action()
