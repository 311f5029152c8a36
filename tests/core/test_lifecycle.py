"""The lifecycle: whatever comes in whatever order, the promises hold."""

from dataclasses import replace

import hypothesis.strategies as st
import pytest
from hypothesis import given
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from orch.core import events as ev
from orch.core.attempt import Activity, Evidence, Phase
from orch.core.decision import Decision
from orch.core.effects import Effect, PrepareWorkspace, SubmitLanding
from orch.core.judgement import Judgement, Ruling
from orch.core.judging import bound_to
from orch.core.landing import Bounce
from orch.core.lifecycle import ROWS, TABLE, UnexpectedEvent, decide
from orch.core.settings import JudgePolicy
from orch.core.signs import Trouble
from orch.core.talk import MessageKind, QuestionKind, Urgency
from orch.core.task import ENDED, FINAL, RESTING, BlockedOn, Budget, Status, Task
from orch.core.usage import Usage
from tests.core.build import FENCE
from tests.core.build import task as new_task

HEADS = ("a" * 40, "b" * 40)


def step(task: Task, event: ev.Event) -> Decision:
    """Decide, and count the version up as the writer does."""
    decision = decide(task, event)
    if decision.dropped:
        return decision
    return replace(decision, task=replace(decision.task, version=task.version + 1))


def follow(task: Task, *events: ev.Event) -> Task:
    """Fold events that are all expected."""
    for event in events:
        decision = step(task, event)
        assert not decision.dropped, decision.dropped
        task = decision.task
    return task


def granted(n: int = 1) -> ev.SlotGranted:
    """Grant attempt n a slot."""
    return ev.SlotGranted(at=2.0, attempt=n, agent="a", host_id="h", worker=f"w{n}", token=FENCE)


def routed() -> ev.TaskRouted:
    """Route to the only agent."""
    return ev.TaskRouted(at=1.5, agent="a", base="main")


def ready(n: int = 1) -> ev.WorkspaceReady:
    """Say that the workspace of attempt n is there."""
    return ev.WorkspaceReady(at=3.0, attempt=n, path="/w", branch="orch/t1", base_commit="c" * 40)


def until_running(task: Task, n: int = 1) -> Task:
    """Bring a routed task to a running session."""
    started = ev.SessionStarted(at=4.0, attempt=n, session=f"t1.{n}")
    return follow(task, granted(n), ready(n), started)


def until_claimed(task: Task, n: int = 1) -> Task:
    """Bring a routed task to a claim that is being gated."""
    ended = ev.SessionEnded(at=5.0, attempt=n, exit_code=0)
    claim = ev.AgentClaimedDone(at=6.0, attempt=n, head=HEADS[0], commits=1)
    return follow(until_running(task, n), ended, claim)


def test_a_task_goes_from_submission_to_done() -> None:
    """The straight way, with the effects in their order."""
    task = until_claimed(follow(new_task(), routed()))
    assert task.status is Status.IN_REVIEW
    passed = step(task, ev.GatePassed(at=7.0, attempt=1, head=HEADS[0], receipt="r"))
    assert [type(effect) for effect in passed.effects] == [SubmitLanding]
    queued = follow(passed.task, ev.LandingSubmitted(at=8.0, attempt=1, landing_id="l1"))
    done = follow(queued, ev.Landed(at=9.0, landing_id="l1", commit="n" * 40, previous="o" * 40))
    assert (done.status, done.landed_commit) == (Status.DONE, "n" * 40)


def test_a_red_gate_sends_the_work_back_with_its_output() -> None:
    """The next attempt is told what the gate said."""
    task = until_claimed(follow(new_task(), routed()))
    back = follow(
        task,
        ev.GateFailed(at=7.0, attempt=1, head=HEADS[0], reason="exit 1", excerpt="1 failed"),
    )
    assert (back.status, back.feedback, back.rounds_used) == (Status.ROUTED, "1 failed", 1)


def test_spent_rounds_ask_a_person() -> None:
    """The third red is the last: there is work to look at."""
    task = follow(new_task(), routed())
    for n in (1, 2, 3):
        task = until_claimed(task, n)
        task = follow(task, ev.GateFailed(at=7.0, attempt=n, head=HEADS[0], reason="red"))
    assert task.status is Status.NEEDS_REVIEW


def test_the_same_failure_three_times_stops_whatever_the_budget() -> None:
    """A budget of ten attempts is not spent on one error."""
    task = follow(new_task(budget=Budget(attempts=10, rounds=10)), routed())
    for n in (1, 2, 3):
        task = until_running(task, n)
        task = follow(
            task,
            ev.SessionEnded(at=5.0, attempt=n, exit_code=0),
            ev.AgentFailed(at=6.0, attempt=n, reason="no changes"),
        )
    assert task.status is Status.FAILED


