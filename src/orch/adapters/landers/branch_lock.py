"""Removes the lock that a killed push left on the target's branch, where the target is on disk."""

import asyncio
from pathlib import Path

import structlog

from orch.adapters.landers.checkouts import find_git_dir
from orch.adapters.landers.held_index import is_ours
from orch.system.git_locks import clear_stale_locks, find_locks

log = structlog.get_logger()


async def clear_branch_lock(repository: Path, branch: str) -> bool:
    """Remove the branch's lock (and HEAD's, which moves along) if stale; True if it was.

    The repository is a person's: any other lock in it is theirs, and then nothing is touched. A
    repository that is not on this disk has a keeper of its own.
    """
    return await asyncio.to_thread(_clear, repository, branch)


def _clear(repository: Path, branch: str) -> bool:
    if not repository.is_dir():
        return False
    git_dir = find_common_dir(repository)
    mine = git_dir / "refs" / "heads" / f"{branch}.lock"
    if not (mine.exists() or (git_dir / "HEAD.lock").exists()):
        return False
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
