"""Events: facts in the past tense; each carries its time and actor, so the core needs no clock."""

# Size: one page holds everything that can happen to a task; each kind is a list of fields.

from dataclasses import dataclass

from orch.core.attempt import Activity, Evidence
from orch.core.judgement import Judgement, Limit
from orch.core.landing import Bounce
from orch.core.settings import JudgePolicy
from orch.core.signs import Choice, Trouble
from orch.core.talk import MessageKind, QuestionKind, Urgency
from orch.core.task import BlockedOn, Budget, Scope
from orch.core.usage import Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A fact about a task. `at` is in seconds since the epoch; `actor` says who made it so."""

    at: float
    actor: str = "orch"


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptEvent(Event):
    """A fact about one attempt; news of an attempt that is no longer current is dropped."""

    attempt: int


# What people, leads and trackers do.


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskSubmitted(Event):
    """Somebody asked for work. The id was allocated before, so a resend is recognised."""

    task_id: str
    project_id: str
    title: str
    slug: str = ""
    prompt: str = ""
    key: str | None = None
    kind: str = "task"
    priority: int = 0
    labels: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    parent: str | None = None
    lead: str | None = None
    depth: int = 0
    agent: str | None = None
    base: str = ""
    scope: Scope = Scope()
    budget: Budget = Budget()
    draft: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskEdited(Event):
    """Somebody changed what is wanted; None leaves a field as it is."""

    title: str | None = None
    prompt: str | None = None
    priority: int | None = None
    labels: tuple[str, ...] | None = None
    agent: str | None = None
    after: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskOpened(Event):
    """A draft was released for work, or a stopped task is to go on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRouted(Event):
    """An agent was chosen. `waits_on` names the tasks that must be done before this one starts."""

    agent: str
    base: str
    waits_on: tuple[str, ...] = ()
    children_open: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskUnblocked(Event):
    """What the task waited for is there, or a person lets it go on without."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskBlocked(Event):
    """The task cannot start: an agent is missing, a limit is reached, a child was filed.

    It goes on by itself at `until`, if that is given.
    """

    on: BlockedOn
    reason: str
    until: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskStopped(Event):
    """A person stopped the session; the workspace stays, and `TaskOpened` goes on."""

    reason: str = "stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskCompleted(Event):
    """A person says the work is complete; the evidence is still collected and gated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskFailed(Event):
    """A person gives the task up as failed; its work is kept."""

    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskReviewed(Event):
    """A person looked at the work and approves its landing. `head` is what they approved."""

    head: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskCancelled(Event):
    """Somebody no longer wants it; acknowledged before a landing's intent, it never lands."""

    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskClosed(Event):
    """A person takes the task as done without a landing."""

    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRetried(Event):
    """A person wants another go, with a new budget; the only way out of a final status."""

    budget: Budget = Budget()
    feedback: str = ""


# What admission, hosts and agents did.


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotGranted(AttemptEvent):
    """Admission gave the task a place; `attempt` is the new attempt's number."""

    agent: str
    host_id: str
    worker: str
    token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceReady(AttemptEvent):
    """The isolated checkout is there, set up."""

    path: str
    branch: str
    base_commit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceFailed(AttemptEvent):
    """The workspace could not be made (set-up failed, base branch gone)."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionStarted(AttemptEvent):
    """The agent's process lives under this session name, in this mode.

    `conversation` is the agent's own that it goes on with, and empty for a new one. `told` names
    the messages that stood in its prompt.
    """

    session: str
    mode: str = ""
    conversation: str = ""
    told: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRefused(AttemptEvent):
    """The session could not be started (no such program); retrying as it is would not help."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionEnded(AttemptEvent):
    """The agent's process ended, as the kernel told.

    `cause` says what ended it if it was neither itself nor orch's word (out of memory). What it
    took is None where it could not be measured.
    """

    exit_code: int | None = None
    exit_signal: int | None = None
    leftovers: tuple[str, ...] = ()
    cause: str = ""
    cpu_s: float | None = None
    peak_memory_bytes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionLost(AttemptEvent):
    """The session is gone, with proof, and nobody saw how it ended."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityObserved(AttemptEvent):
    """The session's activity changed, on this evidence."""

    activity: Activity
    evidence: Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentClaimedDone(AttemptEvent):
    """There is evidence of work: commits ahead of the base, a clean tree, paths in scope.

    `children_open` says that tasks which this one filed have not ended yet.
    """

    head: str
    commits: int
    summary: str = ""
    children_open: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentFailed(AttemptEvent):
    """The attempt brought nothing that can be checked; `reason` says what the evidence was.

    `children_open` says that tasks which this one filed have not ended yet: it may be all that it
    was to do.
    """

    reason: str
    detail: str = ""
    children_open: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentHeld(AttemptEvent):
    """The agent can't go on for now, through no fault of the work: a limit, or no sign-in.

    `until` is when a limit ends, if that is known; `resumes` says that it then goes on by itself.
    """

    reason: str
    trouble: Trouble
    until: float | None = None
    resumes: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentReported(AttemptEvent):
    """The agent said by itself how it stands: "done", "blocked" or "heartbeat"."""

    word: str
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionAbandoned(AttemptEvent):
    """Orch gave up on the session: nothing that was tried moved it. Its work stays."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationKnown(AttemptEvent):
    """The agent's own name for its conversation, by which it can be resumed."""

    conversation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageReported(AttemptEvent):
    """What the session has used up so far, in total."""

    usage: Usage