def test_news_of_an_earlier_attempt_is_dropped() -> None:
    """A dead session can't speak for the attempt that follows it."""
    task = until_running(follow(new_task(), routed()))
    lost = follow(task, ev.SessionLost(at=5.0, attempt=1, reason="gone"))
    second = until_running(lost, 2)
    late = decide(second, ev.SessionEnded(at=9.0, attempt=1, exit_code=0))
    assert late.dropped
    assert late.task == second


def test_an_event_without_meaning_changes_nothing() -> None:
    """It raises, and says what the task is."""
    with pytest.raises(UnexpectedEvent, match="t1 is new: only a blocked task"):
        decide(new_task(), ev.TaskUnblocked(at=2.0))


def test_a_final_task_reopens_only_by_a_retry() -> None:
    """Nothing else is expected of it."""
    done = follow(new_task(), ev.TaskClosed(at=2.0))
    for event in (ev.TaskOpened(at=3.0), ev.TaskUnblocked(at=3.0), ev.TaskCancelled(at=3.0)):
        with pytest.raises(UnexpectedEvent):
            decide(done, event)
    assert follow(done, ev.TaskRetried(at=3.0)).status is Status.NEW


def test_an_approval_counts_only_for_what_was_seen() -> None:
    """Work that moved on after a person looked is not landed."""
    task = until_claimed(follow(new_task(), routed()))
    manual = ev.GatePassed(at=7.0, attempt=1, head=HEADS[0], receipt="r", manual=True)
    waiting = follow(task, manual)
    with pytest.raises(UnexpectedEvent, match="look again"):
        decide(waiting, ev.TaskReviewed(at=8.0, head=HEADS[1]))
    assert follow(waiting, ev.TaskReviewed(at=8.0, head=HEADS[0])).status is Status.LANDING


def test_a_claim_waits_for_the_children_that_were_filed() -> None:
    """A parent is gated only after its children have ended."""
    running = until_running(follow(new_task(), routed()))
    waiting = follow(
        running,
        ev.SessionEnded(at=5.0, attempt=1, exit_code=0),
        ev.AgentClaimedDone(at=6.0, attempt=1, head=HEADS[0], commits=1, children_open=True),
    )
    assert (waiting.status, waiting.blocked_on) == (Status.BLOCKED, BlockedOn.CHILDREN)
    assert follow(waiting, ev.TaskUnblocked(at=7.0)).status is Status.IN_REVIEW


def test_every_status_but_final_ones_can_be_left() -> None:
    """The table has a way out of each status, and final ones only by a retry."""
    for status in Status:
        ways = {event for (source, event), row in TABLE.items() if source is status and row.targets}
        assert ev.TaskRetried in ways if status in FINAL else ways


def test_rows_do_not_overlap() -> None:
    """One status and one kind of event have one row."""
    assert len(TABLE) == sum(len(row.sources) for row in ROWS)


def judgement(ruling: Ruling, *, head: str = HEADS[0], order: str = "") -> Judgement:
    """Make what a judge says of the new task, or of an `order` that it never had."""
    bound = bound_to(new_task(prompt=order) if order else new_task(), head)
    return Judgement(ruling=ruling, bound=bound, summary="no test")


_attempts = st.integers(min_value=1, max_value=5)
_heads = st.sampled_from(HEADS)
_landings = st.sampled_from(("l1", "l2"))
_talk = st.sampled_from(("m1", "m2"))
_words = st.sampled_from(("stopped", "no changes", "red"))

