"""Builds what would be the target's next tip, from an item's row alone, without a checkout."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from orch.adapters.hub import Hub
from orch.adapters.landers.clashes import Clashed
from orch.adapters.landers.commits import Draft, commit, raw_date
from orch.adapters.landers.keeping import keep
from orch.adapters.landers.material import describe
from orch.adapters.landers.message import Part, compose
from orch.adapters.landers.picks import Replayed, is_straight, load_picks, replay
from orch.adapters.landers.plumbing import Entry, entries, merge
from orch.adapters.landers.resolving import find_left_markers, resolve_conflict
from orch.adapters.landers.source import Source, find_landed, resolve
from orch.adapters.landers.undoing import find_undo
from orch.core.landing import Item, Strategy, by_session
from orch.ports.lander import Build, Candidate, Conflict, Nothing
from orch.system.git import Git


@dataclass(frozen=True, slots=True)
class Made:
    """The commits of a candidate, oldest first, and the tree of the last.

    `resolved` names what resolved a conflict, "" if there was none.
    """

    commits: tuple[str, ...]
    tree: str
    resolved: str = ""


async def build(hub: Hub, item: Item, *, onto: str) -> Build:
    """Build the item's candidate on a tip; the same item and tip give the same object id."""
    source = await resolve(hub, item, onto=onto)
    if not isinstance(source, Source):
        return source
    made = await _make(hub.git, item, source=source, onto=onto)
    if isinstance(made, Conflict) and not item.reverts:
        made = await _resolve(hub.git, item, source=source, onto=onto, conflict=made)
    if isinstance(made, Conflict):
        undo = await find_undo(hub.git, item.reverts, onto=onto) if item.reverts else None
        return _undone(item, f", by {undo[:12]}") if undo else made
    changes = await _changes(hub.git, source, commits=made.commits, onto=onto)
    if not changes:
        return await _nothing(hub.git, item, source=source, onto=onto)
    paths = tuple(change.path for change in changes)
    if by_session(item.resolved):
        left = await find_left_markers(hub.git, made.tree, paths=paths)
        if left:
            return Conflict(paths=left, marked=True)
    await keep(hub.git, item, commit=made.commits[-1], source=source.head)
    return Candidate(
        commit=made.commits[-1],
        parent=onto,
        tree=made.tree,
        commits=made.commits,
        paths=paths,
        resolved=made.resolved or by_session(item.resolved),
    )


async def _changes(git: Git, source: Source, *, commits: Sequence[str], onto: str) -> list[Entry]:
    """Return what a candidate changes; what its check will compare is asked along with that."""
    if not commits:
        return []
    others = ((source.base, source.head), (source.base, onto))
    return (await entries(git, (onto, commits[-1]), *others))[0]


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


async def _resolve(
    git: Git, item: Item, *, source: Source, onto: str, conflict: Conflict
) -> Made | Conflict:
    """Climb the conflict ladder as far as it goes without an agent."""
    found = await resolve_conflict(git, item, source=source, onto=onto)
    if isinstance(found, Clashed):
        told = await describe(git, found, onto=onto, target=item.target)
        return Conflict(paths=found.merged.conflicts, detail=f"{conflict.detail}\n\n{told}")
    made = await _squashed(git, item, tree=found.tree, onto=onto, resolved=found.by)
    return replace(made, resolved=found.by)


async def _squashed(git: Git, item: Item, *, tree: str, onto: str, resolved: str = "") -> Made:
    draft = Draft(
        tree=tree,
        parent=onto,
        message=compose(item, resolved=resolved or by_session(item.resolved)),
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
            message=compose(
                item,
                text=pick.text,
                part=Part(k, len(replayed)),
                resolved=by_session(item.resolved),
            ),
            author=pick.author,
            written=pick.written or raw_date(item),
            submitted=raw_date(item),
        )
        tip = await commit(git, draft)
        commits.append(tip)
    return Made(tuple(commits), replayed[-1].tree if replayed else "")


def _undone(item: Item, by: str = "") -> Nothing:
    return Nothing(reason=f"{(item.reverts or '')[:12]} is undone on {item.target} already{by}")


async def _nothing(git: Git, item: Item, *, source: Source, onto: str) -> Nothing:
    if item.reverts:
        return _undone(item)
    before = await find_landed(git, item, source=source, onto=onto)
    if before is not None:
        return Nothing(reason=f"the change landed before as {before[:12]}", landed_as=before)
    return Nothing(reason=f"the change adds nothing to {item.target}")
