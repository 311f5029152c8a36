"""Puts worktrees on branches, also those that an agent left in the middle of something."""

import asyncio
import contextlib
from pathlib import Path
from typing import Final

from orch.adapters.hub import Hub
from orch.adapters.hub_locks import unlocked
from orch.adapters.workspaces.loose import unfinished
from orch.adapters.workspaces.snapshot import unhide
from orch.system.git import Git, GitError
from orch.system.worktrees import add_worktree, delete_tree, find_admin, remove_worktree

_STATE: Final = (
    "MERGE_HEAD",
    "MERGE_MSG",
    "MERGE_MODE",
    "AUTO_MERGE",
    "CHERRY_PICK_HEAD",
    "REVERT_HEAD",
    "REBASE_HEAD",
    "SQUASH_MSG",
    "BISECT_LOG",
    "BISECT_START",
    "rebase-merge",
    "rebase-apply",
    "sequencer",
)


_NOBODY: Final = {
    "GIT_AUTHOR_NAME": "orch",
    "GIT_AUTHOR_EMAIL": "orch@localhost",
    "GIT_COMMITTER_NAME": "orch",
    "GIT_COMMITTER_EMAIL": "orch@localhost",
}
"""Git wants to know who merges, also where nobody commits."""


async def put_branch(hub: Hub, branch: str, *, to: str, now: str | None) -> None:
    """Put a branch of the hub at a commit, if it is where it was thought to be."""
    expected = now or "0" * len(to)
    await unlocked(hub, lambda: hub.git("update-ref", f"refs/heads/{branch}", to, expected))


async def make_worktree(hub: Hub, path: Path, *, branch: str) -> None:
    """Make a worktree on a branch; a half-made one at its path is replaced."""
    await unlocked(hub, lambda: add_worktree(hub.git, path, what=f"refs/heads/{branch}"))


async def reset_worktree(hub: Hub, path: Path, *, branch: str) -> None:
    """Make a worktree the same as its branch, whatever it was in the middle of.

    Ignored files stay, all others that the branch doesn't have go: they must have been saved.
    A worktree that git can't mend is made anew.
    """
    admin = find_admin(hub.path, path)
    if admin is not None:
        with contextlib.suppress(GitError, OSError):
            await unlocked(hub, lambda: _reset(hub, admin, path=path, branch=branch))
            return
    await remove_worktree(hub.git, path)
    await make_worktree(hub, path, branch=branch)


async def _reset(hub: Hub, admin: Path, *, path: Path, branch: str) -> None:
    await asyncio.to_thread(_forget_unfinished, admin)
    git = inside(hub, admin, path=path)
    await git("symbolic-ref", "HEAD", f"refs/heads/{branch}")
    # A reset leaves files alone that were hidden by flags.
    await unhide(git, path)
    await git("reset", "--hard", "--quiet")
    await git("clean", "-ffdq")


async def begin_merge(hub: Hub, path: Path, *, commit: str, title: str) -> None:
    """Begin to merge a commit into a clean worktree's branch, and leave it there to be finished.

    The files get markers with all three sides; what was resolved before is resolved again.
    """
    admin = find_admin(hub.path, path)
    if admin is None:
        raise GitError(("merge", commit), 1, stderr=f"{path} is not a worktree of {hub.path}")
    git = inside(hub, admin, path=path).with_config(("merge.conflictStyle", "diff3"))
    options = ("--no-commit", "--no-ff", "--no-verify", "--no-stat", "--quiet", "-m", title)
    out = await git.run("merge", *options, commit, env=_NOBODY)
    if out.exit_code not in {0, 1}:
        raise GitError(
            ("merge", commit), out.exit_code, stderr=out.stderr.decode("utf-8", "replace")
        )


async def switch_detached(hub: Hub, path: Path, *, commit: str) -> None:
    """Bring a clean, detached worktree to another commit, rewriting only what differs."""
    admin = find_admin(hub.path, path)
    if admin is None:
        raise GitError(("reset", commit), 1, stderr=f"{path} is not a worktree of {hub.path}")
    await inside(hub, admin, path=path)("reset", "--hard", "--quiet", commit)


async def attach_branch(hub: Hub, path: Path, *, branch: str) -> None:
    """Put HEAD on a branch that names the same commit; no file is looked at."""
    admin = find_admin(hub.path, path)
    if admin is None:
        raise GitError(
            ("symbolic-ref", branch), 1, stderr=f"{path} is not a worktree of {hub.path}"
        )
    await inside(hub, admin, path=path)("symbolic-ref", "HEAD", f"refs/heads/{branch}")


def inside(hub: Hub, admin: Path, *, path: Path) -> Git:
    """Bind git to a worktree, whatever its .git file says by now."""
    return Git(path, git_dir=admin, work_tree=path, config=hub.git.config)


def is_astray(admin: Path | None, branch: str) -> bool:
    """Tell whether a worktree is off its branch, or in the middle of a merge or a rebase."""
    if admin is None:
        return True
    head = (admin / "HEAD").read_text(encoding="utf-8", errors="replace").strip()
    return head != f"ref: refs/heads/{branch}" or bool(unfinished(admin))


def _forget_unfinished(admin: Path) -> None:
    for name in _STATE:
        place = admin / name
        if place.is_dir():
            delete_tree(place)
        else:
            place.unlink(missing_ok=True)
