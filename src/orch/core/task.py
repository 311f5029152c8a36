"""A task: what somebody wants done, and where it stands."""

from dataclasses import dataclass, field
from enum import StrEnum

from orch.core.attempt import Attempt
from orch.core.judgement import Judgement
from orch.core.talk import Message, Question


class Status(StrEnum):
    """Where a task stands; changed only by `orch.core.lifecycle.decide`."""

    DRAFT = "draft"
    NEW = "new"
    ROUTED = "routed"
    IN_PROGRESS = "in_progress"
    IN_REVIEW = "in_review"
    LANDING = "landing"
    DONE = "done"
    BLOCKED = "blocked"
    NEEDS_REVIEW = "needs_review"
    FAILED = "failed"
    CANCELLED = "cancelled"


FINAL = frozenset({Status.DONE, Status.CANCELLED})
"""Left only by `TaskRetried`."""

RESTING = frozenset({Status.FAILED, Status.BLOCKED, Status.NEEDS_REVIEW})
"""Nothing runs, and a person (or what the task waits for) moves it on."""

ENDED = FINAL | {Status.FAILED, Status.NEEDS_REVIEW}
"""What `orch wait` takes for an end; `DONE` is the good one."""


class BlockedOn(StrEnum):
    """What a blocked task waits for."""

    DEPENDENCY = "dependency"
    CHILDREN = "children"
    AGENT = "agent"
    LIMIT = "limit"
    SCOPE = "scope"


@dataclass(frozen=True, slots=True)
class Budget:
    """Absolute caps: the highest attempt number and the number of rounds that may be used."""

    attempts: int = 3
    rounds: int = 3


@dataclass(frozen=True, slots=True)
class Scope:
    """Which paths a task may change, as gitignore-style patterns; nothing allowed means all."""

    allowed: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What somebody wants done.

    `version` counts the changes and is compared on every write. Times are seconds since the
    epoch. `budget` is absolute, so a retry by a person raises it. `feedback` is what the next
    attempt is told: the reason, the gate's last lines, the conflict. `messages` have not reached
    the agent yet; `questions` of it are open, or their answers on the way. `resume_at` is when
    a task that a limit holds goes on by itself. `owner` is who asked for it, `lead` the
    address at which somebody is told how it goes; `told` is the number of the last event of the
    history that was told there, `told_word` what that was. `judgement` is the latest of a judge,
    `rejections` how often one sent the work back.

    `conflicted` tells that its change did not merge and was sent back for that, `resolver` names
    the agent that has to resolve it when its owner could not.
    """

    id: str
    project_id: str
    title: str
    created_at: float
    slug: str = ""
    prompt: str = ""
    status: Status = Status.NEW
    reason: str = ""
    blocked_on: BlockedOn | None = None
    key: str | None = None
    kind: str = "task"
    priority: int = 0
    labels: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    parent: str | None = None
    owner: str = ""
    lead: str | None = None
    told: int = 0
    told_word: str = ""
    depth: int = 0
    agent: str | None = None
    base: str = ""
    scope: Scope = Scope()
    budget: Budget = Budget()
    rounds_used: int = 0
    same_failures: int = 0
    last_failure: str = ""
    feedback: str = ""
    conflicted: bool = False
    resolver: str = ""
    attempt: Attempt | None = field(default=None)
    landing_id: str | None = None
    landed_commit: str | None = None
    messages: tuple[Message, ...] = ()
    questions: tuple[Question, ...] = ()
    resume_at: float | None = None
    judgement: Judgement | None = None
    rejections: int = 0
    updated_at: float = 0.0
    version: int = 0

    @property
    def lead_task(self) -> str:
        """Name the task whose session is told how it goes; "" if its lead is no session."""
        kind, _, name = (self.lead or "").partition(":")
        return name.partition(".")[0] if kind == "session" else ""

    @property
    def is_final(self) -> bool:
        """Tell whether only a retry can reopen this task."""
        return self.status in FINAL

    @property
    def branch(self) -> str:
        """Name the branch that holds the task's work."""
        return f"orch/{self.id}-{self.slug}" if self.slug else f"orch/{self.id}"
