"""Takes the second step of a landing in a person's checkouts, or takes the first one back."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from orch.adapters.landers.held_index import HeldIndex
from orch.adapters.landers.plumbing import Entry
from orch.adapters.landers.survey import Survey, Where, restore, survey, take_back
from orch.system.git import Git, GitError

Step = Callable[[str], None]
"""Told the name of each step just before it is taken; a crash test ends the process there."""

Fence = Callable[[], Awaitable[None]]
"""Asked right before the target is touched; raises if another daemon has taken this one's place.

Between its answer and the moment at which the target moves, a window remains that no question can
close: the process may be stopped right there for an hour, and the target knows nothing of leases.
It is harmless, because the move is a compare-and-swap from the `expected_old` of the intent's row
to its `candidate`. Whoever took over finds that row `pushing` and settles it before it does
anything else in the lane: it lands the very same commit, or finds it landed, or finds that the
target has moved on, and the late swap then fails each time. An item that is `pushing` can't be
withdrawn, so a late swap never lands what was taken back.
"""

_REFLOG_NAME: Final = {
    "GIT_COMMITTER_NAME": "orch",
    "GIT_COMMITTER_EMAIL": "orch@localhost",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A branch of a person's repository on its way from one commit to the next."""

    repository: Path
    branch: str
    landing_id: str
    old: str
    new: str
    changes: Sequence[Entry]
    step: Step
    fence: Fence

    async def branch_to(self, new: str, *, was: str, why: str) -> bool:
        """Move the branch by compare-and-swap; False if it is somewhere else, or held."""
        git = Git(self.repository, as_person=True).with_config(("core.fsync", "all"))
        ref = f"refs/heads/{self.branch}"
        args = ("update-ref", "-m", f"orch: {why} {self.landing_id}", ref, new, was)
        return (await git.run(*args, env=_REFLOG_NAME)).exit_code == 0

    async def carry(self, held: HeldIndex, *, back: bool = False) -> None:
        """Bring files and index from one commit to the other. Raises `GitError`: nothing done."""
        ends = (self.new, self.old) if back else (self.old, self.new)
        self.step("files")
        await held.checkout.git.with_index(held.draft)("read-tree", "-u", "-m", *ends)
        self.step("index")
        held.install()


@dataclass(frozen=True, slots=True)
class Behind:
    """A checkout that the branch has left behind, and what was found in it."""

    held: HeldIndex
    found: Survey


async def complete(
    move: Move, held: Sequence[HeldIndex], *, left: frozenset[Path] = frozenset()
) -> tuple[str, ...]:
    """Bring every checkout to the branch, which has moved; return what is in the way of that.

    Files that hold neither side of the landing are a person's. If one of them is to be changed,
    no checkout follows and the branch goes back: a checkout that lags behind its branch would
    undo the landing at the next commit. `left` names the checkouts with a lock that a killed
    landing left. If somebody has built on the landing already, all stays as it is.
    """
    surveys = [(each, await survey(each, move.changes)) for each in held]
    behind = [
        Behind(each, found)
        for each, found in surveys
        if found.index is Where.OLD or (found.index is Where.OTHER and each.checkout.path in left)
    ]
    obstacles = [path for each in behind for path in _in_the_way(each)]
    if not obstacles:
        obstacles = await _catch_up(move, behind)
    if obstacles:
        ahead = [each for each, found in surveys if found.index is Where.NEW]
        return await _go_back(move, behind, ahead=ahead, why=obstacles)
    return ()


def _in_the_way(behind: Behind) -> list[str]:
    if behind.held.checkout.busy and not behind.found.edited:
        return [behind.held.checkout.busy]
    return list(behind.found.edited)


async def _catch_up(move: Move, behind: Sequence[Behind]) -> list[str]:
    for each in behind:
        move.step("take back")
        take_back(each.held, each.found.written)
        try:
            await move.carry(each.held)
        except GitError as error:
            return [error.stderr]
    return []


async def _go_back(
    move: Move, behind: Sequence[Behind], *, ahead: Sequence[HeldIndex], why: Sequence[str]
) -> tuple[str, ...]:
    """Undo what the landing wrote into files, then move the branch back: that order can be cut."""
    for each in behind:
        # What a failed try wrote since is only seen by looking again.
        found = await survey(each.held, move.changes)
        if found.index is not Where.NEW:
            move.step("restore")
            take_back(each.held, found.written)
            await restore(each.held, each.found.written + found.written + found.absent)
            each.held.install()
    move.step("branch back")
    if not await move.branch_to(move.old, was=move.new, why="take back"):
        return ()
    for held in ahead:
        try:
            await move.carry(held, back=True)
        except GitError:
            continue
    return tuple(why)
