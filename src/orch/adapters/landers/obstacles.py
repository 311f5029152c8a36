"""Finds what is in the way of a landing: nothing of a person's is ever written over."""

import asyncio
import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

from orch.adapters.landers.held_index import HeldIndex
from orch.adapters.landers.plumbing import Entry
from orch.system.git import decode, split_z


async def find_obstacles(held: HeldIndex, changes: Sequence[Entry]) -> tuple[str, ...]:
    """List the paths that keep this checkout from following; none: it is clean.

    In the way are tracked files with changes (staged or not), files that a landed one would
    replace though git does not know them (ignored ones too), and files that git was told not
    to look at.
    """
    found = [
        *await _tracked(held),
        *await _hidden(held, changes),
        *await asyncio.to_thread(_untracked, held.checkout.path, changes),
    ]
    return tuple(dict.fromkeys(found))


async def _tracked(held: HeldIndex) -> list[str]:
    """List tracked files with changes; as a by-product the draft's knowledge of files is fresh."""
    flags = ("--porcelain=v2", "-z", "--untracked-files=no", "--ignore-submodules=dirty")
    git = held.checkout.git.with_index(held.draft)
    raw = await git.raw("status", *flags, "--no-renames", env={"GIT_OPTIONAL_LOCKS": "1"})
    return [path for line in split_z(raw) if (path := _changed(line)) is not None]


def _changed(line: str) -> str | None:
    """Read a line of `status --porcelain=v2`; a submodule at another commit is no obstacle.

    Nothing below a submodule is touched by a landing, and whoever does not update theirs would
    else hold up the lane for good.
    """
    kind = line[:1]
    if kind == "u":
        return line.split(" ", 10)[10]
    if kind != "1":
        return None
    _, state, submodule, *_, path = line.split(" ", 8)
    return None if submodule.startswith("S") and state.startswith(".") else path


async def _hidden(held: HeldIndex, changes: Sequence[Entry]) -> list[str]:
    """List files to be changed that carry assume-unchanged, or skip-worktree though they exist."""
    touched = {change.path for change in changes if change.status != "A"}
    raw = await held.checkout.git.with_index(held.draft).raw("ls-files", "-v", "-z")
    flagged = (decode(line) for line in raw.split(b"\0") if line[:1].islower() or line[:1] == b"S")
    root = held.checkout.path
    return [f[2:] for f in flagged if f[2:] in touched and _mode(root / f[2:]) is not None]


def _untracked(root: Path, changes: Sequence[Entry]) -> list[str]:
    """List what lies where a new file is to go."""
    going = {change.path for change in changes if change.status == "D"}
    added = [change.path for change in changes if change.status == "A"]
    return [obstacle for path in added for obstacle in _in_place(root, path, going=going)]


def _in_place(root: Path, path: str, *, going: set[str]) -> Iterator[str]:
    for parent in reversed(PurePosixPath(path).parents[:-1]):
        mode = _mode(root / parent)
        if mode is not None and not stat.S_ISDIR(mode):
            # A file, or a link to who knows where, stands for the folder.
            if str(parent) not in going:
                yield str(parent)
            return
    mode = _mode(root / path)
    if mode is None:
        return
    if not stat.S_ISDIR(mode):
        yield path
        return
    for folder, _, names in os.walk(root / path):
        inside = (str((Path(folder) / name).relative_to(root)) for name in names)
        yield from (name for name in inside if name not in going)


def _mode(path: Path) -> int | None:
    try:
        return path.lstat().st_mode
    except OSError:
        return None
