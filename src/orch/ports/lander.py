"""The lander: builds candidates without a checkout and moves the target by compare-and-swap."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from orch.core.landing import Item
from orch.core.project import Project


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """What would be the target's next tip: `commit` on top of `parent`, with `tree`.

    `commits` lists what it adds, oldest first (one for a squash). `resolved` says what resolved
    a conflict, "" if there was none: "replay" or "squash" (carried over the other way), "rerere"
    (as it was resolved before), or who did in the source's own commits, as in the item.
    """

    commit: str
    parent: str
    tree: str
    commits: tuple[str, ...]
    paths: tuple[str, ...]
    resolved: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """The change does not merge onto the tip; `detail` shows both sides and the base.

    `marked` says that it was merged and resolved, but the markers were left in these files.
    """

    paths: tuple[str, ...]
    detail: str = ""
    marked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Nothing:
    """The change adds nothing to the tip; `landed_as` names the commit that has it already."""

    reason: str
    landed_as: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unrelated:
    """The branch has no history in common with the target, or its commit is gone."""

    reason: str


Build = Candidate | Conflict | Nothing | Unrelated


@dataclass(frozen=True, slots=True, kw_only=True)
class Pushed:
    """The target is at the candidate (and a clean checkout of it has followed)."""

    old: str
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """Somebody else moved the target; nothing was pushed."""

    tip: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A checkout of the target is in the way; nothing was moved. `paths` says which files."""

    checkout: str
    reason: str
    paths: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The target refused (a hook, a protected branch, missing rights); trying again won't help."""

    reason: str


PushOutcome = Pushed | Moved | Waiting | Refused


class Settled(StrEnum):
    """What became of an intent, found out after a crash."""

    LANDED = "landed"
    NOT_LANDED = "not_landed"
    MOVED = "moved"


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """An invariant of landing that does not hold; `invariant` is its name (I1 … I10).

    `landing` is the id that a commit bears of which no row was given.
    """

    invariant: str
    commit: str
    detail: str
    landing: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A person's branch, fetched into the hub: where it stands there, and what its head says."""

    ref: str
    commit: str
    title: str
    body: str
    author_name: str
    author_email: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """A landing as its commit on the target tells of it. `parent` is the tip that it replaced."""

    landing_id: str
    target: str
    commit: str
    parent: str | None
    tree: str
    source_head: str
    title: str
    task_id: str | None
    author_name: str
    author_email: str
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Traces:
    """What a hub bears: the highest numbers of tasks and landings, and landings that arrived."""

    task: int = 0
    landing: int = 0
    landed: tuple[Trace, ...] = ()


class Drafter(Protocol):
    """Builds candidates of one project on this host. All work happens in the project's hub.

    Raises `Transient` when the target can't be reached.
    """

    async def tip(self, project: Project, target: str) -> str:
        """Fetch the target and return its tip. Raises `Permanent` if the branch is not there."""
        ...

    async def source(self, project: Project, branch: str) -> Source:
        """Fetch a branch of the person's repository, or else of the remote, into the hub.

        Raises `Permanent` that lists the branches there are if this one is not among them.
        """
        ...

    async def probe(self, project: Project, items: Sequence[Item], *, onto: str) -> frozenset[str]:
        """Name those items (their ids) whose whole change would not merge onto a commit.

        Nothing is kept, and many cost little more than one, so that a whole lane can be asked when
        its target moves. It is a forecast: what `build` answers decides (a conflict may have a
        known resolution, and a change that adds nothing, or whose source is gone, conflicts with
        nothing).
        """
        ...

    async def build(self, project: Project, item: Item, *, onto: str) -> Build:
        """Build the item's candidate on a commit: the target's tip, or another's candidate.

        The same item and commit give the same object id. On another's candidate, `Conflict` and
        `Nothing` say something of the two together, and hold as long as that one is ahead.
        """
        ...

    async def inspect(
        self, project: Project, item: Item, *, candidate: Candidate
    ) -> Sequence[Violation]:
        """Check I3, I5 and I6 on a candidate before it is pushed."""
        ...


class Lander(Drafter, Protocol):
    """Lands items of one project on this host.

    Raises `Transient` when the target can't be reached: whether a push arrived is then unknown.
    """

    async def push(self, project: Project, item: Item, *, follow: bool) -> PushOutcome:
        """Carry out the item's intent: `candidate` replaces `expected_old`, or nothing happens.

        For a repository without a remote, a clean checkout follows by fast-forward, else (or if
        `follow` is false and there is such a checkout) the answer is `Waiting`.
        """
        ...

    async def settle(self, project: Project, item: Item, *, follow: bool) -> Settled:
        """Find out what became of an item's intent, and complete a landing's second step."""
        ...

    async def verify(
        self, project: Project, target: str, *, landed: Sequence[Item], since: str | None = None
    ) -> Sequence[Violation]:
        """Check I2, I3, I4 on the target, for these landed items and every commit of orch's."""
        ...

    async def traces(self, project: Project, *, after: int) -> Traces:
        """Read from the hub alone which landings above this number are on their targets.

        A project without a hub has left no traces.
        """
        ...
