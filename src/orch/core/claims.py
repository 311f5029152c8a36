"""Claims: which files a task will change, as far as it can be known before it begins."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from orch.core.task import Task

_PATH = re.compile(
    r"(?<![\w:/.@-])"  # not the end of an address
    r"(?:\./)?((?:[\w.@+-]+/)+[\w.@+*-]*|[\w@+-][\w.@+-]*\.[A-Za-z][A-Za-z0-9]{0,7})"
    r"(?![\w/])"
)
_NO_NAMES = frozenset({"e.g", "i.e", "etc."})
_WILD = re.compile(r"[*?\[]")


@dataclass(frozen=True, slots=True)
class Claim:
    """Patterns (as in .gitignore) of the files that a task will change; none: nothing is known.

    `named` tells that they were only found in what the task says, not set as its scope.
    """

    patterns: tuple[str, ...] = ()
    named: bool = False


def claim_of(task: Task) -> Claim:
    """Take the files that a task is allowed to change, or else those that its words name."""
    allowed = tuple(one for one in task.scope.allowed if not one.startswith("!"))
    if allowed:
        return Claim(allowed)
    found = _PATH.findall(f"{task.title}\n{task.prompt}")
    names = (name.rstrip(".") for name in found)
    return Claim(tuple(dict.fromkeys(n for n in names if n and n not in _NO_NAMES)), named=True)


def may_collide(one: Claim, other: Claim) -> bool:
    """Tell whether two claims can mean the same file; in doubt they do."""
    return any(overlap(mine, yours) for mine in one.patterns for yours in other.patterns)


def overlap(one: str, other: str) -> bool:
    """Tell whether two patterns can match one path.

    A pattern means what is below it, too. One without a slash is a name at any depth: it meets
    another that holds such a name, but is not taken to lie in every folder that another names.
    """
    mine, yours = _parts(one), _parts(other)
    if _is_anchored(one) and _is_anchored(other):
        return _along(mine, yours)
    if _is_anchored(one):
        return any(_alike(part, yours[0]) for part in mine if part != "**")
    return any(_alike(part, mine[0]) for part in yours if part != "**")


def _parts(pattern: str) -> Sequence[str]:
    return [part for part in pattern.split("/") if part] or ["**"]


def _is_anchored(pattern: str) -> bool:
    return "/" in pattern.rstrip("/")


def _along(one: Sequence[str], other: Sequence[str]) -> bool:
    for mine, yours in zip(one, other, strict=False):
        if "**" in {mine, yours}:
            return True
        if not _alike(mine, yours):
            return False
    return True


def _alike(one: str, other: str) -> bool:
    if _WILD.search(one) and _WILD.search(other):
        return one == other or _ends_meet(one, other)
    return fnmatchcase(one, other) or fnmatchcase(other, one)


def _ends_meet(one: str, other: str) -> bool:
    """Tell whether two names with wildcards agree in what stands before and behind them."""
    heads = [_WILD.split(name, maxsplit=1)[0] for name in (one, other)]
    tails = [_tail(name) for name in (one, other)]
    head, tail = min(map(len, heads)), min(map(len, tails))
    return heads[0][:head] == heads[1][:head] and (
        tail == 0 or tails[0][-tail:] == tails[1][-tail:]
    )


def _tail(name: str) -> str:
    return re.split(r"[*?\]]", name)[-1]