ANY_EVENT = st.one_of(
    st.builds(ev.TaskEdited, at=st.just(2.0), title=_words),
    st.builds(ev.TaskOpened, at=st.just(2.0)),
    st.builds(
        ev.TaskRouted,
        at=st.just(2.0),
        agent=st.just("a"),
        base=st.just("main"),
        waits_on=st.sampled_from(((), ("t2",))),
        children_open=st.booleans(),
    ),
    st.builds(ev.TaskUnblocked, at=st.just(2.0)),
    st.builds(ev.TaskBlocked, at=st.just(2.0), on=st.sampled_from(BlockedOn), reason=_words),
    st.builds(ev.TaskStopped, at=st.just(2.0)),
    st.builds(ev.TaskCompleted, at=st.just(2.0)),
    st.builds(ev.TaskFailed, at=st.just(2.0), reason=_words),
    st.builds(ev.TaskReviewed, at=st.just(2.0), head=_heads),
    st.builds(ev.TaskCancelled, at=st.just(2.0)),
    st.builds(ev.TaskClosed, at=st.just(2.0)),
    st.builds(ev.TaskRetried, at=st.just(2.0)),
    st.builds(granted, _attempts),
    st.builds(ready, _attempts),
    st.builds(ev.WorkspaceFailed, at=st.just(2.0), attempt=_attempts, reason=_words),
    st.builds(ev.SessionStarted, at=st.just(2.0), attempt=_attempts, session=st.just("s")),
    st.builds(ev.SessionRefused, at=st.just(2.0), attempt=_attempts, reason=_words),
    st.builds(ev.SessionEnded, at=st.just(2.0), attempt=_attempts, exit_code=st.integers(0, 1)),
    st.builds(ev.SessionLost, at=st.just(2.0), attempt=_attempts, reason=_words),
    st.builds(
        ev.ActivityObserved,
        at=st.just(2.0),
        attempt=_attempts,
        activity=st.sampled_from(Activity),
        evidence=st.just(Evidence(rule="silence", observation="no output", at=1.0)),
    ),
    st.builds(
        ev.AgentClaimedDone,
        at=st.just(2.0),
        attempt=_attempts,
        head=_heads,
        commits=st.just(1),
        children_open=st.booleans(),
    ),
    st.builds(
        ev.AgentFailed,
        at=st.just(2.0),
        attempt=_attempts,
        reason=_words,
        children_open=st.booleans(),
    ),
    st.builds(
        ev.LeadTold,
        at=st.just(2.0),
        seq=st.integers(1, 3),
        message_id=_talk,
        word=st.sampled_from(("done", "failed")),
        how=_words,
    ),
    st.builds(
        ev.GatePassed,
        at=st.just(2.0),
        attempt=_attempts,
        head=_heads,
        manual=st.booleans(),
        judge=st.sampled_from(JudgePolicy),
    ),
    st.builds(
        ev.Judged,
        at=st.just(2.0),
        attempt=_attempts,
        judgement=st.builds(judgement, st.sampled_from(Ruling), head=_heads),
        required=st.booleans(),
        manual=st.booleans(),
    ),
    st.builds(ev.GateFailed, at=st.just(2.0), attempt=_attempts, head=_heads, reason=_words),
    st.builds(ev.GateBroken, at=st.just(2.0), attempt=_attempts, reason=_words),
    st.builds(ev.LandingSubmitted, at=st.just(2.0), attempt=_attempts, landing_id=_landings),
    st.builds(ev.Landed, at=st.just(2.0), landing_id=_landings, commit=_heads, previous=_heads),
    st.builds(
        ev.LandingBounced,
        at=st.just(2.0),
        landing_id=_landings,
        bounce=st.sampled_from(Bounce),
        reason=_words,
    ),
    st.builds(ev.LandingWithdrawn, at=st.just(2.0), landing_id=_landings),
    st.builds(ev.WorkspaceReleased, at=st.just(2.0)),
    st.builds(ev.EffectAbandoned, at=st.just(2.0), effect_id=st.just("e"), reason=_words),
    st.builds(
        ev.AgentHeld,
        at=st.just(2.0),
        attempt=_attempts,
        reason=_words,
        trouble=st.sampled_from(Trouble),
        until=st.sampled_from((None, 9.0)),
        resumes=st.booleans(),
    ),
    st.builds(
        ev.AgentReported,
        at=st.just(2.0),
        attempt=_attempts,
        word=st.sampled_from(("done", "blocked", "heartbeat")),
    ),
    st.builds(ev.SessionAbandoned, at=st.just(2.0), attempt=_attempts, reason=_words),
    st.builds(ev.ConversationKnown, at=st.just(2.0), attempt=_attempts, conversation=st.just("c")),
    st.builds(ev.UsageReported, at=st.just(2.0), attempt=_attempts, usage=st.just(Usage())),
    st.builds(
        ev.MessageQueued,
        at=st.just(2.0),
        message_id=_talk,
        text=_words,
        kind=st.sampled_from(MessageKind),
        urgency=st.sampled_from(Urgency),
    ),
    st.builds(
        ev.MessageDelivered,
        at=st.just(2.0),
        attempt=_attempts,
        message_id=_talk,
        evidence=st.just("seen"),
    ),
    st.builds(
        ev.MessageUncertain, at=st.just(2.0), attempt=_attempts, message_id=_talk, reason=_words
    ),
    st.builds(
        ev.QuestionAsked,
        at=st.just(2.0),
        attempt=_attempts,
        question_id=_talk,
        kind=st.sampled_from(QuestionKind),
        text=_words,
        ref=st.sampled_from(("", "r1")),
    ),
    st.builds(ev.QuestionAnswered, at=st.just(2.0), question_id=_talk, text=_words),
    st.builds(ev.QuestionSettled, at=st.just(2.0), attempt=_attempts, question_id=_talk),
)


