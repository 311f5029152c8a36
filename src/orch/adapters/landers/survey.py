"""Finds out how far a landing that was killed has come in a checkout, path by path."""

import asyncio
import contextlib
import hashlib
import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from orch.adapters.landers.held_index import HeldIndex
from orch.adapters.landers.plumbing import Entry
from orch.system.git import Git, encode, split_z

_LINK = "120000"
_SUBMODULE = "160000"
_ABSENT = ("000000", "")


class Where(StrEnum):
    """Which side of the landing a path is on."""

    OLD = "old"
    NEW = "new"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Survey:
    """What was found: `index` as a whole, files that a killed landing wrote, files of a person's.

    `index` is OLD if any path of the landing is still as before it, for git replaces an index as
    a whole. `written` are files that are there because of the landing (maybe half of one);
    `absent` those that it removed, to write them anew or for good; `edited` those that hold
    something else than either side.
    """

    index: Where
    written: tuple[str, ...]
    absent: tuple[str, ...]
    edited: tuple[str, ...]


async def survey(held: HeldIndex, changes: Sequence[Entry]) -> Survey:
    """Compare index and files with both sides of the landing. Changes nothing."""
    git = held.checkout.git.with_index(held.draft)
    entries = await _indexed(git, changes)
    sides = [_side(entries[change.path], change) for change in changes]
    index = next((side for side in (Where.OLD, Where.NEW) if side in sides), Where.OTHER)
    staged = [c.path for c, side in zip(changes, sides, strict=True) if side is Where.OTHER]
    hashes = await _hashes(git, held.checkout.path, changes=changes)
    written, absent, edited = list[str](), list[str](), staged
    for change in changes:
        found = hashes.get(change.path)
        if found is None and change.status != "A":
            absent.append(change.path)
        if found is None or found == change.old:
            continue
        if found == change.new or await _is_beginning(git, held.checkout.path, change=change):
            written.append(change.path)
        else:
            edited.append(change.path)
    return Survey(index, tuple(written), tuple(absent), tuple(dict.fromkeys(edited)))


async def _indexed(git: Git, changes: Sequence[Entry]) -> dict[str, tuple[str, str]]:
    """Read the index entries of the landing's paths."""
    found = {change.path: _ABSENT for change in changes}
    for line in split_z(await git.raw("ls-files", "--stage", "-z")):
        about, _, path = line.partition("\t")
        if path in found:
            mode, name, _ = about.split(" ")
            found[path] = (mode, name)
    return found


def _side(entry: tuple[str, str], change: Entry) -> Where:
    if entry == _pair(change.old_mode, change.old):
        return Where.OLD
    return Where.NEW if entry == _pair(change.new_mode, change.new) else Where.OTHER


def _pair(mode: str, name: str) -> tuple[str, str]:
    return (mode, name) if name.strip("0") else _ABSENT


async def _hashes(git: Git, root: Path, *, changes: Sequence[Entry]) -> dict[str, str]:
    """Hash the files as git would add them; those that are not there are left out."""
    files, found = list[str](), dict[str, str]()
    for change in changes:
        if _SUBMODULE in {change.old_mode, change.new_mode}:
            continue
        path, mode = root / change.path, _lstat_mode(root / change.path)
        if stat.S_ISLNK(mode):
            found[change.path] = _link_hash(path, like=change.new)
        elif stat.S_ISREG(mode):
            files.append(change.path)
        elif stat.S_ISDIR(mode) and not _becomes_folder(change.path, changes):
            found[change.path] = "folder"
    if files:
        lines = "".join(f"{_quoted(path)}\n" for path in files)
        names = await git("hash-object", "--stdin-paths", stdin=lines)
        found |= dict(zip(files, names.split(), strict=True))
    return found


def _becomes_folder(path: str, changes: Sequence[Entry]) -> bool:
    return any(change.path.startswith(f"{path}/") for change in changes)


def _link_hash(path: Path, *, like: str) -> str:
    target = os.fsencode(path.readlink())
    algorithm = "sha1" if len(like) == 40 else "sha256"  # noqa: PLR2004 - git's two kinds of name
    return hashlib.new(algorithm, b"blob %d\0%s" % (len(target), target)).hexdigest()


async def _is_beginning(git: Git, root: Path, *, change: Entry) -> bool:
    """Tell whether a file is the beginning of the landed one: then a kill came in between."""
    path = root / change.path
    if not (change.new.strip("0") and stat.S_ISREG(_lstat_mode(path))):
        return False
    whole = await git.raw("cat-file", "--filters", f"--path={change.path}", change.new)
    return whole.startswith(await asyncio.to_thread(path.read_bytes))


def take_back(held: HeldIndex, paths: Sequence[str]) -> None:
    """Remove files that only a killed landing wrote, with the folders it made for them."""
    root = held.checkout.path
    for path in paths:
        (root / path).unlink(missing_ok=True)
        for parent in (root / path).parents:
            if parent == root:
                break
            with contextlib.suppress(OSError):
                parent.rmdir()


async def restore(held: HeldIndex, paths: Sequence[str]) -> None:
    """Write files as the index has them; paths it does not have stay away."""
    known = split_z(await held.checkout.git.with_index(held.draft).raw("ls-files", "-z"))
    wanted = [path for path in paths if path in set(known)]
    if wanted:
        lines = "\0".join(wanted)
        git = held.checkout.git.with_index(held.draft)
        await git("checkout-index", "-f", "-u", "-z", "--stdin", stdin=lines)


def _lstat_mode(path: Path) -> int:
    try:
        return path.lstat().st_mode
    except OSError:
        return 0


def _quoted(path: str) -> str:
    """Quote a path as git reads it from a list of lines: all of it in octal."""
    return '"' + "".join(f"\\{byte:03o}" for byte in encode(path)) + '"'
