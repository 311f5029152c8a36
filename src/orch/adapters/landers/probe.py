"""Tries whether a change would merge, and leaves no object behind: for a whole lane at a time."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from orch.adapters.hub import Hub
from orch.adapters.landers.plumbing import try_merge
from orch.adapters.landers.source import Source, resolve
from orch.core.landing import Item
from orch.ports.lander import Conflict
from orch.system.git import Git


async def probe(hub: Hub, item: Item, *, onto: str) -> Conflict | None:
    """Merge the whole change onto a commit, in a store of objects that is thrown away.

    Whatever keeps it from being tried (no common history, a commit that is gone) is left to
    `build` to say.
    """
    async with scratch(hub.git) as git:
        head = item.source_head
        if item.reverts:
            source = await resolve(replace(hub, git=git), item, onto=onto)
            if not isinstance(source, Source):
                return None
            head = source.head
        merged = await try_merge(git, onto, theirs=head)
    if merged is None or not merged.conflicts:
        return None
    return Conflict(paths=merged.conflicts, detail=merged.detail)


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
