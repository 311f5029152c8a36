"""The lifecycle of a task: one table, one function, the only place where a status changes."""

from dataclasses import dataclass, replace

from orch.core import exchange, judging, marks, progress, reports
from orch.core.decision import Decision, Rule, UnexpectedEvent
from orch.core.effects import (
    CollectEvidence,
    Effect,
    PrepareWorkspace,
    ReleaseWorkspace,
    RunGate,
    RunJudge,
    StartSession,
    StopSession,
    SubmitLanding,
)
from orch.core.events import (
    ActivityObserved,
    AgentClaimedDone,
    AgentFailed,
    AgentHeld,
    AgentReported,
    AttemptEvent,
    ConversationKnown,
    EffectAbandoned,
    Event,
    GateBroken,
    GateFailed,
    GatePassed,
    Judged,
    Landed,
    LandingBounced,
    LandingSubmitted,
    LandingWithdrawn,
    LeadTold,
    MessageDelivered,
    MessageQueued,
    MessageUncertain,
    QuestionAnswered,
    QuestionAsked,
    QuestionSettled,
    SessionAbandoned,
    SessionEnded,
    SessionLost,
    SessionRefused,
    SessionStarted,
    SlotGranted,
    TaskBlocked,
    TaskCancelled,
    TaskClosed,
    TaskCompleted,
    TaskEdited,
    TaskFailed,
    TaskOpened,
    TaskRetried,
    TaskReviewed,
    TaskRouted,
    TaskStopped,
    TaskSubmitted,
    TaskUnblocked,
    UsageReported,
    WorkspaceFailed,
    WorkspaceReady,
    WorkspaceReleased,
)
from orch.core.task import Status, Task

DRAFT, NEW, ROUTED = Status.DRAFT, Status.NEW, Status.ROUTED
IN_PROGRESS, IN_REVIEW, LANDING = Status.IN_PROGRESS, Status.IN_REVIEW, Status.LANDING
DONE, BLOCKED, NEEDS_REVIEW = Status.DONE, Status.BLOCKED, Status.NEEDS_REVIEW
FAILED, CANCELLED = Status.FAILED, Status.CANCELLED

