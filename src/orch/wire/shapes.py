"""The shapes of all answers, as `--json` prints them; stable: fields are added, never renamed."""

# Size: one page holds the whole promise to programs; every shape is a list of fields.

from dataclasses import dataclass

Number = float | None
"""Seconds since the epoch, or null for what has not happened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceShape:
    """Why an activity is believed: the rule that chose it, what it saw, and when."""

    rule: str
    observation: str
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptShape:
    """One session's try at a task, numbered from 1; `worker` is its pronounceable name."""

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
    outcome: str
    started_at: float
    ended_at: Number


@dataclass(frozen=True, slots=True, kw_only=True)
class LandingShape:
    """One change in, or through, a merge queue; `old` and `new` are set once it has landed."""

    id: str
    state: str
    old: str | None
    new: str | None
    reason: str
    task: str | None
    project: str
    title: str
    target: str
    source: str
    head: str
    waiting: str
    bounce: str | None
    receipt: str | None
    proof: str | None
    reverts: str | None
    submitted_at: float
    landed_at: Number


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
    """The ends that `orch wait` waited for; `ended` lists the tasks that ended, `open` the rest."""

    ended: tuple[TaskShape, ...]
    open: tuple[TaskShape, ...]
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
class QueueItem:
    """An item that has not left its merge queue; `ahead` counts those before it.

    `gate` is what the item's gate does or said: "", "running", "passed", "red", "none".
    """

    id: str
    task: str | None
    state: str
    ahead: int
    gate: str
    started: Number
    receipt: str | None
    reason: str
    title: str
    project: str
    target: str
    source: str
    head: str
    waiting: str
    submitted_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandShape:
    """What one command of a gate did; `exit_code` is negative for a signal."""

    command: str
    exit_code: int
    duration_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptShape:
    """Proof of what a gate said about a tree."""

    key: str
    tree: str
    spec: str
    environment: str
    project: str
    outcome: str
    commit: str
    results: tuple[CommandShape, ...]
    runs: int
    log: str
    excerpt: str
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class EventShape:
    """A fact of the history; `seq` grows without end and is the cursor to go on from."""

    seq: int
    project: str
    task: str | None
    landing: str | None
    kind: str
    at: float
    actor: str
    data: dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """A subscription: its name, and the newest event that was there when it began."""

    subscription: str
    seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EventNews:
    """One event of a subscription."""

    subscription: str
    event: EventShape


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxEntry:
    """Something that waits for a person; `rank` 1 is the most urgent, `next` what to run."""

    rank: int
    why: str
    task: str | None
    landing: str | None
    project: str
    title: str
    what: str
    since: float
    next: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingShape:
    """Something that `orch doctor` found, with its repair."""

    severity: str
    subject: str
    what: str
    repair: str
    fixable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DoctorShape:
    """What `orch doctor` found; `ok` is false if anything is an error."""

    ok: bool
    findings: tuple[FindingShape, ...]
    fixed: tuple[FindingShape, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DaemonShape:
    """The daemon that answers."""

    version: str
    pid: int
    started_at: float
    home: str
    socket: str
    log: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectShape:
    """A registered repository; `tasks` counts its tasks by status."""

    id: str
    name: str
    path: str
    remote: str | None
    hub: str
    paused: bool
    added_at: float
    tasks: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusShape:
    """Where everything stands. `seq` is the newest event, so that `events.follow` goes on there."""

    daemon: DaemonShape
    projects: tuple[ProjectShape, ...]
    tasks: tuple[TaskShape, ...]
    counts: dict[str, int]
    queue: tuple[QueueItem, ...]
    inbox: int
    seq: int


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
class WorkspaceShape:
    """Where a task's workspace is, and the environment that its commands get."""

    task: str
    path: str
    branch: str
    environment: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """Something that `orch gc` removed or would remove, and what was kept of it."""

    what: str
    path: str
    task: str | None
    size_bytes: int | None
    saved: tuple[str, ...]
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """Saved work that can be reached again under a branch of the task's repository."""

    ref: str
    commit: str
    branch: str
    export: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionShape:
    """A session that the session server knows; `liveness` is alive, gone or unknown.

    `how` says how that is known; `bytes` is how much the session has printed.
    """

    name: str
    task: str
    attempt: int
    liveness: str
    how: str
    pid: int | None
    started_at: Number
    ended_at: Number
    exit_code: int | None
    exit_signal: int | None
    leftovers: tuple[str, ...]
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LogChunk:
    """A piece of a log. `data` is base64 and begins at `offset`; the next piece at `next`.

    `first` is the oldest byte that is still kept, `end` the number of bytes so far. `open` says
    that more may come: the session lives, or the gate runs.
    """

    source: str
    offset: int
    next: int
    first: int
    end: int
    data: str
    open: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LogNews:
    """A piece of a log that is followed."""

    subscription: str
    chunk: LogChunk


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreenShape:
    """What a viewer of a session's terminal would see now, as plain text."""

    session: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SocketShape:
    """Where to attach: the session server's socket, and the session's name there."""

    socket: str
    session: str
    task: str
    worker: str
    title: str
    live: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentShape:
    """An agent that a configuration names, and whether its program is there."""

    name: str
    adapter: str
    command: str
    program: str
    installed: bool
    version: str
    used_by: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingShape:
    """A setting that holds, and the layer that it comes from."""

    key: str
    value: object
    origin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """A change that was made; `what` says so in one sentence."""

    what: str
