"""What follows from a judgement, and what it holds for."""

from dataclasses import replace

import pytest

from orch.core import events as ev
from orch.core.attempt import Phase
from orch.core.effects import RunGate, RunJudge, SubmitLanding
from orch.core.judgement import Judgement, Limit, Remark, Ruling
from orch.core.judging import bound_to, holds, told
from orch.core.landing import Item, Person
from orch.core.lifecycle import UnexpectedEvent, decide
from orch.core.retry import limited_agent
from orch.core.settings import JudgePolicy
from orch.core.task import BlockedOn, Budget, Scope, Status, Task
from orch.core.usage import Usage
from orch.core.wanted import is_wanted
from tests.core.build import task as new_task
from tests.core.test_lifecycle import HEADS, follow, routed, step, until_claimed

HEAD, OTHER = HEADS


def passed(policy: JudgePolicy, *, n: int = 1, manual: bool = False) -> ev.GatePassed:
    """Say that the gate passed, in a project with this policy."""
    return ev.GatePassed(at=7.0, attempt=n, head=HEAD, manual=manual, judge=policy)


def judgement(task: Task, ruling: Ruling, *, head: str = HEAD) -> Judgement:
    """Make what a judge says of a task's commit."""
    remark = Remark(text="off by one", path="a.py", line=7)
    return Judgement(
        ruling=ruling, bound=bound_to(task, head), summary="Not yet.", remarks=(remark,)
    )


def judged(task: Task, ruling: Ruling, *, n: int = 1, required: bool = True) -> ev.Judged:
    """Say that a judge has spoken."""
    said = judgement(task, ruling)
    return ev.Judged(at=8.0, attempt=n, judgement=said, required=required)


def until_judging(task: Task, n: int = 1) -> Task:
    """Bring a routed task to where its landing waits for a judge."""
    return follow(until_claimed(task, n), passed(JudgePolicy.REQUIRED, n=n))


@pytest.fixture
def waiting() -> Task:
    """Give a task that waits for its judge."""
    return until_judging(follow(new_task(), routed()))


def test_what_passed_its_gate_waits_for_a_required_judge(waiting: Task) -> None:
    """The judge is ordered, the landing is not."""
    claimed = until_claimed(follow(new_task(), routed()))
    decision = step(claimed, passed(JudgePolicy.REQUIRED))
    assert [type(one) for one in decision.effects] == [RunJudge]
    assert waiting.status is Status.IN_REVIEW
    assert waiting.attempt
    assert waiting.attempt.phase is Phase.JUDGING


def test_an_approval_sends_it_to_the_lane(waiting: Task) -> None:
    """As the gate does where nobody judges."""
    decision = step(waiting, judged(waiting, Ruling.APPROVE))
    assert [type(one) for one in decision.effects] == [SubmitLanding]
    assert decision.task.status is Status.LANDING
    assert decision.task.judgement


def test_an_approval_in_a_manual_project_leaves_the_last_word_to_a_person(waiting: Task) -> None:
    """It is ready, and lands when they say so."""
    said = replace(judged(waiting, Ruling.APPROVE), manual=True)
    decision = step(waiting, said)
    assert decision.effects == ()
    assert (decision.task.status, decision.task.reason[:5]) == (Status.NEEDS_REVIEW, "ready")


def test_a_rejection_goes_back_with_all_remarks_in_one_message(waiting: Task) -> None:
    """The next attempt is told summary and findings, with file and line."""
    back = follow(waiting, judged(waiting, Ruling.REJECT))
    assert (back.status, back.rounds_used, back.rejections) == (Status.ROUTED, 1, 1)
    assert "Not yet." in back.feedback
    assert "- a.py:7: warning: off by one" in back.feedback


def test_after_so_many_rejections_a_person_decides() -> None:
    """The cap counts rejections of the task, over its attempts."""
    task = follow(new_task(budget=Budget(attempts=9, rounds=9)), routed())
    task = follow(until_judging(task, 1), judged(task, Ruling.REJECT, n=1))
    task = follow(until_judging(task, 2), judged(task, Ruling.REJECT, n=2))
    assert (task.status, task.rejections) == (Status.NEEDS_REVIEW, 2)
    assert "rejected 2 times" in task.reason
    landing = follow(task, ev.TaskReviewed(at=9.0, head=HEAD))
    assert landing.status is Status.LANDING


