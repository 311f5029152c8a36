"""Moves a branch of a person's repository, and lets clean checkouts of it follow: two steps.

What is written there: the objects of the landed commits, the branch with its reflog, and in each
checkout that follows its files and its index. No other ref, no FETCH_HEAD, no configuration; no
hook runs.
"""

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from orch.adapters.hub import Hub, fetch_base
from orch.adapters.landers.checkouts import Checkout, find_checkouts
from orch.adapters.landers.completion import Fence, Move, Step, complete
from orch.adapters.landers.held_index import (
    HeldIndex,
    IndexBusy,
    hold_index,
    is_left,
    release_left,
)
from orch.adapters.landers.obstacles import find_obstacles
from orch.adapters.landers.plumbing import entries, is_ancestor
from orch.core.landing import Item
from orch.ports.errors import Transient
from orch.ports.lander import Moved, Pushed, PushOutcome, Waiting
from orch.system.git import Git, GitError

_QUIET: Final = ("--no-write-fetch-head", "--no-tags", "--no-recurse-submodules", "--quiet")
_FETCH_CONFIG: Final = (
    ("protocol.version", "2"),
    ("protocol.file.allow", "always"),
    ("core.fsync", "all"),
    ("fetch.writeCommitGraph", "false"),
    ("fetch.prune", "false"),
)


async def plan_move(hub: Hub, item: Item, *, step: Step, fence: Fence) -> Move:
    """Read the intent off the item's row. Raises `GitError` if its commits are not in the hub."""
    old, new = item.expected_old or "", item.candidate or ""
    return Move(
        repository=Path(hub.project.path),
        branch=item.target,
        landing_id=item.id,
        old=old,
        new=new,
        changes=(await entries(hub.git, (old, new)))[0],
        step=step,
        fence=fence,
    )


async def push_local(hub: Hub, move: Move, *, follow: bool) -> PushOutcome:
    """Move the branch and what has it checked out, or nothing."""
    checkouts = await find_checkouts(move.repository, move.branch)
    tip = next((checkout.tip for checkout in checkouts if checkout.tip), "")
    if tip not in {move.old, move.new}:
        tip = await fetch_base(hub.project, move.branch)
    if tip == move.new:
        await move.fence()
        return await _finish(move, checkouts)
    if tip != move.old:
        arrived = await is_ancestor(hub.git, move.new, of=tip)
        return Pushed(old=move.old, new=move.new) if arrived else Moved(tip=tip)
    if (waiting := _held_up(checkouts, follow=follow)) is not None:
        return waiting
    move.step("objects")
    await _give_objects(hub, move.new)
    with ExitStack() as stack:
        held = list[HeldIndex]()
        for checkout in checkouts:
            move.step("hold")
            try:
                held.append(stack.enter_context(hold_index(checkout, move.landing_id)))
            except IndexBusy as error:
                return Waiting(checkout=str(checkout.path), reason=str(error))
            if paths := await find_obstacles(held[-1], move.changes):
                return _waiting(checkout, paths)
        return await _move(hub, move, held=held)


async def _move(hub: Hub, move: Move, *, held: Sequence[HeldIndex]) -> PushOutcome:
    move.step("branch")
    await move.fence()
    if not await move.branch_to(move.new, was=move.old, why="land"):
        tip = await fetch_base(hub.project, move.branch)
        if tip == move.old:
            raise Transient(f"another git holds {move.branch} of {move.repository}; nothing moved")
        return Moved(tip=tip)
    try:
        for each in held:
            await move.carry(each)
    except GitError:
        # A file was changed between the look and the move, or the disk is full.
        if paths := await complete(move, held):
            return _waiting(held[0].checkout, paths)
    move.step("release")
    return Pushed(old=move.old, new=move.new)


async def _finish(move: Move, checkouts: Sequence[Checkout]) -> PushOutcome:
    """Take the second step of a landing whose first one was taken before a crash."""
    left = frozenset(checkout.path for checkout in checkouts if is_left(checkout))
    with ExitStack() as stack:
        held = list[HeldIndex]()
        for checkout in checkouts:
            try:
                held.append(stack.enter_context(hold_index(checkout, move.landing_id)))
            except IndexBusy as error:
                told = f"{move.branch} has moved, and its checkout can't follow yet: {error}"
                raise Transient(told) from error
        if paths := await complete(move, held, left=left):
            return _waiting(held[0].checkout, paths)
    return Pushed(old=move.old, new=move.new)


async def settle_local(move: Move, *, tip: str) -> bool:
    """Clear up after a killed landing; True if the branch is at its commit, with its checkouts."""
    checkouts = await find_checkouts(move.repository, move.branch)
    await move.fence()
    if tip == move.new:
        return isinstance(await _finish(move, checkouts), Pushed)
    for checkout in checkouts:
        release_left(checkout)
    return False


def _held_up(checkouts: Sequence[Checkout], *, follow: bool) -> Waiting | None:
    for checkout in checkouts:
        if not follow:
            told = 'it has the branch checked out, and landing.checkout = "hold"'
            return Waiting(checkout=str(checkout.path), reason=told)
        if checkout.busy:
            return Waiting(checkout=str(checkout.path), reason=checkout.busy)
    return None


def _waiting(checkout: Checkout, paths: Sequence[str]) -> Waiting:
    told = f"files in {checkout.path} are in the way; commit, stash or remove them"
    return Waiting(checkout=str(checkout.path), reason=told, paths=tuple(paths))


async def _give_objects(hub: Hub, commit: str) -> None:
    """Bring the landed commits to the person's repository, under no name yet."""
    git = Git(Path(hub.project.path), as_person=True).with_config(*_FETCH_CONFIG)
    await git("fetch", *_QUIET, "--no-auto-maintenance", "--", str(hub.path), commit)
