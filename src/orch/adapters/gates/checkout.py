"""A gate's own workspace: a worktree of the hub that no agent touches, reset for each run."""

import asyncio
import contextlib
import fcntl
import hashlib
import os
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from orch.adapters.hub import Hub
from orch.system.distrust import distrust
from orch.system.file_lock import exclusive
from orch.system.git import Git, GitError, decode
from orch.system.paths import private
from orch.system.process import marked
from orch.system.reap import end
from orch.system.worktrees import add_worktree, delete_tree, find_admin, is_whole

MARK: Final = "ORCH_GATE_SLOT"
"""The variable by which every process of a gate is found, also after the daemon was killed."""

_SLOTS: Final = 256
_LOCKS: Final = ("index.lock", "HEAD.lock")


@dataclass(frozen=True, slots=True)
class State:
    """What can be told from outside of a checkout; `untracked` counts new files and folders."""

    stains: frozenset[str] = frozenset()
    untracked: int = 0


@dataclass(frozen=True, slots=True)
class Checkout:
    """A slot's worktree at an exact commit.

    `mark` finds the processes that run in it; `scratch` is their folder for temporary files.
    `clean` is what git said of it before anything ran: in some repositories a fresh checkout
    looks changed (line ends that contradict .gitattributes), and that is not the gate's doing.
    """

    path: Path
    commit: str
    mark: str
    scratch: Path
    clean: State = State()

    async def look(self) -> State:
        """Look for changes that a gate must not make; new files that git does not know are fine.

        Told are tracked files, the index, and where HEAD is.
        """
        flags = ("--porcelain=v2", "--branch", "-z", "--no-renames", "--ignore-submodules=dirty")
        # A filter that an agent has put into the hub's configuration could hide what was changed.
        git = await distrust(Git(self.path))
        raw = await git.raw("status", *flags, "--untracked-files=normal")
        lines = [decode(line) for line in raw.split(b"\0") if line]
        stains = [stain for line in lines if (stain := self._stain(line))]
        return State(frozenset(stains), sum(line.startswith("? ") for line in lines))

    async def changed(self) -> State:
        """Say what is different since the checkout was made."""
        try:
            now = await self.look()
        except GitError as error:
            return State(frozenset({f"the checkout itself ({error.stderr or error})"}))
        return State(now.stains - self.clean.stains, now.untracked - self.clean.untracked)

    def _stain(self, line: str) -> str:
        kind, _, rest = line.partition(" ")
        match kind:
            case "#":
                return self._moved(*rest.split(" ", 1))
            case "1":
                return rest.split(" ", 7)[7]
            case "u":
                return rest.split(" ", 9)[9]
            case _:
                return ""

    def _moved(self, what: str, value: str) -> str:
        if what == "branch.oid" and value != self.commit:
            return f"HEAD (moved to {value[:12]})"
        if what == "branch.head" and value != "(detached)":
            return f"HEAD (on the branch {value})"
        return ""


@asynccontextmanager
async def checked_out(
    hub: Hub, folder: Path, *, commit: str, caches: Sequence[str] = ()
) -> AsyncIterator[Checkout]:
    """Take a free slot, bring it to the exact commit, and give it back.

    Nothing else is in it but what git does not track and the patterns of `caches` (as in
    .gitignore) match: that stays from the slot's last run. A slot is held by a lock that ends with
    the daemon; what a killed daemon's gate still runs there is ended first. Raises `GitError` and
    `OSError`.
    """
    handle, path = _take(folder)
    try:
        mark = f"{MARK}={path}"
        await end(lambda: marked(mark), grace_s=0.0)
        scratch = find_scratch(path)
        await asyncio.to_thread(delete_tree, scratch)
        await _reset(hub, path, commit=commit, caches=caches)
        checkout = Checkout(path, commit, mark, private(scratch))
        try:
            yield replace(checkout, clean=await checkout.look())
        finally:
            await asyncio.shield(asyncio.to_thread(_discard, scratch))
    finally:
        os.close(handle)


def find_scratch(slot: Path) -> Path:
    """Return where a slot's temporary files go: a short path, for sockets are made there too."""
    digest = hashlib.sha256(os.fsencode(slot)).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"orch-gate-{os.getuid()}-{digest}"


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


async def _reset(hub: Hub, path: Path, *, commit: str, caches: Sequence[str]) -> None:
    """Bring the slot to the commit; what can't be mended is made anew."""
    if await asyncio.to_thread(_is_usable, hub.path, path):
        with contextlib.suppress(GitError):
            await _bring(hub, path, commit=commit, caches=caches)
            return
    async with exclusive(hub.lock):
        await add_worktree(hub.git, path, what=commit, reason="a gate's workspace")


def _is_usable(hub: Path, path: Path) -> bool:
    """Tell whether the slot is a worktree, and of the hub.

    A gate may have led `.git` elsewhere. Whatever git did there would be done to an agent's
    workspace, or to the person's own checkout.
    """
    link, admin = path / ".git", find_admin(hub, path)
    if admin is None or link.is_symlink() or not is_whole(hub, path):
        return False
    try:
        text = link.read_text(encoding="utf-8", errors="surrogateescape")
        return (path / text.removeprefix("gitdir:").strip()).samefile(admin)
    except OSError:
        return False


async def _bring(hub: Hub, path: Path, *, commit: str, caches: Sequence[str]) -> None:
    # The slot is ours alone, and whoever ran in it has been ended: its locks are nobody's.
    if (admin := find_admin(hub.path, path)) is not None:
        for lock in _LOCKS:
            (admin / lock).unlink(missing_ok=True)
    # An agent can write the hub's configuration; none of its programs is started here.
    git = await distrust(Git(path))
    # Detached first: a reset on a branch that a gate has checked out would move the branch.
    await git("checkout", "--quiet", "--force", "--detach", commit)
    await git("clean", "--quiet", "-ffdx", *(f"--exclude={one}" for one in caches))
    await git("reset", "--quiet", "--hard", commit)
    overlooked = [line for line in (await git.raw("ls-files", "-v", "-z")).split(b"\0") if line]
    if any(line[:1] != b"H" for line in overlooked):
        # An earlier gate told git not to look at some files: they may hold anything.
        raise GitError(
            ("ls-files", "-v"), 1, stderr="files are hidden from git in a gate's workspace"
        )


def _discard(scratch: Path) -> None:
    with contextlib.suppress(OSError):
        delete_tree(scratch)