def test_a_retry_forgets_what_was_judged(waiting: Task) -> None:
    """A person who wants another go gets another judge."""
    task = follow(waiting, judged(waiting, Ruling.UNCLEAR))
    again = follow(task, ev.TaskRetried(at=9.0))
    assert (again.judgement, again.rejections) == (None, 0)


def test_no_ruling_is_never_an_approval(waiting: Task) -> None:
    """A person looks, and is told how it can be asked again."""
    task = follow(waiting, judged(waiting, Ruling.UNCLEAR))
    assert task.status is Status.NEEDS_REVIEW
    assert "orch task complete t1" in task.reason
    assert task.judgement
    assert not task.judgement.holds_for(bound_to(task, HEAD))


def limited(task: Task, *, held: int, until: float | None = 900.0) -> ev.Judged:
    """Say that a limit kept the judge from its word, for so many times by now."""
    said = replace(judgement(task, Ruling.UNCLEAR), summary="out of quota", held=held, agent="j")
    limit = Limit(until=until, resumes=until is not None)
    return ev.Judged(at=8.0, attempt=1, judgement=said, limit=limit)


def test_a_judge_out_of_its_limit_parks_the_task_as_a_worker_does(waiting: Task) -> None:
    """It goes on by itself: with the gate, whose receipt is there, and then with the judge."""
    parked = follow(waiting, limited(waiting, held=1))
    assert (parked.status, parked.blocked_on) == (Status.BLOCKED, BlockedOn.LIMIT)
    assert parked.reason == (
        "not judged: out of quota (until 1970-01-01 00:15 UTC; goes on by itself)"
    )
    assert (parked.resume_at, limited_agent(parked)) == (900.0, "j")
    decision = step(parked, ev.TaskUnblocked(at=901.0))
    assert [type(one) for one in decision.effects] == [RunGate]
    again = follow(decision.task, passed(JudgePolicy.REQUIRED))
    assert again.attempt
    assert again.attempt.phase is Phase.JUDGING
    assert follow(again, judged(again, Ruling.APPROVE)).status is Status.LANDING


def test_a_limit_whose_end_nobody_knows_waits_for_a_person(waiting: Task) -> None:
    """The reason is kept; unblocking asks the judge again, a merge does without it."""
    parked = follow(waiting, limited(waiting, held=1, until=None))
    assert (parked.status, parked.resume_at) == (Status.BLOCKED, None)
    assert step(parked, ev.TaskUnblocked(at=9.0)).task.status is Status.IN_REVIEW
    assert step(parked, ev.TaskReviewed(at=9.0, head=HEAD)).task.status is Status.LANDING


def test_a_judge_that_is_held_again_and_again_is_a_persons_turn(waiting: Task) -> None:
    """After so many times as a task has attempts."""
    often = waiting.budget.attempts
    assert follow(waiting, limited(waiting, held=often - 1)).status is Status.BLOCKED
    task = follow(waiting, limited(waiting, held=often))
    assert (task.status, task.resume_at) == (Status.NEEDS_REVIEW, None)
    assert "out of quota; `orch task complete t1` asks again" in task.reason


def test_a_judgement_of_another_commit_order_or_scope_is_dropped(waiting: Task) -> None:
    """It says nothing of what there is now."""
    for other in (
        judgement(waiting, Ruling.APPROVE, head=OTHER),
        judgement(replace(waiting, prompt="Something else"), Ruling.APPROVE),
        judgement(replace(waiting, scope=Scope(allowed=("a",))), Ruling.APPROVE),
        judgement(replace(waiting, scope=Scope(forbidden=("a",))), Ruling.APPROVE),
    ):
        assert decide(waiting, ev.Judged(at=8.0, attempt=1, judgement=other)).dropped


def test_a_judge_can_not_stand_for_the_gate() -> None:
    """A judgement that comes while the gate still runs is dropped."""
    gating = until_claimed(follow(new_task(), routed()))
    assert decide(gating, judged(gating, Ruling.APPROVE)).dropped
    assert decide(gating, judged(gating, Ruling.APPROVE, required=False)).dropped


def test_a_stopped_task_does_not_hear_its_judge(waiting: Task) -> None:
    """Nor is the judge wanted any longer."""
    order = step(until_claimed(follow(new_task(), routed())), passed(JudgePolicy.REQUIRED)).effects[
        0
    ]
    assert is_wanted(order, waiting)
    stopped = follow(waiting, ev.TaskStopped(at=8.0))
    assert not is_wanted(order, stopped)
    assert decide(stopped, judged(stopped, Ruling.APPROVE)).dropped


