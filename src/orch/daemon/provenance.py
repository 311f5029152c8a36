"""Finds out whose hand a file in a person's checkout is from: theirs, or another's commit."""

import os
from enum import Enum
from pathlib import Path

from orch.system.git import Git, GitError

UNDER_WAY = ("MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "rebase-merge", "rebase-apply")
"""While one of these exists in the repository, git is putting other people's changes in place."""

REFLOG_DEPTH = 10_000
MADE_HERE = ("commit: ", "commit (initial): ")
AMENDED = "commit (amend): "


class Hand(Enum):
    """Where the present content of a file is from."""

    EDITED = "written in this checkout, and not committed"
    COMMITTED = "committed in this checkout"
    FOREIGN = "part of a commit that was not made in this checkout"
    STAGED = "staged: git knows it, and no commit tells whose it is"
    UNSETTLED = "a merge, a rebase or another git command is under way"


async def whose_hand(top: Path, file: str) -> Hand:
    """Tell where a file of the checkout at `top` is from; it may also be one that is gone.

    Sound against a pull that runs meanwhile, if the caller makes sure that the file did not
    change between reading it before this call and looking again after it: git writes files
    under `index.lock`, then the index, then HEAD, so that what git itself wrote is never taken
    for an edit. Raises `GitError` where git fails.
    """
    git = Git(top, as_person=True)
    if await _is_under_way(git):
        return Hand.UNSETTLED
    is_tracked = bool(await git("ls-files", "--", file))
    is_in_head = await git.ok("cat-file", "-e", f"HEAD:{file}")
    if is_tracked and await _differs(git, file):
        return Hand.EDITED
    if not is_tracked and not is_in_head and _is_there(top / file):
        return Hand.EDITED
    if is_tracked != is_in_head or await _differs(git, "--cached", file):
        return Hand.STAGED
    last = await git("log", "-1", "--format=%H", "HEAD", "--", file)
    return Hand.COMMITTED if last in await _made_here(git) else Hand.FOREIGN


async def _is_under_way(git: Git) -> bool:
    names = [part for name in ("index.lock", *UNDER_WAY) for part in ("--git-path", name)]
    paths = await git("rev-parse", "--path-format=absolute", *names)
    return any(map(os.path.lexists, paths.split("\n")))


def _is_there(path: Path) -> bool:
    return os.path.lexists(path)


async def _differs(git: Git, *what: str) -> bool:
    """Compare the file with the index, or with `--cached` the index with HEAD."""
    *options, file = what
    args = ("diff", "--no-ext-diff", "--no-textconv", "--quiet", *options, "--", file)
    out = await git.run(*args)
    if out.exit_code not in (0, 1):
        raise GitError(args, out.exit_code, stderr=out.stderr.decode("utf-8", "replace"))
    return out.exit_code == 1


async def _made_here(git: Git) -> set[str]:
    """List the commits that were made by `git commit` in this checkout, as its reflog tells.

    What came by pull, merge, rebase, cherry-pick or by a landing of orch's is not among them.
    An amended commit counts if the one it replaced does.
    """
    args = ("log", "-g", f"--max-count={REFLOG_DEPTH}", "--format=%H %gs", "HEAD")
    entries = (await git(*args)).splitlines()
    made: set[str] = set()
    before = ""
    for entry in reversed(entries):
        commit, _, said = entry.partition(" ")
        if said.startswith(MADE_HERE) or (said.startswith(AMENDED) and before in made):
            made.add(commit)
        before = commit
    return made
