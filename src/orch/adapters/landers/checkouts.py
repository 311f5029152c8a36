"""Finds the person's checkouts of a branch, and what they are in the middle of."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from orch.system.git import Git, decode

_UNDER_WAY: Final = (
    ("MERGE_HEAD", "a merge"),
    ("CHERRY_PICK_HEAD", "a cherry-pick"),
    ("REVERT_HEAD", "a revert"),
    ("rebase-merge", "a rebase"),
    ("rebase-apply", "a rebase or git am"),
    ("sequencer", "a cherry-pick or revert"),
    ("BISECT_LOG", "a bisect"),
)


@dataclass(frozen=True, slots=True)
class Checkout:
    """A checkout of a branch. `busy` says what is under way in it ("" for nothing).

    `tip` is the commit that the branch names, "" where the checkout is detached.
    """

    path: Path
    git_dir: Path
    busy: str = ""
    tip: str = ""

    @property
    def git(self) -> Git:
        """Bind git to it, as the person: their filters and line ends decide what files hold."""
        return Git(self.path, as_person=True)


async def find_checkouts(repository: Path, branch: str) -> list[Checkout]:
    """List the checkouts that have `branch`, and those that are rebasing or bisecting it.

    A checkout whose folder is gone counts only if it was locked (it may be on a disk that is
    not there now).
    """
    raw = await Git(repository, as_person=True).raw("worktree", "list", "--porcelain", "-z")
    blocks = [block.split("\0") for block in decode(raw).split("\0\0") if block.strip("\0")]
    found = (_checkout(dict(line.partition(" ")[::2] for line in b), branch) for b in blocks)
    return [checkout for checkout in found if checkout is not None]


def _checkout(block: dict[str, str], branch: str) -> Checkout | None:
    path = Path(block["worktree"])
    if "bare" in block:
        return None
    has = block.get("branch") == f"refs/heads/{branch}"
    git_dir = find_git_dir(path)
    if git_dir is None:
        if not (has and "locked" in block):
            return None
        return Checkout(
            path, path, "its folder is not there, and it is locked: git worktree unlock"
        )
    if has:
        return Checkout(path, git_dir, _under_way(git_dir), block["HEAD"])
    if "detached" in block and branch in _names_held(git_dir):
        return Checkout(path, git_dir, _under_way(git_dir))
    return None


def find_git_dir(checkout: Path) -> Path | None:
    """Return where git keeps a checkout's index and HEAD; None if this is no checkout."""
    link = checkout / ".git"
    if link.is_dir():
        return link
    try:
        text = link.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return None
    target = checkout / text.removeprefix("gitdir:").strip()
    return target if target.is_dir() else None


def _under_way(git_dir: Path) -> str:
    names = [what for name, what in _UNDER_WAY if (git_dir / name).exists()]
    return f"{names[0]} is under way" if names else ""


def _names_held(git_dir: Path) -> set[str]:
    """Name the branches that a rebase or a bisect will come back to."""
    names = set()
    for file in ("rebase-merge/head-name", "rebase-apply/head-name", "BISECT_START"):
        try:
            text = (git_dir / file).read_text(encoding="utf-8", errors="surrogateescape")
        except OSError:
            continue
        names.add(text.strip().removeprefix("refs/heads/"))
    return names
