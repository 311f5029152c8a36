"""Removes the lock that a killed push left on the target's branch, where the target is on disk."""

import asyncio
from pathlib import Path

import structlog

from orch.adapters.landers.checkouts import find_git_dir
from orch.adapters.landers.held_index import is_ours
from orch.system.git_locks import STALE_AFTER_S, clear_stale_locks, find_locks

log = structlog.get_logger()

_LOOK_EVERY_S = 0.2


async def clear_branch_lock(repository: Path, branch: str) -> bool:
    """Remove the branch's lock (and HEAD's, which moves along) if stale; True if it was.

    The repository is a person's: any other lock in it is theirs, and then nothing is touched. A
    repository that is not on this disk has a keeper of its own.
    """
    return await asyncio.to_thread(_clear, repository, branch)


async def outwait_branch_lock(
    repository: Path, branch: str, *, patience_s: float = STALE_AFTER_S + 1.0
) -> bool:
    """Wait until the branch's lock is released, or stale and removed; False if it stays.

    For after a crash: a lock that a killed push left would keep the person from committing, and
    is not old enough to be removed when the next daemon looks. A live git's is soon gone.
    """
    loop = asyncio.get_running_loop()
    until = loop.time() + patience_s
    while await asyncio.to_thread(is_locked, repository, branch):
        if await clear_branch_lock(repository, branch):
            return True
        if loop.time() >= until:
            return False
        await asyncio.sleep(_LOOK_EVERY_S)
    return True


def is_locked(repository: Path, branch: str) -> bool:
    """Tell whether the branch, or HEAD, which moves along, is locked in a repository on disk."""
    if not repository.is_dir():
        return False
    git_dir = find_common_dir(repository)
    return any(lock.exists() for lock in (_lock_of(git_dir, branch), git_dir / "HEAD.lock"))


def _lock_of(git_dir: Path, branch: str) -> Path:
    return git_dir / "refs" / "heads" / f"{branch}.lock"


def _clear(repository: Path, branch: str) -> bool:
    if not is_locked(repository, branch):
        return False
    git_dir = find_common_dir(repository)
    mine = _lock_of(git_dir, branch)
    locks = [lock.path for lock in find_locks(git_dir)]
    if not all(lock == mine or lock.name == "HEAD.lock" or is_ours(lock) for lock in locks):
        return False
    removed = clear_stale_locks(git_dir)
    for lock in removed:
        log.warning("stale lock removed", path=str(lock.path), age_s=lock.age_s)
    return bool(removed)


def find_common_dir(repository: Path) -> Path:
    """Return the folder that holds a repository's refs."""
    git_dir = find_git_dir(repository) or repository
    link = git_dir / "commondir"
    return (
        (git_dir / link.read_text(encoding="utf-8").strip()).resolve() if link.exists() else git_dir
    )
