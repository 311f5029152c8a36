"""A lock is removed only if nobody can be holding it."""

import os
import subprocess
import time
from pathlib import Path

import pytest

from orch.system.git_locks import clear_stale_locks
from orch.testing.repositories import Repository, make_repository


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """Give a repository."""
    return make_repository(tmp_path / "repo")


def make_lock(repository: Repository, name: str = "index.lock", *, age_s: float = 60) -> Path:
    """Make a lock as a killed git leaves it."""
    lock = repository.path / ".git" / name
    lock.touch()
    os.utime(lock, (time.time() - age_s,) * 2)
    return lock


def test_stale_lock(repository: Repository) -> None:
    """An old lock that nobody has open goes, and is told of."""
    locks = [make_lock(repository), make_lock(repository, "refs/heads/main.lock")]
    cleared = clear_stale_locks(repository.path / ".git")
    assert sorted(lock.path for lock in cleared) == sorted(locks)
    assert min(lock.age_s for lock in cleared) >= 60
    repository.commit({"a": "a"})


def test_young_lock(repository: Repository) -> None:
    """A young lock stays, for its holder may be about to open it."""
    lock = make_lock(repository, age_s=3)
    assert clear_stale_locks(repository.path / ".git") == []
    assert lock.exists()


def test_live_lock(repository: Repository) -> None:
    """A lock that a process has open stays, however old it is."""
    lock = make_lock(repository)
    with lock.open("rb"):
        assert clear_stale_locks(repository.path / ".git") == []
    assert lock.exists()
    assert len(clear_stale_locks(repository.path / ".git")) == 1


def test_lock_closed_by_a_live_git(repository: Repository) -> None:
    """A commit whose editor is open has closed its lock, and keeps it."""
    repository.write({"a": "a"})
    repository.git("add", "a")
    release, waiting = repository.path / "release", repository.path / "waiting"
    for pipe in (release, waiting):
        os.mkfifo(pipe)
    editor = f"sh -c 'echo > {waiting}; cat {release} > /dev/null; echo message > \"$1\"' -"
    env = os.environ | {"GIT_EDITOR": editor}
    with subprocess.Popen(
        ("git", "-c", "user.name=A", "-c", "user.email=a@b", "commit", "-a", "-q"),
        cwd=repository.path, env=env,
    ) as process:  # fmt: skip
        waiting.read_text()
        lock = repository.path / ".git" / "index.lock"
        was_locked = lock.exists()
        cleared = clear_stale_locks(repository.path / ".git", older_than_s=0)
        still_locked = lock.exists()
        release.write_text("")
        assert process.wait() == 0
    assert (was_locked, cleared, still_locked) == (True, [], True)


def test_blind(repository: Repository, tmp_path: Path) -> None:
    """Where processes can't be seen, every lock may be held."""
    make_lock(repository)
    assert clear_stale_locks(repository.path / ".git", proc=tmp_path / "no-proc") == []
