"""The rules of what happens to a task by itself: slot, workspace, session, gate, landing."""

from dataclasses import replace

from orch.core import exchange
from orch.core.attempt import Activity, Attempt, Phase
from orch.core.conflict import after_conflict
from orch.core.decision import Decision, UnexpectedEvent
from orch.core.effects import (
    CollectEvidence,
    PrepareWorkspace,
    RunGate,
    StartSession,
    StopSession,
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
    Landed,
    LandingBounced,
    LandingSubmitted,
    LandingWithdrawn,
    MessageDelivered,
    MessageUncertain,
    QuestionAsked,
    QuestionSettled,
    SessionAbandoned,
    SessionEnded,
    SessionLost,
    SessionRefused,
    SessionStarted,
    SlotGranted,
    UsageReported,
    WorkspaceFailed,
    WorkspaceReady,
    WorkspaceReleased,
)
from orch.core.landing import Bounce
from orch.core.marks import release
from orch.core.retry import after_failure, after_filing, after_round, ended
from orch.core.task import BlockedOn, Status, Task

_EXPECTED: dict[type[AttemptEvent], tuple[Phase, ...]] = {
    WorkspaceReady: (Phase.PREPARING,),
    WorkspaceFailed: (Phase.PREPARING,),
    SessionStarted: (Phase.STARTING,),
    SessionRefused: (Phase.STARTING,),
    # The kernel may tell of the end before the answer to the start was recorded.
    SessionEnded: (Phase.STARTING, Phase.RUNNING),
    SessionLost: (Phase.STARTING, Phase.RUNNING),
    ActivityObserved: (Phase.RUNNING,),
    AgentClaimedDone: (Phase.CHECKING,),
    AgentFailed: (Phase.CHECKING,),
    AgentHeld: (Phase.RUNNING, Phase.CHECKING),
    # An agent may speak, and its words be read, just before its end is recorded or after.
    AgentReported: (Phase.STARTING, Phase.RUNNING, Phase.CHECKING),
    # A person may name one after the end: the next attempt goes on with it.
    ConversationKnown: tuple(Phase),
    UsageReported: (Phase.STARTING, Phase.RUNNING, Phase.CHECKING),
    SessionAbandoned: (Phase.RUNNING,),
    MessageDelivered: (Phase.RUNNING, Phase.CHECKING),
    MessageUncertain: (Phase.RUNNING, Phase.CHECKING),
    QuestionAsked: (Phase.STARTING, Phase.RUNNING),
    QuestionSettled: (Phase.RUNNING, Phase.CHECKING),
    GatePassed: (Phase.CLAIMED,),
    GateFailed: (Phase.CLAIMED,),
    GateBroken: (Phase.CLAIMED,),
}


def fits(attempt: Attempt, event: AttemptEvent) -> bool:
    """Tell whether an attempt in this phase still waits for such news."""
    return attempt.phase in _EXPECTED.get(type(event), (attempt.phase,))


def grant(task: Task, event: SlotGranted) -> Decision:
    """Begin an attempt; admission never goes beyond the budget, and this makes sure of it."""
    if event.attempt > task.budget.attempts:
        raise UnexpectedEvent(task, event, why=f"its {task.budget.attempts} attempts are used up")
    attempt = Attempt(
        n=event.attempt,
        agent=event.agent,
        host_id=event.host_id,
        worker=event.worker,
        token=event.token,
        started_at=event.at,
    )
    moved = replace(task, status=Status.IN_PROGRESS, reason="", blocked_on=None, attempt=attempt)
    return Decision(task=moved, effects=(PrepareWorkspace(task_id=task.id, attempt=attempt.n),))


def equip(task: Task, event: WorkspaceReady) -> Decision:
    """Note where the attempt works, and start the agent there."""
    changed = _with(
        task,
        phase=Phase.STARTING,
        workspace=event.path,
        branch=event.branch,
        base_commit=event.base_commit,
        activity=Activity.STARTING,
    )
    return Decision(task=changed, effects=(StartSession(task_id=task.id, attempt=event.attempt),))


def lose_workspace(task: Task, event: WorkspaceFailed) -> Decision:
    """Count an attempt that never began."""
    return Decision(task=after_failure(task, reason=event.reason, at=event.at))


def run(task: Task, event: SessionStarted) -> Decision:
    """Note the session; its agent works from now on."""
    running = _with(
        task,
        phase=Phase.RUNNING,
        session=event.session,
        activity=Activity.WORKING,
        mode=event.mode,
        conversation=event.conversation,
        resumed=bool(event.conversation),
    )
    # What people said between two sessions stood in the prompt that this one began with.
    return Decision(task=replace(running, messages=exchange.unsaid(running, event.told)))


def refuse_session(task: Task, event: SessionRefused) -> Decision:
    """Hold the task: the same start would be refused again."""
    over = replace(task, attempt=ended(_current(task), outcome=event.reason, at=event.at))
    return Decision(
        task=_rest(over, Status.BLOCKED, reason=event.reason, blocked_on=BlockedOn.AGENT)
    )


def end_session(task: Task, event: SessionEnded) -> Decision:
    """Look at what the session left; its exit alone proves nothing."""
    changed = _with(
        task,
        phase=Phase.CHECKING,
        exit_code=event.exit_code,
        exit_signal=event.exit_signal,
        cause=event.cause,
        cpu_s=event.cpu_s,
        peak_memory_bytes=event.peak_memory_bytes,
        activity=Activity.EXITED,
    )
    return Decision(
        task=changed, effects=(CollectEvidence(task_id=task.id, attempt=event.attempt),)
    )