def test_the_properties_draw_every_kind_of_event() -> None:
    """A kind that the strategy forgets would be a hole in what the machine below shows."""
    drawn = {strategy.wrapped_strategy.target for strategy in ANY_EVENT.original_strategies}  # type: ignore[attr-defined]
    named = {getattr(kind, "__name__", "") for kind in drawn} - {"granted", "ready"}
    assert named | {"SlotGranted", "WorkspaceReady", "TaskSubmitted"} == set(ev.EVENTS)


class AnyOrder(RuleBasedStateMachine):
    """Events of any kind in any order, as a hostile world would send them."""

    def __init__(self) -> None:
        """Begin with a task that was just submitted."""
        super().__init__()
        self.task = follow(new_task(), routed())
        self.landings: list[str] = []
        self.ordered: set[str] = set()

    @rule(event=ANY_EVENT)
    def news(self, event: ev.Event) -> None:
        """Fold whatever comes; check the step itself."""
        before = self.task
        try:
            decision = step(before, event)
        except UnexpectedEvent:
            return
        self.check_step(before, event, decision)
        self.task = decision.task

    @rule()
    @precondition(lambda self: self.task.status is Status.ROUTED)
    def admit(self) -> None:
        """Grant a slot as admission would."""
        n = self.task.attempt.n + 1 if self.task.attempt else 1
        self.task = follow(self.task, granted(n), ready(n))

    @rule()
    @precondition(lambda self: self.task.status is Status.LANDING and not self.task.landing_id)
    def enqueue(self) -> None:
        """Give the landing a new number, as the queue would."""
        assert self.task.attempt
        landing = f"l{len(self.landings) + 10}"
        event = ev.LandingSubmitted(at=8.0, attempt=self.task.attempt.n, landing_id=landing)
        self.task = follow(self.task, event)
        self.landings.append(landing)

    def check_step(self, before: Task, event: ev.Event, decision: Decision) -> None:
        """Hold a step against its row."""
        if decision.dropped:
            assert decision.task == before
            assert not decision.effects
            return
        row = TABLE[before.status, type(event)]
        after = decision.task
        assert after.status in (row.targets or (before.status,))
        assert {type(effect) for effect in decision.effects} <= set(row.effects)
        self.check_effects(decision.effects)
        if before.status in FINAL and after.status is not before.status:
            assert isinstance(event, ev.TaskRetried)

    def check_effects(self, effects: tuple[Effect, ...]) -> None:
        """No effect is ordered twice: the outbox would take the second for the first."""
        for effect in effects:
            assert effect.id not in self.ordered, effect.id
            self.ordered.add(effect.id)
            assert not isinstance(effect, PrepareWorkspace) or effect.attempt >= 1

    @invariant()
    def budgets_hold(self) -> None:
        """No order of events exceeds a budget."""
        n = self.task.attempt.n if self.task.attempt else 0
        assert n <= self.task.budget.attempts
        assert self.task.rounds_used <= self.task.budget.rounds

    @invariant()
    def nobody_waits_for_what_is_over(self) -> None:
        """Leave nothing open on a final task, and nothing asked by a session that ended."""
        task, attempt = self.task, self.task.attempt
        assert not (task.is_final and (task.questions or task.messages))
        live = attempt is not None and attempt.phase in {Phase.STARTING, Phase.RUNNING}
        assert live or not any(question.ref for question in task.questions)

    @invariant()
    def a_blocked_task_says_on_what(self) -> None:
        """Only a blocked task waits for something, and it says for what."""
        assert (self.task.status is Status.BLOCKED) == (self.task.blocked_on is not None)

    @invariant()
    def an_attempt_that_rests_is_not_live(self) -> None:
        """Leave no session that would count as running."""
        attempt = self.task.attempt
        if self.task.status in (ENDED | RESTING | {Status.ROUTED}) and attempt:
            assert attempt.phase in {Phase.ENDED, Phase.CLAIMED}


TestAnyOrder = AnyOrder.TestCase


@given(order=st.permutations(["l1", "l2"]))
def test_only_the_current_landing_ends_a_task(order: list[str]) -> None:
    """News of another landing neither ends the task nor ends it twice."""
    task = until_claimed(follow(new_task(), routed()))
    task = follow(
        task,
        ev.GatePassed(at=7.0, attempt=1, head=HEADS[0]),
        ev.LandingSubmitted(at=8.0, attempt=1, landing_id="l1"),
    )
    ends = 0
    for landing in order:
        event = ev.Landed(at=9.0, landing_id=landing, commit=HEADS[0], previous=HEADS[1])
        decision = decide(task, event) if task.status is Status.LANDING else None
        if decision and not decision.dropped:
            task, ends = decision.task, ends + 1
    assert (task.status, ends) == (Status.DONE, 1)
