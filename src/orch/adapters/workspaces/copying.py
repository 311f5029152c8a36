"""Copies ignored files (.env, caches) from the person's checkout, and never what links lead to."""

import asyncio
import os
import shutil
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from orch.system.git import Git, split_z

_LITERAL: Final = frozenset("*?[!\\")

Stamp = tuple[str, int, int]
"""A path with its size and the time it was changed, in nanoseconds."""


@dataclass(frozen=True, slots=True)
class Copied:
    """What was copied, and what was not with the reason."""

    stamps: tuple[Stamp, ...]
    left_out: tuple[str, ...] = ()


async def find_ignored(person: Path, patterns: tuple[str, ...]) -> tuple[str, ...]:
    """List the files of a checkout that the patterns name and that git ignores.

    The patterns are gitignore's. A folder means all files below; repositories inside are left out.
    """
    git = Git(person, as_person=True)
    if not patterns or not await git.ok("rev-parse", "--show-toplevel"):
        return ()
    named = [f"--exclude={pattern}" for pattern in patterns]
    listed = await git.raw("ls-files", "--others", "--ignored", "-z", *named)
    files = b"".join(name + b"\0" for name in listed.split(b"\0") if name and name[-1:] != b"/")
    if not files:
        return ()
    ignored = await git.run("check-ignore", "-z", "--stdin", stdin=files)
    return tuple(split_z(ignored.stdout))


async def copy_ignored(person: Path, workspace: Path, *, names: Iterable[str]) -> Copied:
    """Copy files with their modes and times; what is in the workspace already stays.

    Links are copied as links and never followed; one that leads back into the person's checkout
    is left out, for through it the person's own files would be written.
    """
    return await asyncio.to_thread(_copy_all, person, workspace, names=sorted(names))


async def refresh_copies(person: Path, workspace: Path, *, stamps: Iterable[Stamp]) -> Copied:
    """Copy those files again that the person has changed since, and say what is there now."""
    return await asyncio.to_thread(_refresh, person, workspace, stamps=list(stamps))


def missing_literals(person: Path, patterns: Iterable[str], *, stamps: Iterable[Stamp]) -> bool:
    """Tell whether a file that a pattern names outright has come into being since the copy."""
    known = [name for name, _, _ in stamps]
    plain = [p.strip("/") for p in patterns if not _LITERAL & set(p)]
    return any(
        os.path.lexists(person / name)
        and not any(k == name or k.startswith(f"{name}/") for k in known)
        for name in plain
    )


def _copy_all(person: Path, workspace: Path, *, names: list[str]) -> Copied:
    stamps: list[Stamp] = []
    left_out: list[str] = []
    for name in names:
        try:
            reason = _copy(person, workspace, name=name)
        except OSError as error:
            reason = error.strerror or str(error)
        if reason:
            left_out.append(f"{name}: {reason}")
        else:
            stamps.append(_stamp(person, name))
    return Copied(tuple(stamps), tuple(left_out))


def _refresh(person: Path, workspace: Path, *, stamps: list[Stamp]) -> Copied:
    changed = [name for name, *seen in stamps if _differs(person, name, seen=seen)]
    for name in changed:
        (workspace / name).unlink(missing_ok=True)
    again = _copy_all(person, workspace, names=[n for n in changed if os.path.lexists(person / n)])
    same = [stamp for stamp in stamps if stamp[0] not in set(changed)]
    return Copied((*same, *again.stamps), again.left_out)


def _copy(person: Path, workspace: Path, *, name: str) -> str:
    """Copy one file; return why not, or ""."""
    source, target = person / name, workspace / name
    if not _leads_through_folders(workspace, target.parent):
        return "the workspace has a link or a file where its folder would be"
    if os.path.lexists(target):
        return ""
    mode = source.lstat().st_mode
    if stat.S_ISLNK(mode):
        if source.resolve().is_relative_to(person.resolve()) and source.readlink().is_absolute():
            return "a link into your checkout"
    elif not stat.S_ISREG(mode):
        return "neither a file nor a link"
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(source, target, follow_symlinks=False)
    return ""


def _leads_through_folders(top: Path, folder: Path) -> bool:
    parts = folder.relative_to(top).parts
    steps = [top.joinpath(*parts[: i + 1]) for i in range(len(parts))]
    return all(step.is_dir() and not step.is_symlink() for step in steps if os.path.lexists(step))


def _stamp(person: Path, name: str) -> Stamp:
    found = (person / name).lstat()
    return name, found.st_size, found.st_mtime_ns


def _differs(person: Path, name: str, *, seen: list[int]) -> bool:
    try:
        return list(_stamp(person, name)[1:]) != list(seen)
    except FileNotFoundError:
        return True
