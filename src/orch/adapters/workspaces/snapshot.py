"""Turns what lies in a folder into git trees, byte for byte, without touching the folder.

It works through a git folder of its own, so neither the configuration, nor the attributes, nor
the exclude files nor the locks of the repository that an agent worked in have a say in it.
"""

import asyncio
import contextlib
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from orch.system.git import Git, GitError, encode, split_z

_VERBATIM: Final = "* -text -eol -filter -ident -working-tree-encoding\n"
_SHA256_DIGITS: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Which folder is looked at, and where the objects go.

    `index` is the index of its worktree, if there is one; it is only read. `head` is the commit
    it started from. `exclude` holds ignore patterns beside .gitignore; `keep_ignored` are
    patterns of files that are kept although they are ignored.
    """

    hub: Path
    folder: Path
    index: Path | None
    head: str | None
    exclude: str = ""
    keep_ignored: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """What lay there.

    `tree` is all that is not ignored; `staged` is the index where that says something else than
    both the head and the folder, None otherwise. `changed` lists the paths, each with a mark as
    in `git status`. `nested` names the folders that are repositories of their own (`tree` does
    not hold their content), `ignored` what was left out; a folder ends in a slash.
    """

    tree: str
    staged: str | None
    changed: tuple[str, ...]
    nested: tuple[str, ...]
    ignored: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Entry:
    """A line of the index: its flag (`H` is the usual one), mode and path."""

    flag: str
    mode: str
    path: str


async def take(source: Source) -> Snapshot:
    """Write the folder's content into the hub's objects and say what it is.

    Raises `GitError` or `OSError` if anything can't be read or written; the folder is as it was.
    """
    async with _stage(source) as git:
        entries = await _load(git, source)
        staged = await git.run("write-tree")
        await _unhide(git, source.folder, entries=entries)
        unmerged = {entry.path for entry in entries if entry.flag == "M"}
        marks = await _differences(git)
        nested = sorted(path for mark, path in marks if mark == "?" and path.endswith("/"))
        paths = {path for _, path in marks if not path.endswith("/")} | unmerged
        kept = await _list_ignored(git, *_excluding(source.keep_ignored))
        await _add(git, paths | set(kept))
        tree = await git("write-tree")
        head_tree = await git("rev-parse", f"{source.head}^{{tree}}") if source.head else ""
        different = staged.exit_code == 0 and staged.text not in {tree, head_tree}
        links = [entry.path for entry in entries if entry.mode == "160000"]
        nested += [f"{path}/" for path in links if (source.folder / path / ".git").exists()]
        return Snapshot(
            tree=tree,
            staged=staged.text if different else None,
            changed=await _changes(git, head_tree, after=tree),
            nested=(
                *nested,
                *(f"{path}/" for path in links if (source.folder / path / ".git").exists()),
            ),
            ignored=await _list_ignored(git, "--directory", "--exclude-standard"),
        )


@contextlib.asynccontextmanager
async def _stage(source: Source) -> AsyncIterator[Git]:
    """Make the git folder of our own, and remove it at the end."""
    scratch = source.hub / "orch-scratch"
    scratch.mkdir(mode=0o700, exist_ok=True)
    own = Path(tempfile.mkdtemp(prefix="snapshot-", dir=scratch))
    try:
        _furnish(own, source)
        settings = (("core.untrackedCache", "false"), ("core.fsync", "all"))
        yield Git(
            source.folder,
            git_dir=own,
            work_tree=source.folder,
            index=own / "index",
            objects=source.hub / "objects",
            config=(*settings, ("core.fsyncMethod", "batch"), ("core.safecrlf", "false")),
        )
    finally:
        await asyncio.to_thread(shutil.rmtree, own, ignore_errors=True)


def _furnish(own: Path, source: Source) -> None:
    (own / "refs").mkdir()
    (own / "info").mkdir()
    (own / "HEAD").write_text("ref: refs/heads/none\n", encoding="ascii")
    long = source.head is not None and len(source.head) == _SHA256_DIGITS
    extensions = "[extensions]\n\tobjectFormat = sha256\n" if long else ""
    version = f"[core]\n\trepositoryFormatVersion = {int(long)}\n"
    (own / "config").write_text(version + extensions, encoding="ascii")
    (own / "info" / "attributes").write_text(_VERBATIM, encoding="ascii")
    (own / "info" / "exclude").write_bytes(encode(source.exclude))


async def _load(git: Git, source: Source) -> list[_Entry]:
    """Begin with the worktree's own index: what it knows of the files need not be read again."""
    if source.index is not None and git.index is not None and source.index.exists():
        # The copy keeps the time of the original, for git judges by it which entries are racy.
        await asyncio.to_thread(shutil.copy2, source.index, git.index)
        with contextlib.suppress(GitError):
            return await _entries(git)
        git.index.unlink()
    if source.head is not None:
        await git("read-tree", source.head)
    return await _entries(git)


async def _entries(git: Git) -> list[_Entry]:
    lines = split_z(await git.raw("ls-files", "-v", "--stage", "-z"))
    parted = ((line[0], line[2:8], line.partition("\t")[2]) for line in lines)
    return [_Entry(*parts) for parts in parted]


async def unhide(git: Git, folder: Path) -> None:
    """Take back the flags by which files can be hidden from git although they are there."""
    await _unhide(git, folder, entries=await _entries(git))


async def _unhide(git: Git, folder: Path, *, entries: list[_Entry]) -> None:
    assumed = [entry.path for entry in entries if entry.flag.islower()]
    skipped = [entry.path for entry in entries if entry.flag in "Ss" and _is_there(folder, entry)]
    for option, paths in (("--no-assume-unchanged", assumed), ("--no-skip-worktree", skipped)):
        if paths:
            await git("update-index", option, "-z", "--stdin", stdin="\0".join(paths))


def _is_there(folder: Path, entry: _Entry) -> bool:
    return os.path.lexists(folder / entry.path)


async def _differences(git: Git) -> list[tuple[str, str]]:
    """List what differs from the index: `?` new, `C` changed, `R` removed."""
    kinds = ("--others", "--modified", "--deleted", "--exclude-standard")
    lines = split_z(await git.raw("ls-files", "-t", "-z", *kinds))
    return [(line[0], line[2:]) for line in lines]


async def _add(git: Git, paths: Iterable[str]) -> None:
    if listed := "\0".join(sorted(paths)):
        options = ("--add", "--remove", "--replace")
        await git("update-index", *options, "-z", "--stdin", stdin=listed)


async def _list_ignored(git: Git, *which: str) -> tuple[str, ...]:
    if not which:
        return ()
    return tuple(split_z(await git.raw("ls-files", "--others", "--ignored", "-z", *which)))


def _excluding(patterns: tuple[str, ...]) -> list[str]:
    return [f"--exclude={pattern}" for pattern in patterns]


async def _changes(git: Git, before: str, *, after: str) -> tuple[str, ...]:
    if before == after:
        return ()
    empty = await git("mktree", stdin="")
    fields = split_z(
        await git.raw(
            "diff-tree", "-r", "-z", "--no-renames", "--name-status", before or empty, after
        )
    )
    return tuple(f"{mark} {path}" for mark, path in zip(fields[::2], fields[1::2], strict=True))
