"""Replays a branch commit by commit onto a tip (the strategy `rebase`), without a checkout."""

import re
from dataclasses import dataclass
from typing import Final

from orch.adapters.landers.commits import synthetic
from orch.adapters.landers.plumbing import merge
from orch.core.landing import Person
from orch.ports.lander import Conflict
from orch.system.git import Git, decode

_FIELDS: Final = ("%H", "%P", "%T", "%an", "%ae", "%ad", "%B")
_DATE = re.compile(r"\d{1,14} [+-]\d{4}")


@dataclass(frozen=True, slots=True)
class Pick:
    """A commit to be replayed; `written` is git's raw date, "" if it makes no sense."""

    commit: str
    parents: tuple[str, ...]
    tree: str
    author: Person
    written: str
    text: str


@dataclass(frozen=True, slots=True)
class Replayed:
    """A pick, and the tree that it makes on top of those before it."""

    pick: Pick
    tree: str


async def load_picks(git: Git, *, onto: str, head: str) -> list[Pick]:
    """List the commits of a branch that the tip does not have, oldest first."""
    flags = ("--reverse", "--topo-order", "--encoding=UTF-8", "--date=raw", "-z")
    raw = await git.raw("log", *flags, f"--format={'%x00'.join(_FIELDS)}", f"{onto}..{head}")
    fields = decode(raw).split("\0")[:-1]
    size = len(_FIELDS)
    return [_pick(fields[at : at + size]) for at in range(0, len(fields), size)]


def _pick(fields: list[str]) -> Pick:
    commit, parents, tree, name, mail, date, text = fields
    written = date if _DATE.fullmatch(date) else ""
    return Pick(commit, tuple(parents.split()), tree, Person(name, mail), written, text)


def is_straight(picks: list[Pick]) -> bool:
    """Tell whether the branch holds no merges.

    A merge can't be replayed line by line without losing how it was resolved.
    """
    return all(len(pick.parents) == 1 for pick in picks)


async def replay(git: Git, picks: list[Pick], *, onto: str) -> list[Replayed] | Conflict:
    """Compute the tree of each pick on top of the tip; those that add nothing are left out."""
    first = picks[0].parents[0]
    trees = (await git("rev-parse", f"{onto}^{{tree}}", f"{first}^{{tree}}")).split()
    tip, before = trees[0], trees[1]
    done: list[Replayed] = []
    for pick in picks:
        tree = await _carry(git, pick, before=before, tip=tip)
        if isinstance(tree, Conflict):
            return tree
        if tree != tip:
            done.append(Replayed(pick, tree))
        tip, before = tree, pick.tree
    return done


async def _carry(git: Git, pick: Pick, *, before: str, tip: str) -> str | Conflict:
    """Carry one pick from its parent's tree (`before`) to another tree (`tip`)."""
    if before == tip:
        return pick.tree
    # git 2.39 can't be told the base of a merge, so one is arranged: a commit with the tip's
    # tree whose parent is the pick's parent.
    side = await synthetic(git, tree=tip, parent=pick.parents[0])
    merged = await merge(git, side, theirs=pick.commit)
    if merged.conflicts:
        title = pick.text.partition("\n")[0]
        detail = f"while replaying {pick.commit[:12]} ({title})\n{merged.detail}"
        return Conflict(paths=merged.conflicts, detail=detail)
    return merged.tree
