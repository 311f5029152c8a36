"""Conflicts go to the owner, then to the resolver, then to a person, and each is bounded."""

from dataclasses import replace

from orch.core.attempt import Phase
from orch.core.conflict import resolved_by
from orch.core.events import Landed, LandingBounced, TaskRetried
from orch.core.landing import BY_AGENT, BY_RESOLVER, Bounce
from orch.core.lifecycle import decide
from orch.core.task import Budget, Status, Task
from tests.core.build import attempt, task


def landing(n: int = 1, **fields: object) -> Task:
    """Make a task whose change is in the lane."""
    held = replace(attempt(n, Phase.CLAIMED), head="c" * 40)
    made = replace(task(), status=Status.LANDING, attempt=held, landing_id="l1")
    return replace(made, **fields)  # type: ignore[arg-type]


def bounced(made: Task, *, resolver: str = "") -> Task:
    """Let it come back with a conflict."""
    event = LandingBounced(
        at=2.0,
        landing_id="l1",
        bounce=Bounce.CONFLICT,
        reason="conflicts",
        excerpt="both sides",
        resolver=resolver,
    )
    return decide(made, event).task


def again(made: Task, *, agent: str = "a") -> Task:
    """Let the next attempt claim the work, and the lane have it."""
    n = (made.attempt.n if made.attempt else 0) + 1
    held = replace(attempt(n, Phase.CLAIMED), head="d" * 40, agent=agent)
    return replace(made, status=Status.LANDING, attempt=held, landing_id="l1")


def test_the_owner_goes_on_with_both_sides() -> None:
    """It is told, keeps its budget, and what it lands then is known as resolved by it."""
    found = bounced(landing())
    assert (found.status, found.feedback, found.conflicted) == (Status.ROUTED, "both sides", True)
    assert (found.resolver, resolved_by(again(found))) == ("", BY_AGENT)
    assert resolved_by(landing()) == ""


def test_without_a_resolver_a_person_is_asked() -> None:
    """After as many rounds as there are."""
    found = landing(budget=Budget(attempts=9, rounds=2))
    found = bounced(again(bounced(found)))
    assert (found.status, found.resolver) == (Status.NEEDS_REVIEW, "")


def test_the_resolver_gets_one_attempt() -> None:
    """When the owner's rounds, or its attempts, are used up; then a person is asked."""
    for budget in (Budget(attempts=9, rounds=1), Budget(attempts=1, rounds=9)):
        first = bounced(landing(budget=budget), resolver="fixer")
        assert (first.status, first.resolver) == (Status.ROUTED, "fixer")
        assert first.budget.attempts >= 2
        second = again(first, agent="fixer")
        assert resolved_by(second) == BY_RESOLVER
        last = bounced(replace(second, budget=replace(second.budget, rounds=2)), resolver="fixer")
        assert last.status is Status.NEEDS_REVIEW


def test_a_resolver_is_not_asked_while_the_owner_has_rounds() -> None:
    """Who made the change knows best what it is for."""
    found = bounced(landing(budget=Budget(attempts=3, rounds=3)), resolver="fixer")
    assert (found.status, found.resolver) == (Status.ROUTED, "")


def test_it_ends_with_the_landing_or_a_retry() -> None:
    """A task that is opened again begins without the conflict of the last time."""
    found = again(bounced(landing(budget=Budget(attempts=1, rounds=1)), resolver="fixer"))
    landed = decide(found, Landed(at=3.0, landing_id="l1", commit="e" * 40, previous="f" * 40)).task
    assert (landed.conflicted, landed.resolver) == (False, "")
    stuck = bounced(again(bounced(landing(budget=Budget(attempts=1, rounds=1)), resolver="fixer")))
    retried = decide(stuck, TaskRetried(at=4.0, actor="me", budget=Budget())).task
    assert (retried.conflicted, retried.resolver) == (True, "")