def test_an_advisory_judge_holds_nothing_and_is_noted_even_after_the_landing() -> None:
    """It runs beside the landing; whatever it says, nothing follows."""
    claimed = until_claimed(follow(new_task(), routed()))
    decision = step(claimed, passed(JudgePolicy.ADVISORY))
    assert tuple(type(one) for one in decision.effects) == (SubmitLanding, RunJudge)
    landing = follow(decision.task, ev.LandingSubmitted(at=8.0, attempt=1, landing_id="l1"))
    done = follow(landing, ev.Landed(at=9.0, landing_id="l1", commit="n" * 40, previous="o" * 40))
    for task in (landing, done):
        assert is_wanted(decision.effects[1], task)
        noted = step(task, judged(task, Ruling.REJECT, required=False))
        assert (noted.task.status, noted.effects) == (task.status, ())
        assert noted.task.judgement
        assert noted.task.judgement.ruling is Ruling.REJECT
        assert noted.task.rejections == 0


def test_what_judging_took_counts_for_the_attempt(waiting: Task) -> None:
    """It is paid for like the work itself."""
    took = Usage(input_tokens=10, output_tokens=2, cost=0.5)
    said = replace(judged(waiting, Ruling.APPROVE), usage=took)
    task = follow(waiting, said)
    assert task.attempt
    assert task.attempt.usage == took


def test_a_required_judgement_is_not_awaited_twice(waiting: Task) -> None:
    """Once it has come a second one has nothing to decide."""
    landing = follow(waiting, judged(waiting, Ruling.APPROVE))
    assert decide(landing, judged(landing, Ruling.REJECT)).dropped
    with pytest.raises(UnexpectedEvent):
        decide(landing, passed(JudgePolicy.REQUIRED))


def an_item(**fields: object) -> Item:
    """Make an item of the lane for the task's commit."""
    own: dict[str, object] = {
        "id": "l1",
        "project_id": "p-1",
        "target": "main",
        "source_ref": "refs/x",
        "source_head": HEAD,
        "title": "x",
        "submitted_at": 1.0,
        "position": 1,
        "author": Person("a", "a@b"),
    }
    return Item(**(own | fields))  # type: ignore[arg-type]


def test_the_lane_lands_only_what_was_approved_as_it_is(waiting: Task) -> None:
    """Unless a person says so, or nobody has to judge."""
    approved = follow(waiting, judged(waiting, Ruling.APPROVE))
    item = an_item(task_id="t1")
    assert holds(item, approved) == ""
    assert "no judge has seen" in holds(item, waiting)
    assert "no judge has seen" in holds(an_item(source_head=OTHER), approved)
    edited = replace(approved, prompt="More")
    assert "no judge has seen" in holds(item, edited)
    for how in ("rerere", "replay", "agent, rerere"):
        assert f"resolved ({how.split()[-1]})" in holds(an_item(resolved=how), approved)
    assert holds(an_item(resolved="agent"), approved) == ""
    for free in (an_item(approved=True), an_item(reverts="l0")):
        assert holds(free, None) == ""


@pytest.mark.parametrize(
    ("ref", "command"),
    [
        ("refs/orch/sources/a b", "orch enqueue 'a b' --into main --approve"),
        ("refs/heads/mine", "orch enqueue mine --into main --approve"),
        ("refs/orch/attempts/t7/2", "orch merge t7 --into main"),
    ],
)
def test_what_has_no_task_waits_for_a_person_who_is_told_how(ref: str, command: str) -> None:
    """No judge is asked about a branch; whoever knows it lets it land."""
    assert f"no task, so no judge has seen it; `{command}`" in holds(an_item(source_ref=ref), None)


def test_a_rejection_holds_in_the_lane() -> None:
    """The judge was advisory when it spoke, and is required now."""
    landing = follow(until_claimed(follow(new_task(), routed())), passed(JudgePolicy.ADVISORY))
    noted = follow(landing, judged(landing, Ruling.REJECT, required=False))
    why = holds(an_item(task_id="t1"), noted)
    assert why == "the judge rejects it: Not yet.; `orch merge t1` lands it all the same"


def test_remarks_without_a_place_are_told_too() -> None:
    """What concerns no single file stands there as it is."""
    said = Judgement(
        ruling=Ruling.REJECT,
        bound=bound_to(new_task(), HEAD),
        remarks=(Remark(text="no tests"), Remark(text="typo", path="README.md")),
    )
    text = told(said)
    assert "- warning: no tests" in text
    assert "- README.md: warning: typo" in text
