"""A gate's own workspace: a worktree of the hub that no agent touches, reset for each run."""

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from orch.adapters.hub import Hub
from orch.system.file_lock import exclusive
from orch.system.git import Git, split_z
from orch.system.process import marked
from orch.system.reap import end
from orch.system.worktrees import add_worktree, is_whole

MARK = "ORCH_GATE_SLOT"
"""The variable by which every process of a gate is found, also after the daemon was killed."""

_SLOTS = 64


@dataclass(frozen=True, slots=True)
class Checkout:
    """A slot's worktree at an exact commit; `mark` finds the processes that run in it."""

    path: Path
    commit: str
    mark: str

    @property
    def git(self) -> Git:
        """Bind git to the worktree."""
        return Git(self.path)

    async def stains(self) -> tuple[str, ...]:
        """Say what a gate changed that it should only have looked at; empty if nothing."""
        raw = await self.git.raw("status", "--porcelain", "-z", "--untracked-files=no")
        changed = tuple(entry[3:] for entry in split_z(raw))
        head = await self.git("rev-parse", "HEAD")
        moved = () if head == self.commit else (f"HEAD moved to {head[:12]}",)
        return (*moved, *changed)


@asynccontextmanager
async def checked_out(hub: Hub, folder: Path, commit: str) -> AsyncIterator[Checkout]:
    """Take a free slot, bring it to the exact commit with nothing else in it, and give it back.

    A slot is held by a lock that ends with the daemon; what a killed daemon's gate still runs
    there is ended first. Raises `GitError` and `OSError`.
    """
    handle, path = _take(folder)
    try:
        mark = f"{MARK}={path}"
        await end(lambda: marked(mark), grace_s=0.0)
        await _reset(hub, path, commit)
        yield Checkout(path, commit, mark)
    finally:
        os.close(handle)


def _take(folder: Path) -> tuple[int, Path]:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for slot in range(_SLOTS):
        handle = os.open(folder / f"{slot}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
        else:
            return handle, folder / str(slot)
    raise OSError(0, f"all {_SLOTS} gate slots are taken", str(folder))


async def _reset(hub: Hub, path: Path, commit: str) -> None:
    if not await asyncio.to_thread(is_whole, hub.path, path):
        async with exclusive(hub.lock):
            await add_worktree(hub.git, path, commit, reason="a gate's workspace")
        return
    git = Git(path)
    for lock in ("index.lock", "HEAD.lock"):
        # The slot is ours alone, and whoever ran in it has been ended: its locks are nobody's.
        admin = Path(await git("rev-parse", "--absolute-git-dir"))
        (admin / lock).unlink(missing_ok=True)
    await git("checkout", "--quiet", "--force", "--detach", commit)
    await git("reset", "--quiet", "--hard", commit)
    await git("clean", "--quiet", "-ffdx")
