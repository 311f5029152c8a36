"""Tries which changes would merge, and leaves no object behind: for a whole lane at a time."""

import asyncio
import re
import shutil
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from orch.adapters.hub import Hub
from orch.adapters.landers.source import Source, resolve
from orch.core.landing import Item
from orch.system.git import Git

_MERGE = re.compile(rb"([01])\0[0-9a-f]+\0(?:[^\0]+\0)*\0")
"""Whether a merge is clean, its tree, the paths in conflict, and an empty field."""


async def probe(hub: Hub, items: Sequence[Item], *, onto: str) -> frozenset[str]:
    """Merge each whole change onto a commit, in a store of objects that is thrown away.

    Whatever keeps one from being tried (no common history, a commit that is gone) is left to
    `build` to say.
    """
    found = set[str]()
    async with scratch(hub.git) as git:
        heads = [(item.id, await _head(replace(hub, git=git), item, onto=onto)) for item in items]
        asked = [(name, head) for name, head in heads if head is not None]
        while asked:
            clean = await _merge_all(git, onto, heads=[head for _, head in asked])
            found |= {
                name for (name, _), is_clean in zip(asked, clean, strict=False) if not is_clean
            }
            # Git gives up at one that can't be tried: the rest is asked again without it.
            asked = asked[len(clean) + 1 :]
    return frozenset(found)


async def _head(hub: Hub, item: Item, *, onto: str) -> str | None:
    """Return what is merged for an item; the inverse of a landed change is made for that."""
    if not item.reverts:
        return item.source_head
    source = await resolve(hub, item, onto=onto)
    return source.head if isinstance(source, Source) else None


async def _merge_all(git: Git, onto: str, *, heads: Sequence[str]) -> list[bool]:
    """Tell of each whether it merges cleanly, as far as git came: one process for all of them."""
    options = ("--write-tree", "--name-only", "--no-messages", "-z", "--stdin")
    lines = "".join(f"{onto} {head}\n" for head in heads)
    out = await git.run("merge-tree", *options, stdin=lines)
    return [found[1] == b"1" for found in _MERGE.finditer(out.stdout)]


@asynccontextmanager
async def scratch(git: Git) -> AsyncIterator[Git]:
    """Bind git to the same repository, with a place of its own for what it writes."""
    place = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="orch-probe-"))
    try:
        (place / "info").mkdir()
        # Not by the environment, where a colon in the path would divide it.
        (place / "info" / "alternates").write_bytes(bytes(git.directory / "objects") + b"\n")
        yield replace(git, objects=place).with_config(("core.fsync", "none"))
    finally:
        await asyncio.to_thread(shutil.rmtree, place, ignore_errors=True)
