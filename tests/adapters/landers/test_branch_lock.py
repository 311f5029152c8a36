"""A lock that a killed push left on the target's branch is removed; those of others are not."""

import asyncio
import os
import time
from pathlib import Path

import pytest

from orch.adapters.landers.branch_lock import (
    clear_branch_lock,
    find_common_dir,
    is_locked,
    outwait_branch_lock,
)
from orch.system.git_locks import STALE_AFTER_S
from orch.testing.repositories import Repository, make_bare, make_repository

LONG_AGO = 1_600_000_000.0


@pytest.fixture
def person(tmp_path: Path) -> Repository:
    """Give a person's repository."""
    return make_repository(tmp_path / "person")


def leave(repository: Repository, name: str, *, at: float = LONG_AGO) -> Path:
    """Leave a lock."""
    lock = find_common_dir(repository.path) / name
    lock.touch()
    os.utime(lock, (at, at))
    return lock


@pytest.mark.parametrize("name", ["refs/heads/main.lock", "HEAD.lock"])
async def test_a_stale_lock_is_removed(person: Repository, tmp_path: Path, name: str) -> None:
    """In a repository with a checkout and in a bare one."""
    for repository in (person, make_bare(tmp_path / "bare", of=person)):
        lock = leave(repository, name)
        assert await clear_branch_lock(repository.path, "main")
        assert lock not in set(lock.parent.glob("*.lock"))


async def test_a_fresh_lock_stays(person: Repository) -> None:
    """Somebody may be at work."""
    leave(person, "refs/heads/main.lock", at=4_000_000_000.0)
    assert not await clear_branch_lock(person.path, "main")


async def test_a_lock_left_a_moment_ago_is_outwaited(person: Repository) -> None:
    """After a crash the lock is waited for until it is old enough, or gone by itself."""
    lock = leave(person, "HEAD.lock", at=time.time() - STALE_AFTER_S + 0.3)
    assert await outwait_branch_lock(person.path, "main")
    assert not is_locked(person.path, "main")
    leave(person, lock.name, at=4_000_000_000.0)
    waiting = asyncio.ensure_future(outwait_branch_lock(person.path, "main"))
    await asyncio.to_thread(lock.unlink)
    assert await waiting


async def test_a_lock_that_stays_is_given_up(person: Repository) -> None:
    """Somebody's long work is not waited for without end."""
    leave(person, "refs/heads/main.lock", at=4_000_000_000.0)
    assert not await outwait_branch_lock(person.path, "main", patience_s=0.1)


@pytest.mark.parametrize("other", ["index.lock", "refs/heads/other.lock", "config.lock"])
async def test_locks_of_others_keep_all_as_it_is(person: Repository, other: str) -> None:
    """Where the person's own git was killed as well, nothing is touched."""
    leave(person, "refs/heads/main.lock")
    leave(person, other)
    assert not await clear_branch_lock(person.path, "main")


async def test_no_lock_or_no_repository_is_no_matter(person: Repository, tmp_path: Path) -> None:
    """There is nothing to remove, here or elsewhere."""
    assert not await clear_branch_lock(person.path, "main")
    assert not await clear_branch_lock(tmp_path / "nowhere", "main")


def test_a_linked_worktree_leads_to_its_repository(person: Repository, tmp_path: Path) -> None:
    """Branches are kept where the worktree was made from."""
    person.git("worktree", "add", "-q", "--detach", str(tmp_path / "linked"))
    assert find_common_dir(tmp_path / "linked") == (person.path / ".git").resolve()
