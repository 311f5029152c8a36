"""A landing: one change going through the merge queue of one (repository, target branch)."""

from dataclasses import dataclass
from enum import StrEnum


class ItemState(StrEnum):
    """Where an item of the lane stands."""

    SUBMITTED = "submitted"
    PRECHECKED = "prechecked"
    QUEUED = "queued"
    GATING = "gating"
    GREEN = "green"
    PUSHING = "pushing"
    LANDED = "landed"
    BOUNCED = "bounced"
    CANCELLED = "cancelled"


CLOSED = frozenset({ItemState.LANDED, ItemState.BOUNCED, ItemState.CANCELLED})
"""States that an item never leaves."""


BY_AGENT = "agent"
BY_RESOLVER = "resolver"
BY_SESSION = frozenset({BY_AGENT, BY_RESOLVER})
"""What `Item.resolved` says where a session resolved a conflict, in its own commits."""

_AND = ", "
"""Stands in `Item.resolved` between a session and what its candidate needed beside that."""


def by_session(resolved: str) -> str:
    """Say which session resolved a conflict in commits of its own, "" if none did."""
    first = resolved.partition(_AND)[0]
    return first if first in BY_SESSION else ""


def beside(resolved: str) -> str:
    """Say what resolved a conflict while the candidate was made, "" if there was none then."""
    who = by_session(resolved)
    return resolved.removeprefix(who).removeprefix(_AND) if who else resolved


def resolved_also(before: str, now: str) -> str:
    """Add to who resolved a change's conflict what its newest candidate needed beside that."""
    return _AND.join(filter(None, (by_session(before), beside(now))))


class Bounce(StrEnum):
    """Why an item was sent back."""

    CONFLICT = "conflict"
    RED = "red"
    STALE = "stale"
    SCOPE = "scope"
    EMPTY = "empty"
    UNCLEAN = "unclean"
    REFUSED = "refused"


class Proof(StrEnum):
    """How a commit of orch's on the target is backed."""

    PASSING = "passing"
    COVERED = "covered"
    UNGATED = "ungated"


class Strategy(StrEnum):
    """How a branch becomes commits on the target."""

    SQUASH = "squash"
    REBASE = "rebase"


@dataclass(frozen=True, slots=True)
class Person:
    """A git identity."""

    name: str
    email: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One change on its way to the target.

    Everything a candidate commit is made of stands here, so that building it again after a
    crash gives the same object id. `expected_old` and `candidate` are the intent: they are
    written before the push, and after a crash they alone decide what is done. `old` and `new`
    are set once it has landed. `waiting` says what holds it (files in the way of a checkout).

    `promoted` items go first, then those that have a `place` in the chain of candidates (from 1),
    then the others by `rank` (epoch seconds of submission, less what their priority is worth).
    `share` is how many may be gated by one run with it, itself counted, since a batch of it failed
    (0: as many as the lane says). `after` names the landings that must be there before this one.
    `paths` are what it changes, as found on the tip `checked_on`, the last that it was known to
    merge with. `resolved` says who resolved a conflict of it: "" nobody, "agent" its session,
    "rerere" what the candidate was made with, "agent, rerere" first the one, then the other.
    `baseline` is the receipt of the base whose failures the landing was not held to. `closed_at`
    is when it left the lane.
    """

    id: str
    project_id: str
    target: str
    source_ref: str
    source_head: str
    title: str
    submitted_at: float
    position: int
    author: Person
    body: str = ""
    task_id: str | None = None
    attempt: int | None = None
    reverts: str | None = None
    strategy: Strategy = Strategy.SQUASH
    state: ItemState = ItemState.SUBMITTED
    bounce: Bounce | None = None
    reason: str = ""
    waiting: str = ""
    approved: bool = False
    expected_old: str | None = None
    candidate: str | None = None
    tree: str | None = None
    proof: Proof | None = None
    receipt: str | None = None
    old: str | None = None
    new: str | None = None
    landed_at: float | None = None
    tries: int = 0
    rank: float = 0.0
    place: int = 0
    share: int = 0
    promoted: bool = False
    after: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    checked_on: str | None = None
    resolved: str = ""
    baseline: str | None = None
    closed_at: float | None = None
    version: int = 0

    @property
    def is_open(self) -> bool:
        """Tell whether the lane still has work to do for this item."""
        return self.state not in CLOSED
