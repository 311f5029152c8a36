"""Builds what would be the target's next tip, from an item's row alone, without a checkout."""

import hashlib
import re
from dataclasses import dataclass
from typing import Final

from orch.adapters.hub import Hub
from orch.adapters.landers.commits import Draft, commit, raw_date
from orch.adapters.landers.message import Part, compose
from orch.adapters.landers.picks import Replayed, is_straight, load_picks, replay
from orch.adapters.landers.plumbing import entries, merge
from orch.adapters.landers.source import Source, find_landed, resolve
from orch.core.landing import Item, Strategy
from orch.ports.lander import Build, Candidate, Conflict, Nothing
from orch.system.git import Git

LANDINGS: Final = "refs/orch/landings/"
SOURCES: Final = "refs/orch/landing-sources/"
"""What keeps a candidate, and what it was made of, reachable in the hub."""

_SAFE = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]|\.(?!\.|lock$|$))*")


@dataclass(frozen=True, slots=True)
class Made:
    """The commits of a candidate, oldest first, and the tree of the last."""

    commits: tuple[str, ...]
    tree: str


async def build(hub: Hub, item: Item, *, onto: str) -> Build:
    """Build the item's candidate on a tip; the same item and tip give the same object id."""
    source = await resolve(hub, item, onto=onto)
    if not isinstance(source, Source):
        return source
    made = await _make(hub.git, item, source=source, onto=onto)
    if isinstance(made, Conflict):
        return made
    changes = (await entries(hub.git, (onto, made.commits[-1])))[0] if made.commits else []
    if not changes:
        return await _nothing(hub.git, item, source=source, onto=onto)
    await _keep(hub.git, item, commit=made.commits[-1], source=source.head)
    return Candidate(
        commit=made.commits[-1],
        parent=onto,
        tree=made.tree,
        commits=made.commits,
        paths=tuple(change.path for change in changes),
    )


async def _make(git: Git, item: Item, *, source: Source, onto: str) -> Made | Conflict:
    if item.strategy is Strategy.REBASE and not item.reverts:
        picks = await load_picks(git, onto=onto, head=source.head)
        if is_straight(picks):
            replayed = await replay(git, picks, onto=onto)
            if isinstance(replayed, Conflict):
                return replayed
            return await _rebased(git, item, replayed=replayed, onto=onto)
    merged = await merge(git, onto, theirs=source.head)
    if merged.conflicts:
        return Conflict(paths=merged.conflicts, detail=merged.detail)
    return await _squashed(git, item, tree=merged.tree, onto=onto)


async def _squashed(git: Git, item: Item, *, tree: str, onto: str) -> Made:
    draft = Draft(
        tree=tree,
        parent=onto,
        message=compose(item),
        author=item.author,
        written=raw_date(item),
        submitted=raw_date(item),
    )
    return Made((await commit(git, draft),), tree)


async def _rebased(git: Git, item: Item, *, replayed: list[Replayed], onto: str) -> Made:
    """Write the replayed commits; each keeps its author, its date and its words."""
    tip, commits = onto, list[str]()
    for k, (pick, tree) in enumerate(((r.pick, r.tree) for r in replayed), 1):
        draft = Draft(
            tree=tree,
            parent=tip,
            message=compose(item, text=pick.text, part=Part(k, len(replayed))),
            author=pick.author,
            written=pick.written or raw_date(item),
            submitted=raw_date(item),
        )
        tip = await commit(git, draft)
        commits.append(tip)
    return Made(tuple(commits), replayed[-1].tree if replayed else "")


async def _nothing(git: Git, item: Item, *, source: Source, onto: str) -> Nothing:
    if item.reverts:
        return Nothing(reason=f"{item.reverts[:12]} is undone on {item.target} already")
    before = await find_landed(git, item, source=source, onto=onto)
    if before is not None:
        return Nothing(reason=f"the change landed before as {before[:12]}", landed_as=before)
    return Nothing(reason=f"the change adds nothing to {item.target}")


async def _keep(git: Git, item: Item, *, commit: str, source: str) -> None:
    name = ref_name(item.id)
    lines = f"update {LANDINGS}{name} {commit}\nupdate {SOURCES}{name} {source}\n"
    await git("update-ref", "--stdin", stdin=lines)


def ref_name(landing_id: str) -> str:
    """Return the last part of a landing's refs; an id that git would not take is hashed."""
    if _SAFE.fullmatch(landing_id):
        return landing_id
    return hashlib.sha256(landing_id.encode("utf-8", "replace")).hexdigest()[:40]
