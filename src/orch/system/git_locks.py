"""Removes lock files that a killed git left in a repository of orch's own, and no others."""

import contextlib
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

STALE_AFTER_S: Final = 10.0
_SKIPPED: Final = frozenset({"objects", "logs", "modules", "lfs"})


@dataclass(frozen=True, slots=True)
class StaleLock:
    """A lock without a holder: where it is and how old, in seconds. Fit for the log."""

    path: Path
    age_s: float


def clear_stale_locks(
    git_dir: Path, *, older_than_s: float = STALE_AFTER_S, proc: Path = Path("/proc")
) -> list[StaleLock]:
    """Remove the stale locks of a repository and return what was removed.

    It reads the whole process table: ask when a lock is in the way, not in advance.
    """
    stale = stale_locks(git_dir, older_than_s=older_than_s, proc=proc)
    return [lock for lock in stale if _remove(lock.path)]


def stale_locks(
    git_dir: Path, *, older_than_s: float = STALE_AFTER_S, proc: Path = Path("/proc")
) -> list[StaleLock]:
    """Find the stale locks of a repository.

    A lock is stale if it is older than `older_than_s`, no process has it open, and no git works
    in the repository or in one of its worktrees (`git commit` closes its lock while an editor or
    a hook runs). Where processes can't be seen none is.
    """
    found = [lock for lock in find_locks(git_dir) if lock.age_s >= older_than_s]
    if not found or not (proc / "self").exists():
        return []
    if any(_is_inside(folder, _places(git_dir)) for folder in _folders_of_git(proc)):
        return []
    held = _open_files(proc)
    return [lock for lock in found if _identity(lock.path) not in held]


def find_locks(git_dir: Path) -> Iterator[StaleLock]:
    """Yield every lock file of a repository, held or not."""
    now = time.time()
    for folder, folders, files in os.walk(git_dir):
        folders[:] = [name for name in folders if name not in _SKIPPED]
        for name in files:
            if name.endswith(".lock"):
                path = Path(folder, name)
                with contextlib.suppress(FileNotFoundError):
                    yield StaleLock(path, now - path.stat().st_mtime)


def _places(git_dir: Path) -> list[Path]:
    """List the repository, its own checkout if it has one, and the worktrees it knows of."""
    places = [git_dir.parent if git_dir.name == ".git" else git_dir]
    for link in git_dir.glob("worktrees/*/gitdir"):
        with contextlib.suppress(OSError):
            places.append(Path(link.read_text(encoding="utf-8").strip()).parent)
    return [place.resolve() for place in places]


def _folders_of_git(proc: Path) -> Iterator[Path]:
    """Yield the current folder of each running git."""
    for process in _processes(proc):
        with contextlib.suppress(OSError):
            if (process / "comm").read_text(errors="replace").startswith("git"):
                yield (process / "cwd").readlink()


def _is_inside(folder: Path, places: list[Path]) -> bool:
    return any(folder.is_relative_to(place) for place in places)


def _open_files(proc: Path) -> set[tuple[int, int]]:
    """Identify every file that some process has open."""
    found = set()
    for process in _processes(proc):
        with contextlib.suppress(OSError):
            for handle in (process / "fd").iterdir():
                if (identity := _identity(handle)) is not None:
                    found.add(identity)
    return found


def _processes(proc: Path) -> Iterator[Path]:
    return (entry for entry in proc.iterdir() if entry.name.isdigit())


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _remove(path: Path) -> bool:
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    return True
