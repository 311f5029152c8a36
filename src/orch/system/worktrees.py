"""Adds, moves and removes worktrees of a repository of orch's own, also half-made ones."""

import asyncio
import contextlib
import os
import secrets
import shutil
import stat
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from orch.system.distrust import distrust
from orch.system.git import Git, GitError
from orch.system.process import marked
from orch.system.reap import end

_TRIES: Final = 6
_MARK: Final = "ORCH_MAKING_WORKTREE"
_LASTING: Final = (
    "No space left on device",
    "invalid reference",
    "not a valid",
    "is already checked out",
    "already used by worktree",
    "unable to read tree",
)
_TIMEOUT_S: Final = 3600.0
_STILLBORN_S: Final = 3600.0


async def add_worktree(
    git: Git, path: Path, *, what: str, reason: str = "in use by orch", checkout: bool = True
) -> None:
    """Add a worktree at `path`: on the branch `what` if `refs/heads/…` is given, else detached.

    It is locked against `git worktree prune`. What lies at `path` must be an earlier, half-made
    try: it is deleted first. Many worktrees added to one repository at a time sometimes fail each
    other, so that is tried again. Raises `GitError`; then nothing is left at `path`.
    """
    # The checkout runs filters, and an agent may have named some in this repository.
    git = await distrust(git)
    branch = what.removeprefix("refs/heads/")
    head = () if branch != what else ("--detach",)
    options = ("--quiet", "--force", "--lock", "--reason", reason, *head)
    options += () if checkout else ("--no-checkout",)
    for turn in range(_TRIES):
        await clear_half_made(git, path)
        try:
            await git(
                *("worktree", "add", *options, "--", str(path), branch),
                env={_MARK: str(path)},
                timeout_s=_TIMEOUT_S,
            )
        except asyncio.CancelledError:
            await asyncio.shield(remove_worktree(git, path))
            raise
        except GitError as error:
            await remove_worktree(git, path)
            if turn == _TRIES - 1 or any(sign in error.stderr for sign in _LASTING):
                raise
        else:
            return
        # Spread out those that got into each other's way.
        await asyncio.sleep(0.05 * 2**turn * (0.5 + secrets.randbelow(100) / 100))


async def clear_half_made(git: Git, path: Path) -> None:
    """Remove what an interrupted try left at `path`, and end the git that may still be at it.

    A git whose parent was killed goes on, and would write into what comes next at its path.
    """
    if _is_there(git.directory, path):
        mark = f"{_MARK}={path}"
        await end(lambda: marked(mark), grace_s=0)
        await remove_worktree(git, path)


def _is_there(repository: Path, path: Path) -> bool:
    return os.path.lexists(path) or find_admin(repository, path) is not None


async def remove_worktree(git: Git, path: Path) -> None:
    """Remove a worktree with all its files, whatever state it is in; harmless if there is none.

    The folder disappears at once (it is renamed); the time goes into deleting it. Nothing is
    asked and nothing is kept: that is the caller's part.
    """
    await asyncio.to_thread(_remove, git.directory, path)


def _remove(repository: Path, path: Path) -> None:
    admin = find_admin(repository, path)
    trash = path.with_name(f".removing-{path.name}-{secrets.token_hex(4)}")
    with contextlib.suppress(FileNotFoundError):
        path.rename(trash)
    if admin is not None:
        delete_tree(admin)
    delete_tree(trash)
    for older in path.parent.glob(f".removing-{path.name}-*"):
        delete_tree(older)
    for stillborn in find_stillborn(repository):
        delete_tree(stillborn)


def move_worktree(repository: Path, old: Path, *, new: Path) -> None:
    """Move a worktree by a rename; `new` must not exist and lie on the same file system.

    Its files keep their inodes, so its index stays valid and nothing is read again. Worktrees
    with submodules can't be moved. Raises `GitError` if `old` is no worktree, else `OSError`.
    """
    admin = find_admin(repository, old)
    if admin is None:
        raise GitError(("worktree", "move", str(old)), 1, stderr=f"{old} is not a worktree")
    new.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    old.rename(new)
    (admin / "gitdir").write_text(f"{new / '.git'}\n", encoding="utf-8")


def find_admin(repository: Path, path: Path) -> Path | None:
    """Find the folder in which the repository keeps the state of the worktree at `path`."""
    wanted = str(path / ".git")
    for link in repository.glob("worktrees/*/gitdir"):
        with contextlib.suppress(OSError):
            if link.read_text(encoding="utf-8", errors="surrogateescape").strip() == wanted:
                return link.parent
    return None


def find_stillborn(repository: Path) -> list[Path]:
    """Find notes of git on worktrees that were killed before git had noted where they are.

    Only old ones: a `git worktree add` that runs at this moment looks the same.
    """
    notes = repository.glob("worktrees/*")
    return [admin for admin in notes if _is_placeless(admin) and _is_old(admin)]


def _is_placeless(admin: Path) -> bool:
    # Git creates the file and then writes it: killed in between, it is there and empty.
    try:
        return (admin / "gitdir").stat().st_size == 0
    except FileNotFoundError:
        return True


def _is_old(path: Path) -> bool:
    try:
        return path.stat().st_mtime < time.time() - _STILLBORN_S
    except FileNotFoundError:
        return False


def is_whole(repository: Path, path: Path) -> bool:
    """Tell whether the worktree at `path` was made to its end: git knows it and it has an index."""
    admin = find_admin(repository, path)
    return admin is not None and (path / ".git").exists() and (admin / "index").exists()


def delete_tree(path: Path) -> None:
    """Delete a folder and all in it, also where folders were made read-only; links aren't followed.

    Raises `OSError` if something can't be deleted.
    """
    shutil.rmtree(path, onerror=lambda retry, name, why: _retry_writable(retry, name, why=why[1]))


def _retry_writable(retry: Callable[..., object], name: str, *, why: BaseException) -> None:
    if isinstance(why, FileNotFoundError):
        return
    path = Path(name)
    for folder in (path.parent, path):
        if folder.is_dir() and not folder.is_symlink():
            folder.chmod(folder.stat().st_mode | stat.S_IRWXU)
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        retry(name)
