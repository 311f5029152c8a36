"""Finds the commits that somebody made in a workspace and that no branch of orch's reaches."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from orch.adapters.hub import Hub
from orch.system.git import Git

_HEX: Final = re.compile(r"\b(?:[0-9a-f]{64}|[0-9a-f]{40})\b")
_MOVED: Final = re.compile(r"\tcheckout: moving from (\S+) to (\S+)")
_STASH_OF: Final = re.compile(r"\t(?:WIP on|On) ([^:]+):")
_KEPT: Final = ("--glob=refs/heads/orch", "--glob=refs/orch")
_UNFINISHED: Final = (
    ("rebase-merge", "rebase"),
    ("rebase-apply", "rebase"),
    ("MERGE_HEAD", "merge"),
    ("CHERRY_PICK_HEAD", "cherry-pick"),
    ("REVERT_HEAD", "revert"),
    ("BISECT_LOG", "bisect"),
)
_STATE_FILES: Final = (
    "HEAD",
    "MERGE_HEAD",
    "CHERRY_PICK_HEAD",
    "REVERT_HEAD",
    "REBASE_HEAD",
    "ORIG_HEAD",
    "logs/HEAD",
    "refs/**/*",
    "rebase-merge/orig-head",
    "rebase-merge/autostash",
    "rebase-merge/stopped-sha",
    "rebase-merge/rewritten-list",
    "rebase-apply/orig-head",
    "rebase-apply/autostash",
    "sequencer/head",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Loose:
    """Commits of one kind that would be lost: `tips` reach all of them."""

    kind: str
    tips: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A worktree, seen from the hub: `admin` is where git keeps its state, if it still does."""

    hub: Hub
    path: Path
    admin: Path | None
    branch: str


async def find_loose(place: Place) -> list[Loose]:
    """Find what no `orch/…` branch and no ref of orch's reaches.

    Looked through are HEAD and all it ever was, the state of unfinished merges and rebases,
    stashes made on this worktree's branch, and branches that were made here.
    """
    stashes, made = _stashes(place), await made_branches(place)
    groups = {
        "stash": stashes,
        **{f"branch {name}": [commit] for name, commit in made.items()},
        "commits left behind": _left_behind(place.admin) if place.admin else [],
    }
    tips = set(await _unreachable_tips(place.hub.git, [c for g in groups.values() for c in g]))
    found = []
    for kind, commits in groups.items():
        mine = tuple(dict.fromkeys(commit for commit in commits if commit in tips))
        tips -= set(mine)
        found += [Loose(kind=kind, tips=mine)] if mine else []
    return found + ([Loose(kind="commits left behind", tips=tuple(sorted(tips)))] if tips else [])


def unfinished(admin: Path | None) -> str:
    """Name what git is in the middle of in a worktree: a merge, a rebase …; "" if nothing."""
    names = [name for file, name in _UNFINISHED if admin is not None and (admin / file).exists()]
    return names[0] if names else ""


async def made_branches(place: Place) -> dict[str, str]:
    """Find the branches outside `orch/` that HEAD was on in this worktree, with their tips."""
    names = {name for line in _lines(place.admin, "logs/HEAD") for name in _visited(line)}
    wanted = [f"refs/heads/{name}" for name in sorted(names) if not name.startswith("orch/")]
    if not wanted:
        return {}
    fields = "--format=%(refname:lstrip=2) %(objectname)"
    listed = await place.hub.git("for-each-ref", fields, *wanted)
    pairs = (line.rsplit(" ", 1) for line in listed.splitlines())
    return {name: commit for name, commit in pairs if name in names}


def tips_of(history: str) -> tuple[str, ...]:
    """Pick the commits that are nobody's parent from the output of `rev-list --parents`."""
    lines = [line.split() for line in history.splitlines()]
    parents = {parent for _, *rest in lines for parent in rest}
    return tuple(commit for commit, *_ in lines if commit not in parents)


async def _unreachable_tips(git: Git, commits: list[str]) -> tuple[str, ...]:
    if not commits:
        return ()
    options = ("--parents", "--ignore-missing", "--stdin", "--not", *_KEPT)
    wanted = "\n".join(dict.fromkeys(commits)) + "\n"
    return tips_of(await git("rev-list", *options, stdin=wanted))


def _left_behind(admin: Path) -> list[str]:
    """Read every object id out of the state that git keeps of a worktree, newest first."""
    files = [file for pattern in _STATE_FILES for file in sorted(admin.glob(pattern))]
    texts = (file.read_text("utf-8", "replace") for file in files if file.is_file())
    ids = [name for text in texts for name in _HEX.findall(text)]
    return [name for name in reversed(ids) if name.strip("0")]


def _stashes(place: Place) -> list[str]:
    """Find stashes that were made on this worktree's branch, or on none of orch's."""
    return [
        line.split(" ", 2)[1]
        for line in _lines(place.hub.path, "logs/refs/stash")
        if _is_ours(line, place.branch)
    ]


def _is_ours(line: str, branch: str) -> bool:
    match = _STASH_OF.search(line)
    return match is None or match[1] == branch or not match[1].startswith("orch/")


def _visited(line: str) -> Iterable[str]:
    match = _MOVED.search(line)
    return match.groups() if match else ()


def _lines(folder: Path | None, name: str) -> Iterator[str]:
    if folder is not None and (folder / name).exists():
        with (folder / name).open(encoding="utf-8", errors="surrogateescape") as file:
            yield from file
