"""Worktrees come whole or not at all, also when many are made at once or git is killed."""

import asyncio
import os
import signal
import subprocess
from pathlib import Path

import pytest

from orch.system.git import Git, GitError
from orch.system.worktrees import (
    add_worktree,
    delete_tree,
    find_admin,
    is_whole,
    move_worktree,
    remove_worktree,
)
from orch.testing.repositories import Repository, make_repository


@pytest.fixture
def person(tmp_path: Path) -> Repository:
    """Give a repository of a few hundred files."""
    return make_repository(tmp_path / "repo", {f"d{i % 10}/f{i}": str(i) for i in range(300)})


@pytest.fixture
def git(person: Repository, tmp_path: Path) -> Git:
    """Give git bound to a bare clone."""
    person.git("clone", "-q", "--bare", str(person.path), str(tmp_path / "bare.git"))
    return Git(tmp_path / "bare.git", git_dir=tmp_path / "bare.git")


async def test_add_and_remove(git: Git, tmp_path: Path) -> None:
    """A removed worktree leaves nothing, neither its folder nor git's notes on it."""
    path = tmp_path / "trees" / "größe a"
    await add_worktree(git, path, what="main")
    assert is_whole(git.directory, path)
    assert await Git(path)("status", "--porcelain") == ""
    await remove_worktree(git, path)
    await remove_worktree(git, path)
    assert left(path.parent) == []
    assert left(git.directory / "worktrees") == []


async def test_on_a_branch(git: Git, tmp_path: Path) -> None:
    """A full ref puts the worktree on that branch."""
    await git("branch", "orch/t1", "main")
    await add_worktree(git, tmp_path / "w", what="refs/heads/orch/t1")
    assert await Git(tmp_path / "w")("symbolic-ref", "HEAD") == "refs/heads/orch/t1"


async def test_many_at_once(git: Git, tmp_path: Path) -> None:
    """Eight worktrees of one repository are made at the same time."""
    paths = [tmp_path / "trees" / f"w{i}" for i in range(8)]
    await asyncio.gather(*(add_worktree(git, path, what="main") for path in paths))
    assert all(is_whole(git.directory, path) for path in paths)


@pytest.mark.parametrize("after_files", [0, 1, 50, 200])
async def test_killed_half_way(git: Git, tmp_path: Path, after_files: int) -> None:
    """What `worktree add` leaves when it is killed is cleared away by the next try."""
    path = tmp_path / "w"
    kill_while_adding(git, path, after_files)
    await add_worktree(git, path, what="main")
    assert is_whole(git.directory, path)
    assert await Git(path)("status", "--porcelain") == ""
    for admin in (git.directory / "worktrees").iterdir():
        os.utime(admin, (1, 1))
    await remove_worktree(git, path)
    assert left(git.directory / "worktrees") == []


@pytest.mark.parametrize("noted", [None, ""])
async def test_stillborn_notes(git: Git, tmp_path: Path, noted: str | None) -> None:
    """Notes of a git that died before it wrote where its worktree is go when they are old."""
    admin = git.directory / "worktrees" / "w"
    admin.mkdir(parents=True)
    if noted is not None:
        (admin / "gitdir").write_text(noted)
    await remove_worktree(git, tmp_path / "other")
    assert left(git.directory / "worktrees") == ["w"]
    os.utime(admin, (1, 1))
    await remove_worktree(git, tmp_path / "other")
    assert left(git.directory / "worktrees") == []


async def test_failure_leaves_nothing(git: Git, tmp_path: Path) -> None:
    """A commit that does not exist is an error, and no folder."""
    with pytest.raises(GitError, match="invalid reference"):
        await add_worktree(git, tmp_path / "w", what="nothing")
    assert find_admin(git.directory, tmp_path / "w") is None
    assert "w" not in left(tmp_path)


async def test_move(git: Git, tmp_path: Path) -> None:
    """A moved worktree is clean without its files being read again."""
    old, new = tmp_path / "old", tmp_path / "far" / "new"
    await add_worktree(git, old, what="main")
    index = read_admin(git, old, "index")
    move_worktree(git.directory, old, new=new)
    assert await Git(new)("diff-files", "--name-only") == ""
    assert read_admin(git, new, "index") == index
    with pytest.raises(GitError, match="not a worktree"):
        move_worktree(git.directory, old, new=new)


def test_delete_read_only_folders(tmp_path: Path) -> None:
    """Caches that protect themselves by file modes are deleted too; what links name is not."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").write_text("kept")
    folder = tmp_path / "cache" / "deep"
    folder.mkdir(parents=True)
    (folder / "file").write_text("x")
    (folder / "link").symlink_to(outside)
    folder.chmod(0o555)
    delete_tree(tmp_path / "cache")
    assert left(tmp_path) == ["outside"]
    assert left(outside) == ["kept"]


def left(folder: Path) -> list[str]:
    """List a folder; nothing if it isn't there."""
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def read_admin(git: Git, path: Path, name: str) -> bytes:
    """Read a file of git's notes on a worktree."""
    admin = find_admin(git.directory, path)
    assert admin is not None
    return (admin / name).read_bytes()


def kill_while_adding(git: Git, path: Path, after_files: int) -> None:
    """Start `git worktree add` and kill it as soon as so many files are there."""
    argv = ("git", "worktree", "add", "--force", "--detach", str(path), "main")
    with subprocess.Popen(argv, cwd=git.directory, env=git.environment(), start_new_session=True,
                          stderr=subprocess.DEVNULL) as process:  # fmt: skip
        while process.poll() is None and count(path) < after_files:
            os.sched_yield()
        os.killpg(process.pid, signal.SIGKILL)


def count(path: Path) -> int:
    """Count the files below a folder."""
    return sum(len(files) for _, _, files in os.walk(path))
