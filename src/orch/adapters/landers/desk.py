"""A desk: a throw-away repository that holds one conflict, for git's rerere to look at.

Rerere works on an index and files. They are laid out here without a checkout, and with no
configuration, attributes or hooks of the hub's: an agent can write those, and none of them may
name a program that orch would start. Only its objects are shared.
"""

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from orch.adapters.landers.clashes import Clash, Clashed
from orch.system.git import Git, encode

_RERERE: Final = (
    ("rerere.enabled", "true"),
    ("rerere.autoUpdate", "false"),
    ("core.fsync", "none"),
    ("core.autocrlf", "false"),
    ("core.bare", "false"),
)


@dataclass(frozen=True, slots=True)
class Desk:
    """A laid-out conflict: `git` works on it, `files` names each clash's file."""

    git: Git
    place: Path
    files: tuple[tuple[Clash, Path], ...]

    @property
    def cache(self) -> Path:
        """Where rerere keeps what it knows."""
        return self.place / "git" / "rr-cache"

    async def rerere(self) -> None:
        """Let rerere note the conflicts, apply what it knows, and learn what was resolved."""
        await self.git("rerere")

    async def forget_state(self) -> None:
        """Let rerere see the conflicts as new."""
        await asyncio.to_thread((self.place / "git" / "MERGE_RR").unlink, missing_ok=True)


@asynccontextmanager
async def lay_out(hub: Git, clashed: Clashed) -> AsyncIterator[Desk]:
    """Lay a conflict out; everything is gone afterwards."""
    place = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="orch-desk-"))
    try:
        yield await _furnish(hub, place, clashed=clashed)
    finally:
        await asyncio.to_thread(shutil.rmtree, place, ignore_errors=True)


async def _furnish(hub: Git, place: Path, *, clashed: Clashed) -> Desk:
    repository, tree = place / "git", place / "tree"
    for folder in ("objects/info", "refs", "rr-cache"):
        (repository / folder).mkdir(parents=True)
    tree.mkdir()
    (repository / "HEAD").write_text("ref: refs/heads/none\n", encoding="ascii")
    borrowed = bytes(hub.directory / "objects") + b"\n"
    (repository / "objects" / "info" / "alternates").write_bytes(borrowed)
    git = Git(tree, git_dir=repository, work_tree=tree, index=repository / "index")
    git = git.with_config(*_RERERE)
    clashes = [one for one in clashed.clashes if one.is_text]
    await git("update-index", "-z", "--index-info", stdin=_stages(clashes))
    files = [(one, tree / os.fsdecode(encode(one.path))) for one in clashes]
    for one, file in files:
        content = await hub.raw("cat-file", "blob", f"{clashed.merged.tree}:{one.path}")
        await asyncio.to_thread(_write, file, content)
    return Desk(git, place, tuple(files))


def _stages(clashes: Sequence[Clash]) -> str:
    return "".join(
        f"{mode} {blob} {stage}\t{one.path}\0"
        for one in clashes
        for stage, (mode, blob) in sorted(one.stages.items())
    )


def _write(file: Path, content: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
