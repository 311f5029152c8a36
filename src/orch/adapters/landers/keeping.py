"""Keeps candidates and their sources reachable in the hub, and knows the last one of an item."""

import hashlib
import re
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final

from orch.adapters.landers.message import RESOLVED_BY, SOURCE_HEAD
from orch.core.landing import Item
from orch.system.git import Git

LANDINGS: Final = "refs/orch/landings/"
SOURCES: Final = "refs/orch/landing-sources/"
"""What keeps a candidate, and what it was made of, reachable in the hub."""

_SAFE = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]|\.(?!\.|lock$|$))*")
_TRAILERS = (
    f"%(trailers:key={key},valueonly,separator=%x20)" for key in (SOURCE_HEAD, RESOLVED_BY)
)
_FIELDS = "%x00".join(("%P", "%T", *_TRAILERS))


@dataclass(frozen=True, slots=True)
class Resolved:
    """A tree that a conflict was resolved to, and by what."""

    tree: str
    by: str


async def keep(git: Git, item: Item, *, commit: str, source: str) -> None:
    """Let refs hold a candidate and its source, so that nothing can take an intent away."""
    name = ref_name(item.id)
    lines = f"update {LANDINGS}{name} {commit}\nupdate {SOURCES}{name} {source}\n"
    await git("update-ref", "--stdin", stdin=lines)


async def find_kept(git: Git, landing_ids: AbstractSet[str]) -> set[str]:
    """Return the last candidates of these landings, of those that were made in this hub."""
    if not landing_ids:
        return set()
    wanted = {f"{LANDINGS}{ref_name(landing_id)}" for landing_id in landing_ids}
    lines = (await git("for-each-ref", "--format=%(refname) %(objectname)", LANDINGS)).splitlines()
    refs = (line.rpartition(" ") for line in lines)
    return {commit for ref, _, commit in refs if ref in wanted}


async def last_resolved(git: Git, item: Item, *, onto: str) -> Resolved | None:
    """Return how the item's last candidate on this very commit was resolved, if it was.

    What is known of conflicts changes as agents work; a candidate that is built again must not.
    """
    out = await git.run("log", "-1", f"--format={_FIELDS}", f"{LANDINGS}{ref_name(item.id)}", "--")
    if out.exit_code != 0:
        return None
    parent, tree, head, by = (field.strip() for field in out.text.split("\0"))
    if (parent, head) != (onto, item.source_head) or not by:
        return None
    return Resolved(tree, by)


def ref_name(landing_id: str) -> str:
    """Return the last part of a landing's refs; an id that git would not take is hashed."""
    if _SAFE.fullmatch(landing_id):
        return landing_id
    return hashlib.sha256(landing_id.encode("utf-8", "replace")).hexdigest()[:40]
