"""The shapes of tasks: what is wanted, who tries it, what came of it."""

from dataclasses import dataclass

from orch.wire.shapes.judgements import JudgementShape
from orch.wire.shapes.landings import LandingShape


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceShape:
    """Why an activity is believed: the rule that chose it, what it saw, and when."""

    rule: str
    observation: str
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptShape:
    """One session's try at a task, numbered from 1; `worker` is its pronounceable name.

    `cause` says what ended its session from outside, such as a lack of memory. What it took is
    null where it could not be measured. `conversation` is the agent's own, by which it is resumed
    (`resumed` says that this one was), and `reported` what it said of itself ("done", "blocked").
    """

    n: int
    agent: str
    worker: str
    host: str
    phase: str
    session: str
    workspace: str
    branch: str
    base_commit: str
    head: str | None
    activity: str
    evidence: EvidenceShape
    exit_code: int | None
    exit_signal: int | None
    cause: str
    cpu_s: float | None
    peak_memory_bytes: int | None
    outcome: str
    mode: str
    conversation: str
    resumed: bool
    reported: str
    started_at: float
    ended_at: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedShape:
    """Work that was kept before something was removed; `ref` is in orch's own repository."""

    ref: str
    commit: str
    task: str
    attempt: int
    what: str
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskShape:
    """A task in one row. `story` says in one sentence where it stands and why."""

    id: str
    key: str | None
    title: str
    slug: str
    status: str
    reason: str
    story: str
    blocked_on: str | None
    project: str
    project_id: str
    agent: str | None
    worker: str
    activity: str
    attempt: int
    priority: int
    labels: tuple[str, ...]
    after: tuple[str, ...]
    parent: str | None
    branch: str
    base: str
    landing_id: str | None
    landed_commit: str | None
    created_at: float
    updated_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetShape:
    """How many attempts and rounds a task may use, and how many it has used."""

    attempts: int
    attempts_used: int
    rounds: int
    rounds_used: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskDetail(TaskShape):
    """All that is known of a task; `export` is the git command that fetches its work."""

    kind: str
    prompt: str
    feedback: str
    lead: str | None
    children: tuple[str, ...]
    allowed_files: tuple[str, ...]
    forbidden_files: tuple[str, ...]
    budget: BudgetShape
    attempts: tuple[AttemptShape, ...]
    landing: LandingShape | None
    judgement: JudgementShape | None
    saved: tuple[SavedShape, ...]
    workspace: str
    export: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeShape:
    """A task and the tasks that were filed under it."""

    task: TaskShape
    children: tuple["TreeShape", ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """A task that was asked for; `created` is false if its key was known already."""

    id: str
    key: str | None
    title: str
    slug: str
    status: str
    branch: str
    project: str
    created: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitShape:
    """The ends that `orch wait` waited for; `ended` lists the tasks that ended, `open` the rest.

    `waiting` are those of the rest that ask something or are blocked.
    """

    ended: tuple[TaskShape, ...]
    open: tuple[TaskShape, ...]
    waiting: tuple[TaskShape, ...] = ()
    timed_out: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffShape:
    """A task's change against its base, as a patch; `cut` says that it was longer."""

    task: str
    base: str
    head: str
    patch: str
    cut: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerShape:
    """A session at work, by its worker's name."""

    worker: str
    task: str
    title: str
    attempt: int
    agent: str
    activity: str
    evidence: EvidenceShape
    session: str
    project: str
    started_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedShape:
    """A task in the plan; `batch` counts from 1, null: nobody can say which files it changes.

    `files` are the patterns of its scope, or, with `named`, the paths that its words name. Tasks
    of one batch share none, and wait for none of the same or a later batch.
    """

    task: str
    batch: int | None
    title: str
    status: str
    project: str
    base: str
    priority: int
    files: tuple[str, ...]
    named: bool
    after: tuple[str, ...]
