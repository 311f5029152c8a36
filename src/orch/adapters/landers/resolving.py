"""The conflict ladder, as far as orch climbs it alone: the other way, then what is known.

A resolution may touch nothing but the paths that conflict; everything else has to be what the
merge makes of it. It is flagged in the candidate and in its commit, and gated like all others.
"""

import asyncio
from collections.abc import Sequence
from typing import Final

from orch.adapters.landers.accounting import compare
from orch.adapters.landers.clashes import Clashed, clash, has_conflict, leaves_markers
from orch.adapters.landers.keeping import Resolved, last_resolved
from orch.adapters.landers.picks import is_straight, load_picks, replay
from orch.adapters.landers.plumbing import patch
from orch.adapters.landers.rerere import contents, recall
from orch.adapters.landers.source import Source
from orch.core.landing import Item, Strategy
from orch.ports.lander import Conflict
from orch.system.git import Git, split_z

REPLAY: Final = "replay"
SQUASH: Final = "squash"
RERERE: Final = "rerere"

_MOST_PATHS: Final = 1000


async def resolve_conflict(
    git: Git, item: Item, *, source: Source, onto: str
) -> Resolved | Clashed:
    """Try the other way of carrying a change over, and then what is known of its conflicts."""
    clashed = await clash(git, onto, theirs=source.head)
    if not clashed.clashes:
        return Resolved(clashed.merged.tree, SQUASH)
    before = await last_resolved(git, item, onto=onto)
    if before is not None and await is_sound(git, before.tree, clashed=clashed):
        return Resolved(before.tree, before.by)
    if item.strategy is Strategy.SQUASH:
        tree = await _replayed(git, source=source, onto=onto)
        if tree and await is_sound(git, tree, clashed=clashed):
            return Resolved(tree, REPLAY)
    tree = await recall(git, clashed)
    if tree and await is_sound(git, tree, clashed=clashed):
        return Resolved(tree, RERERE)
    return clashed


async def is_sound(git: Git, tree: str, *, clashed: Clashed) -> bool:
    """Tell whether a tree differs from a merge only where that conflicts, without markers."""
    return not await find_faults(git, tree, clashed=clashed)


async def find_faults(git: Git, tree: str, *, clashed: Clashed) -> list[str]:
    """List the paths that a resolution should not have touched, or left markers in."""
    flags = ("-r", "-z", "--name-only", "--no-renames")
    changed = split_z(await git.raw("diff-tree", *flags, clashed.merged.tree, tree))
    faults = [path for path in changed if path not in clashed.merged.conflicts]
    for one in clashed.clashes:
        out = await git.run("cat-file", "blob", f"{tree}:{one.path}")
        sides = await contents(git, one) if one.is_text else ()
        if out.exit_code == 0 and leaves_markers(out.stdout, sides=sides):
            faults.append(one.path)
    return faults


async def find_left_markers(git: Git, tree: str, *, paths: Sequence[str]) -> tuple[str, ...]:
    """List the files in which a session left a conflict as it found it."""
    left = list[str]()
    if not paths:
        return ()
    flags = ("--literal-pathspecs", "grep", "-l", "-z", "-I", "-e", "^>>>>>>> ", tree, "--")
    found = await git.run(*flags, *paths[:_MOST_PATHS])
    for path in (name.removeprefix(f"{tree}:") for name in split_z(found.stdout)):
        out = await git.run("cat-file", "blob", f"{tree}:{path}")
        if out.exit_code == 0 and has_conflict(out.stdout):
            left.append(path)
    return tuple(left)


async def _replayed(git: Git, *, source: Source, onto: str) -> str | None:
    """Replay a branch of several commits; only where no line is lost or comes from nowhere."""
    picks = await load_picks(git, onto=onto, head=source.head)
    if len(picks) < 2 or not is_straight(picks):  # noqa: PLR2004 - one is the squash itself
        return None
    replayed = await replay(git, picks, onto=onto)
    if isinstance(replayed, Conflict) or not replayed:
        return None
    tree = replayed[-1].tree
    pairs = ((source.base, source.head), (onto, tree), (source.base, onto))
    texts = [await patch(git, pair) for pair in pairs]
    difference = await asyncio.to_thread(compare, texts[0], texts[1], already=texts[2])
    return None if difference.lost or difference.foreign else tree
