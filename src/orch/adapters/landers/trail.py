"""Reads the trail that landings leave on a target: the trailers of its commits."""

import re
from dataclasses import dataclass

from orch.adapters.landers.message import LANDING_ID, LANDING_PART
from orch.system.git import Git


@dataclass(frozen=True, slots=True)
class Mark:
    """A commit that says it was landed; `part` is "" or "k/n"."""

    commit: str
    tree: str
    parents: tuple[str, ...]
    landing_id: str
    part: str


_KEYS = (LANDING_ID, LANDING_PART)
_TRAILERS = (f"%(trailers:key={key},valueonly,separator=%x20)" for key in _KEYS)
_FIELDS = "%x00".join(("%H", "%T", "%P", *_TRAILERS))


async def read_trail(git: Git, tip: str, *, since: str | None, landing_id: str = "") -> list[Mark]:
    """List the commits with a Landing-Id that `tip` has and `since` has not, oldest first."""
    grep = f"--grep=^{LANDING_ID}: {re.escape(landing_id)}" if landing_id else "--grep=^Landing-Id:"
    span = (tip, f"^{since}") if since else (tip,)
    out = await git(
        *("log", "--topo-order", "--reverse", "--extended-regexp", grep, f"--format={_FIELDS}"),
        *(*span, "--"),
    )
    marks = (_mark(line.split("\0")) for line in out.splitlines())
    return [mark for mark in marks if mark.landing_id and landing_id in {"", mark.landing_id}]


def _mark(fields: list[str]) -> Mark:
    commit, tree, parents, landing, part = fields
    return Mark(commit, tree, tuple(parents.split()), landing.strip(), part.strip())
