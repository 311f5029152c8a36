"""Resolutions that were made once and are made again: the project's shared `rr-cache`."""

import asyncio
import re
import shutil
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import structlog

from orch.adapters.landers.clashes import BASE, OURS, THEIRS, Clash, Clashed, clash, leaves_markers
from orch.adapters.landers.desk import Desk, lay_out
from orch.system.git import Git, GitError, split_z

log = structlog.get_logger()

_CACHE: Final = "rr-cache"
_PAIRED = re.compile(r"(pre|post)image(\.\d+)?")
_LARGEST_BYTES: Final = 8 * 1024 * 1024
_MOST_CLASHES: Final = 50
_MOST_MERGES: Final = 20


async def recall(git: Git, clashed: Clashed) -> str | None:
    """Resolve a conflict as it was resolved before; None unless every part of it is known.

    Returns the tree. What still has markers, or was not a conflict of lines, is not resolved.
    What lies in the cache was written by agents: if it makes no sense, nothing is known.
    """
    try:
        return await _recall(git, clashed)
    except (GitError, OSError) as error:
        log.warning("resolutions could not be looked up", why=str(error))
        return None


async def _recall(git: Git, clashed: Clashed) -> str | None:
    known = git.directory / _CACHE
    clashes = clashed.clashes
    if not clashes or len(clashes) > _MOST_CLASHES or not all(one.is_text for one in clashes):
        return None
    if not await asyncio.to_thread(_has_entries, known):
        return None
    async with lay_out(git, clashed) as desk:
        await desk.rerere()
        if not await asyncio.to_thread(_bring, known, desk.cache):
            return None
        await desk.forget_state()
        await desk.rerere()
        blobs = list[str]()
        for one, file in desk.files:
            content = await asyncio.to_thread(file.read_bytes)
            if leaves_markers(content, sides=await contents(git, one)):
                return None
            blobs.append(await git("hash-object", "-w", "--stdin", stdin=content))
        return await _graft(git, desk, clashed=clashed, blobs=blobs)


async def learn(git: Git, head: str, *, since: str) -> int:
    """Learn how the merges between two commits resolved their conflicts; return how many were.

    For a change that landed: what its author resolved there needs no author the next time.
    """
    span = (f"--max-count={_MOST_MERGES}", "--merges", "--format=%H %P", head, f"^{since}")
    lines = (await git("log", *span)).splitlines()
    learned = 0
    for commit, *parents in (line.split() for line in lines):
        if len(parents) == 2:  # noqa: PLR2004 - an octopus merge has no conflicts
            learned += await _learn_merge(git, commit, parents=parents)
    return learned


async def learn_quietly(git: Git, head: str, *, since: str) -> None:
    """Learn, where a failure must not stop what it is done for."""
    try:
        await learn(git, head, since=since)
    except (GitError, OSError) as error:
        log.warning("resolutions were not learned", head=head, why=str(error))


async def contents(git: Git, one: Clash) -> tuple[bytes, ...]:
    """Read the sides of a clash, and its base."""
    blobs = [blob for stage in (BASE, OURS, THEIRS) if (blob := one.blob(stage))]
    return tuple([await git.raw("cat-file", "blob", blob) for blob in blobs])


async def _learn_merge(git: Git, commit: str, *, parents: Sequence[str]) -> int:
    clashed = await clash(git, parents[0], theirs=parents[1])
    if not any(one.is_text for one in clashed.clashes[:_MOST_CLASHES]):
        return 0
    async with lay_out(git, clashed) as desk:
        await desk.rerere()
        for _, file in desk.files:
            path = str(file.relative_to(desk.place / "tree"))
            out = await git.run("cat-file", "blob", f"{commit}:{path}")
            if out.exit_code == 0:
                await asyncio.to_thread(file.write_bytes, out.stdout)
        await desk.rerere()
        return await asyncio.to_thread(_take, desk.cache, git.directory / _CACHE)


async def _graft(git: Git, desk: Desk, *, clashed: Clashed, blobs: Sequence[str]) -> str:
    """Put blobs in the place of the clashes, in an index that is nobody's."""
    index = git.with_index(desk.place / "grafted")
    await index("read-tree", clashed.merged.tree)
    paths = [one.path for one, _ in desk.files]
    listed = await index.raw("--literal-pathspecs", "ls-files", "-s", "-z", "--", *paths)
    modes = {path: about[:6] for about, _, path in (e.partition("\t") for e in split_z(listed))}
    lines = "".join(
        f"{modes[path]} {blob}\t{path}\0" for path, blob in zip(paths, blobs, strict=True)
    )
    await index("update-index", "-z", "--index-info", stdin=lines)
    return await index("write-tree")


def _has_entries(known: Path) -> bool:
    return known.is_dir() and not known.is_symlink() and any(known.iterdir())


def _bring(known: Path, cache: Path) -> bool:
    """Bring what is known of the conflicts that rerere has noted; True if that is something."""
    brought = False
    for noted in list(cache.iterdir()):
        pairs = _pairs(known / noted.name)
        if pairs:
            shutil.rmtree(noted)
            noted.mkdir()
        for pre, post in pairs:
            brought = _copy(pre, noted) and _copy(post, noted)
    return brought


def _take(cache: Path, known: Path) -> int:
    """Add to what is known the resolutions that are new in a desk's cache."""
    taken = 0
    for noted in cache.iterdir():
        pairs, place = _pairs(noted), known / noted.name
        if not pairs or place.is_symlink() or known.is_symlink():
            continue
        place.mkdir(parents=True, exist_ok=True)
        pre, post = pairs[0]
        suffix = _free_suffix(place, pre)
        for kind, file in (("preimage", pre), ("postimage", post)):
            draft = place / f"{kind}{suffix}.orch-new"
            shutil.copyfile(file, draft)
            draft.replace(place / f"{kind}{suffix}")
        taken += 1
    return taken


def _free_suffix(place: Path, pre: Path) -> str:
    """Choose the variant: that of the same conflict if it is known, else the next free one."""
    k, wanted = 0, pre.read_bytes()
    while True:
        suffix = f".{k}" if k else ""
        there = place / f"preimage{suffix}"
        if not there.is_file() or there.read_bytes() == wanted:
            return suffix
        k += 1


def _pairs(folder: Path) -> list[tuple[Path, Path]]:
    """List the resolutions of a folder of the cache; links and giants are left out."""
    if folder.is_symlink() or not folder.is_dir():
        return []
    names = sorted(file.name for file in folder.iterdir() if _is_fit(file))
    pres = [name for name in names if name.startswith("pre") and "post" + name[3:] in names]
    return [(folder / pre, folder / ("post" + pre[3:])) for pre in pres]


def _is_fit(file: Path) -> bool:
    if not _PAIRED.fullmatch(file.name):
        return False
    found = file.lstat()
    return stat.S_ISREG(found.st_mode) and found.st_size <= _LARGEST_BYTES


def _copy(file: Path, folder: Path) -> bool:
    shutil.copyfile(file, folder / file.name, follow_symlinks=False)
    return True