# What is said to agents, and asked by them.


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageQueued(Event):
    """The agent is to be told something, in its session or in the next one."""

    message_id: str
    text: str
    kind: MessageKind = MessageKind.STEER
    urgency: Urgency = Urgency.QUEUE


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageDelivered(AttemptEvent):
    """The agent has it: `evidence` is newer than the sending."""

    message_id: str
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageUncertain(AttemptEvent):
    """It can't be told whether the agent has it; it is not sent again, a person looks."""

    message_id: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionAsked(AttemptEvent):
    """The agent waits for an answer."""

    question_id: str
    kind: QuestionKind
    text: str
    ref: str = ""
    context: str = ""
    choices: tuple[Choice, ...] = ()
    otherwise: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionAnswered(Event):
    """Somebody answered; the first answer counts."""

    question_id: str
    choice: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionSettled(AttemptEvent):
    """The agent waits no more: it has the answer, or nobody's answer is wanted any longer."""

    question_id: str
    how: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadTold(Event):
    """Who asked for the work was told of one of its events; `how` says on what evidence.

    `seq` is that event's number in the history, `message_id` what was told is known by for ever.
    No event up to `behind` is left of which anybody has still to be told.
    """

    seq: int
    message_id: str
    word: str
    how: str
    behind: int = 0


# What gate and lane found.


@dataclass(frozen=True, slots=True, kw_only=True)
class GatePassed(AttemptEvent):
    """The gate passed on the claimed commit's exact tree; `receipt` is None when ungated.

    `judge` says whether the project wants it judged before it may land.
    """

    head: str
    receipt: str | None = None
    manual: bool = False
    judge: JudgePolicy = JudgePolicy.OFF


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged(AttemptEvent):
    """A judge has spoken, or could not be brought to; `required` if the landing waits for it.

    After `cycles` rejections of a task a person decides. `usage` is what judging took, `limit` what
    kept the judge from its word, if it was one.
    """

    judgement: Judgement
    required: bool = True
    manual: bool = False
    cycles: int = 2
    usage: Usage | None = None
    limit: Limit | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GateFailed(AttemptEvent):
    """The gate said no; `excerpt` is what the next round is told."""

    head: str
    reason: str
    excerpt: str = ""
    log: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GateBroken(AttemptEvent):
    """The gate could not be run to its end, again and again; this says nothing of the work."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LandingSubmitted(AttemptEvent):
    """The change has its place in the lane."""

    landing_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Landed(Event):
    """The change is on the target."""

    landing_id: str
    commit: str
    previous: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LandingBounced(Event):
    """The lane sent the change back; `resolver` is who helps with a conflict, if anybody."""

    landing_id: str
    bounce: Bounce
    reason: str
    excerpt: str = ""
    resolver: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LandingWithdrawn(Event):
    """A person took the change out of the lane."""

    landing_id: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceReleased(Event):
    """The workspace is gone, what was in it is saved under these refs."""

    saved: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectAbandoned(Event):
    """An effect failed for good, or a bug stopped it; a person has to look."""

    effect_id: str
    reason: str


EVENTS: dict[str, type[Event]] = {
    name: kind
    for name, kind in list(globals().items())
    if isinstance(kind, type) and issubclass(kind, Event) and kind not in {Event, AttemptEvent}
}
"""Every kind of event by its name, as it is stored and sent."""
