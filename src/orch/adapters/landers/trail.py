"""Reads the trail that landings leave on a target: the trailers of its commits."""

import re
from dataclasses import dataclass

from orch.adapters.landers.message import LANDING_ID, LANDING_PART, REVERTS, SOURCE_HEAD
from orch.core.landing import Item
from orch.system.git import Git


@dataclass(frozen=True, slots=True)
class Mark:
    """A commit that says it was landed; `part` is "" or "k/n", `source` what it was made of."""

    commit: str
    tree: str
    parents: tuple[str, ...]
    landing_id: str
    part: str
    source: str

    def is_of(self, item: Item) -> bool:
        """Tell whether an item was landed by it.

        The id alone does not say so: another orch with the same target counts from l1 as well.
        """
        return (self.landing_id, self.source) == (item.id, source_of(item))


def source_of(item: Item) -> str:
    """Say what an item is made of, as its trailers do: a head, or the landed commit it undoes."""
    return item.source_head or item.reverts or ""


_KEYS = (LANDING_ID, LANDING_PART, SOURCE_HEAD, REVERTS)
_TRAILERS = (f"%(trailers:key={key},valueonly,separator=%x20)" for key in _KEYS)
_FIELDS = "%x00".join(("%H", "%T", "%P", *_TRAILERS))


async def read_trail(
    git: Git, tip: str, *, since: str | None, of: Item | None = None
) -> list[Mark]:
    """List the commits with a Landing-Id that `tip` has and `since` has not, oldest first.

    With `of` only those that landed this item.
    """
    grep = f"--grep=^{LANDING_ID}: {re.escape(of.id) if of else ''}"
    span = (tip, f"^{since}") if since else (tip,)
    out = await git(
        *("log", "--topo-order", "--reverse", "--extended-regexp", grep, f"--format={_FIELDS}"),
        *(*span, "--"),
    )
    marks = (_mark(line.split("\0")) for line in out.splitlines())
    return [mark for mark in marks if mark.landing_id and (of is None or mark.is_of(of))]


def _mark(fields: list[str]) -> Mark:
    commit, tree, parents, *trailers = fields
    landing, part, head, reverts = (trailer.strip() for trailer in trailers)
    return Mark(commit, tree, tuple(parents.split()), landing, part, head or reverts)