_QUEUED = (NEW, ROUTED)
_RUNNING = (IN_PROGRESS, IN_REVIEW)
_OPEN = (DRAFT, *_QUEUED, *_RUNNING, LANDING, BLOCKED, NEEDS_REVIEW, FAILED)
_UNBLOCKED = (DRAFT, *_QUEUED, *_RUNNING, LANDING, NEEDS_REVIEW, FAILED)
_IDLE = (DRAFT, *_QUEUED, BLOCKED, NEEDS_REVIEW, FAILED)
_RESTING = (NEW, ROUTED, BLOCKED, NEEDS_REVIEW, FAILED)
_ALL = tuple(Status)
_UNJUDGED = tuple(status for status in Status if status is not IN_REVIEW)


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the table: in these statuses, this event leads there and may order these effects.

    No targets means that the status stays as it is.
    """

    sources: tuple[Status, ...]
    event: type[Event]
    targets: tuple[Status, ...]
    effects: tuple[type[Effect], ...]
    rule: Rule


_AGAIN = (ROUTED, NEEDS_REVIEW)
_LOST = (ROUTED, FAILED)

ROWS: tuple[Row, ...] = (
    # What people do.
    Row((DRAFT, NEW, BLOCKED, NEEDS_REVIEW, FAILED), TaskEdited, (), (), marks.edit),
    Row((ROUTED,), TaskEdited, (NEW,), (), marks.edit),
    Row((DRAFT, NEEDS_REVIEW), TaskOpened, (NEW,), (), marks.open_again),
    Row((BLOCKED,), TaskUnblocked, (NEW, ROUTED, IN_REVIEW), (RunGate,), marks.unblock),
    Row(_QUEUED, TaskBlocked, (BLOCKED,), (), marks.block),
    Row((*_QUEUED, *_RUNNING), TaskStopped, (NEEDS_REVIEW,), (StopSession,), marks.stop),
    Row(
        (IN_PROGRESS, NEEDS_REVIEW, FAILED),
        TaskCompleted,
        (IN_PROGRESS,),
        (StopSession, CollectEvidence),
        marks.complete,
    ),
    Row(
        (*_QUEUED, *_RUNNING, BLOCKED, NEEDS_REVIEW),
        TaskFailed,
        (FAILED,),
        (StopSession,),
        marks.fail,
    ),
    Row((NEEDS_REVIEW, BLOCKED), TaskReviewed, (LANDING,), (SubmitLanding,), marks.review),
    Row(_OPEN, TaskCancelled, (CANCELLED,), (StopSession, ReleaseWorkspace), marks.cancel),
    Row(_IDLE, TaskClosed, (DONE,), (ReleaseWorkspace,), marks.close),
    Row((IN_PROGRESS,), TaskClosed, (DONE, *_AGAIN), (ReleaseWorkspace,), marks.close),
    Row((FAILED, NEEDS_REVIEW, BLOCKED, CANCELLED, DONE), TaskRetried, (NEW,), (), marks.retry),
    # What admission and the hosts report.
    Row((NEW,), TaskRouted, (ROUTED, BLOCKED), (), marks.route),
    Row((ROUTED,), SlotGranted, (IN_PROGRESS,), (PrepareWorkspace,), progress.grant),
    Row((IN_PROGRESS,), WorkspaceReady, (), (StartSession,), progress.equip),
    Row((IN_PROGRESS,), WorkspaceFailed, _LOST, (), progress.lose_workspace),
    Row((IN_PROGRESS,), SessionStarted, (), (), progress.run),
    Row((IN_PROGRESS,), SessionRefused, (BLOCKED,), (), progress.refuse_session),
    Row((IN_PROGRESS,), SessionEnded, (), (CollectEvidence,), progress.end_session),
    Row((IN_PROGRESS,), SessionLost, _LOST, (), progress.lose_session),
    Row((IN_PROGRESS,), ActivityObserved, (), (), progress.observe),
    Row(
        (IN_PROGRESS,), AgentClaimedDone, (IN_REVIEW, BLOCKED, *_AGAIN), (RunGate,), progress.claim
    ),
    Row((IN_PROGRESS,), AgentFailed, (*_LOST, NEEDS_REVIEW, BLOCKED), (), progress.fail_attempt),
    Row((IN_PROGRESS,), AgentHeld, (BLOCKED,), (StopSession,), reports.hold),
    Row((IN_PROGRESS,), AgentReported, (), (), reports.note_report),
    Row((IN_PROGRESS,), SessionAbandoned, _LOST, (StopSession,), reports.abandon),
    Row((IN_PROGRESS, *_RESTING), ConversationKnown, (), (), reports.know_conversation),
    Row((IN_PROGRESS,), UsageReported, (), (), reports.note_usage),
    # What is said to agents, and asked by them.
    Row(_UNBLOCKED, MessageQueued, (), (), exchange.queue_message),
    Row((BLOCKED,), MessageQueued, (BLOCKED, ROUTED), (), exchange.queue_message),
    Row((IN_PROGRESS,), MessageDelivered, (), (), exchange.deliver),
    Row((IN_PROGRESS,), MessageUncertain, (), (), exchange.doubt),
    Row((IN_PROGRESS,), QuestionAsked, (), (), exchange.ask),
    Row(_OPEN, QuestionAnswered, (ROUTED,), (), exchange.answer),
    Row((IN_PROGRESS,), QuestionSettled, (), (), exchange.settle),
    Row(_ALL, LeadTold, (), (), exchange.note_told),
    # What gate and lane find.
    Row(
        (IN_REVIEW,),
        GatePassed,
        (IN_REVIEW, LANDING, NEEDS_REVIEW),
        (SubmitLanding, RunJudge),
        judging.after_gate,
    ),
    Row((IN_REVIEW,), Judged, (LANDING, BLOCKED, *_AGAIN), (SubmitLanding,), judging.judge),
    Row(_UNJUDGED, Judged, (), (), judging.note),
    Row((IN_REVIEW,), GateFailed, _AGAIN, (), progress.fail_gate),
    Row((IN_REVIEW,), GateBroken, (NEEDS_REVIEW,), (), progress.break_gate),
    Row((LANDING,), LandingSubmitted, (), (), progress.queue),
    Row((LANDING,), Landed, (DONE,), (ReleaseWorkspace,), progress.land),
    Row((LANDING,), LandingBounced, (*_AGAIN, BLOCKED), (), progress.bounce),
    Row((LANDING,), LandingWithdrawn, (NEEDS_REVIEW,), (), progress.withdraw),
    # What may come at any time.
    Row(_ALL, WorkspaceReleased, (), (), progress.keep),
    Row(_OPEN, EffectAbandoned, (NEEDS_REVIEW,), (StopSession,), progress.abandon),
    Row((DONE, CANCELLED), EffectAbandoned, (), (), progress.note_abandoned),
)

# Submitting is the one row without a source: `submit` makes a task where there was none.
SUBMITTED = (DRAFT, NEW)

TABLE: dict[tuple[Status, type[Event]], Row] = {
    (source, row.event): row for row in ROWS for source in row.sources
}


def submit(event: TaskSubmitted) -> Decision:
    """Make the task that somebody asked for."""
    return marks.submit(event)


def decide(task: Task, event: Event) -> Decision:
    """Fold one event into a task: the new task, and the effects to carry out.

    Late news (of an attempt or a landing that is no longer current) is dropped: the decision
    says so and changes nothing. Raises `UnexpectedEvent` where the event has no meaning.
    """
    if late := _late(task, event):
        return Decision(task=task, dropped=late)
    row = TABLE.get((task.status, type(event)))
    if row is None:
        raise UnexpectedEvent(task, event)
    decision = row.rule(task, event)
    return replace(decision, task=exchange.tidied(decision.task))


def _late(task: Task, event: Event) -> str:
    match event:
        case SlotGranted():
            expected = task.attempt.n + 1 if task.attempt else 1
            return "" if event.attempt == expected else f"a grant of attempt {event.attempt}"
        case Judged():
            return judging.lateness(task, event)
        case AttemptEvent():
            return _late_attempt(task, event)
        case Landed() | LandingBounced() | LandingWithdrawn():
            current = event.landing_id == task.landing_id
            return "" if current else f"news of landing {event.landing_id}"
        case _:
            return ""


def _late_attempt(task: Task, event: AttemptEvent) -> str:
    if task.attempt is None or task.attempt.n != event.attempt:
        return f"news of attempt {event.attempt}"
    if isinstance(event, LandingSubmitted):
        return "" if task.status is LANDING else "news of a landing that is not wanted any more"
    if task.attempt.is_over and not isinstance(event, ConversationKnown):
        return f"news of attempt {event.attempt}, which is over"
    return "" if progress.fits(task.attempt, event) else f"news from before {task.attempt.phase}"


__all__ = ["ROWS", "SUBMITTED", "TABLE", "Decision", "Row", "UnexpectedEvent", "decide", "submit"]
