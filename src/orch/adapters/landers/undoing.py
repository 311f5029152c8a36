"""Finds out whether a landing is undone already, by what the target's commits say of themselves."""

import re
from collections.abc import Iterable
from graphlib import TopologicalSorter
from typing import Final

from orch.system.git import Git

_NOTE: Final = re.compile(r"^This reverts commit ([0-9a-f]{40,64})\.$", re.MULTILINE)
"""What `orch undo` writes, and `git revert` too: so a person's own counts as well."""
_PATTERN: Final = "^This reverts commit "


def undone_by(landed: str, told: Iterable[tuple[str, str]]) -> str | None:
    """Name the commit that undoes a landed one, by commits and their messages; None if none does.

    What is undone itself undoes nothing: after an undo of the undo the landing stands again.
    """
    undoing: dict[str, set[str]] = {}
    for commit, message in told:
        for reverted in _NOTE.findall(message):
            undoing.setdefault(reverted, set()).add(commit)
    undone: dict[str, str] = {}
    for commit in TopologicalSorter(undoing).static_order():  # Who undoes comes first.
        standing = sorted(undoing.get(commit, set()) - undone.keys())
        if standing:
            undone[commit] = standing[0]
    return undone.get(landed)


async def find_undo(git: Git, landed: str, *, onto: str) -> str | None:
    """Find the commit that undoes a landed one on what has come onto it since."""
    out = await git("log", "-z", f"--grep={_PATTERN}", "--format=%H%n%B", f"{landed}..{onto}")
    lines = (entry.partition("\n") for entry in out.split("\0"))
    return undone_by(landed, ((commit, message) for commit, _, message in lines))