def lose_session(task: Task, event: SessionLost) -> Decision:
    """Count an attempt whose session went without a word; its workspace is kept."""
    lost = _with(task, activity=Activity.EXITED)
    return Decision(task=after_failure(lost, reason=event.reason, at=event.at))


def observe(task: Task, event: ActivityObserved) -> Decision:
    """Note the activity; what is done about one that is stuck is the ladder's part."""
    return Decision(task=_with(task, activity=event.activity, evidence=event.evidence))


def claim(task: Task, event: AgentClaimedDone) -> Decision:
    """Have the claim checked, once the tasks that this one filed have ended."""
    claimed = replace(
        _with(task, phase=Phase.CLAIMED, head=event.head), same_failures=0, last_failure=""
    )
    if held := exchange.held_by_talk(claimed, at=event.at):
        return Decision(task=held)
    if event.children_open:
        reason = "its work is there; waits for its children"
        return Decision(
            task=_rest(claimed, Status.BLOCKED, reason=reason, blocked_on=BlockedOn.CHILDREN)
        )
    order = RunGate(
        task_id=task.id, attempt=event.attempt, head=event.head, serial=task.version + 1
    )
    return Decision(task=_rest(claimed, Status.IN_REVIEW), effects=(order,))


def fail_attempt(task: Task, event: AgentFailed) -> Decision:
    """Try again with the reason, or give up."""
    if held := exchange.held_by_talk(task, at=event.at):
        return Decision(task=held)
    if event.children_open and event.attempt < task.budget.attempts:
        return Decision(task=after_filing(task, at=event.at))
    feedback = f"{event.reason}\n{event.detail}".rstrip()
    return Decision(task=after_failure(task, reason=event.reason, at=event.at, feedback=feedback))


def fail_gate(task: Task, event: GateFailed) -> Decision:
    """Send the work back with the gate's own words."""
    return Decision(
        task=after_round(task, reason=event.reason, at=event.at, feedback=event.excerpt)
    )


def break_gate(task: Task, event: GateBroken) -> Decision:
    """Ask a person: a gate that can't run says nothing about the work."""
    return Decision(task=_rest(task, Status.NEEDS_REVIEW, reason=event.reason))


def queue(task: Task, event: LandingSubmitted) -> Decision:
    """Note the place in the lane."""
    return Decision(task=replace(task, landing_id=event.landing_id))


def land(task: Task, event: Landed) -> Decision:
    """End the task: its change is on the target."""
    over = replace(task, attempt=ended(_current(task), outcome="landed", at=event.at))
    done = replace(_rest(over, Status.DONE), landed_commit=event.commit, feedback="")
    done = replace(done, conflicted=False, resolver="")
    return Decision(task=done, effects=release(done))


def bounce(task: Task, event: LandingBounced) -> Decision:
    """Send the work back where the agent can mend it; else a person has to look."""
    match event.bounce:
        case Bounce.CONFLICT:
            return Decision(task=after_conflict(task, event))
        case Bounce.RED | Bounce.STALE | Bounce.UNCLEAN:
            return Decision(
                task=after_round(task, reason=event.reason, at=event.at, feedback=event.excerpt)
            )
        case Bounce.SCOPE:
            return Decision(
                task=_unqueued(
                    task, Status.BLOCKED, reason=event.reason, blocked_on=BlockedOn.SCOPE
                )
            )
        case Bounce.EMPTY | Bounce.REFUSED:
            return Decision(task=_unqueued(task, Status.NEEDS_REVIEW, reason=event.reason))


def withdraw(task: Task, event: LandingWithdrawn) -> Decision:
    """Rest where a person took the change out of the lane."""
    reason = event.reason or "withdrawn from the queue"
    return Decision(task=_unqueued(task, Status.NEEDS_REVIEW, reason=reason))


def keep(task: Task, event: WorkspaceReleased) -> Decision:
    """Note that the workspace is gone; the history says where its work was saved."""
    del event
    return Decision(task=_with(task, workspace="") if task.attempt else task)


def abandon(task: Task, event: EffectAbandoned) -> Decision:
    """Ask a person: orch itself could not go on."""
    attempt = task.attempt
    live = attempt is not None and attempt.phase in {Phase.STARTING, Phase.RUNNING}
    rest = _unqueued(task, Status.NEEDS_REVIEW, reason=event.reason)
    if attempt is not None and not attempt.is_over:
        rest = replace(rest, attempt=ended(attempt, outcome=event.reason, at=event.at))
    if attempt is None or not live:
        return Decision(task=rest)
    end = StopSession(task_id=task.id, attempt=attempt.n, reason=event.reason)
    return Decision(task=rest, effects=(end,))


def note_abandoned(task: Task, event: EffectAbandoned) -> Decision:
    """Say on an ended task what of it could not be cleaned up."""
    return Decision(task=replace(task, reason=event.reason))


def _current(task: Task) -> Attempt:
    if task.attempt is None:
        raise UnexpectedEvent(task, Event(at=0.0), why="it has no attempt")
    return task.attempt


def _with(task: Task, **changes: object) -> Task:
    return replace(task, attempt=replace(_current(task), **changes))  # type: ignore[arg-type]


def _rest(
    task: Task, status: Status, *, reason: str = "", blocked_on: BlockedOn | None = None
) -> Task:
    return replace(task, status=status, reason=reason, blocked_on=blocked_on)


def _unqueued(
    task: Task, status: Status, *, reason: str, blocked_on: BlockedOn | None = None
) -> Task:
    return replace(_rest(task, status, reason=reason, blocked_on=blocked_on), landing_id=None)
