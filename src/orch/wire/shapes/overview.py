"""The shapes of what is seen from above: status, events, inbox, findings, the daemon."""

from dataclasses import dataclass

from orch.wire.shapes.landings import BeforeLane, QueueItem
from orch.wire.shapes.tasks import TaskShape


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
class EndedShape:
    """What came of stopping the daemon; `ended` is false if none ran."""

    ended: bool
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceShape:
    """The service file of this user and system.

    `done` says what this call did: shown, installed, removed; or failed, if the system did not
    take it. `environment` is the file for the daemon's secrets.
    """

    path: str
    text: str
    environment: str
    done: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldLane:
    """A lane that begins nothing: `by` whom ("orch": an invariant does not hold), and why."""

    target: str
    why: str
    by: str
    since: float
    told: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectShape:
    """A registered repository; `tasks` counts its tasks by status.

    `paused_why` says why orch paused it by itself; "" where a person did.
    """

    id: str
    name: str
    path: str
    remote: str | None
    hub: str
    paused: bool
    paused_why: str
    held: tuple[HeldLane, ...]
    added_at: float
    tasks: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusShape:
    """Where everything stands. `seq` is the newest event, so that `events.follow` goes on there.

    `before` is what judges hold before the merge queue.
    """

    daemon: DaemonShape
    projects: tuple[ProjectShape, ...]
    tasks: tuple[TaskShape, ...]
    counts: dict[str, int]
    queue: tuple[QueueItem, ...]
    inbox: int
    warnings: tuple[FindingShape, ...]
    seq: int
    before: tuple[BeforeLane, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """A change that was made; `what` says so in one sentence."""

    what: str
