"""An effect is carried out only while the task still asks for it."""

from dataclasses import replace

from orch.core.attempt import Phase
from orch.core.effects import PrepareWorkspace, ReleaseWorkspace, RunGate, StopSession
from orch.core.task import Status
from orch.core.wanted import is_wanted
from tests.core.build import attempt, task

RUNNING = replace(task(), status=Status.IN_PROGRESS, attempt=attempt(2))


def test_an_effect_of_an_earlier_attempt_is_not_wanted() -> None:
    """Unless it ends something."""
    assert not is_wanted(PrepareWorkspace(task_id="t1", attempt=1), RUNNING)
    assert is_wanted(StopSession(task_id="t1", attempt=1), RUNNING)


def test_a_gate_is_wanted_for_the_claimed_head_alone() -> None:
    """While the task is in review."""
    claimed = replace(attempt(2, Phase.CLAIMED), head="h")
    review = replace(RUNNING, status=Status.IN_REVIEW, attempt=claimed)
    assert is_wanted(RunGate(task_id="t1", attempt=2, head="h"), review)
    assert not is_wanted(RunGate(task_id="t1", attempt=2, head="other"), review)
    stopped = replace(review, status=Status.NEEDS_REVIEW)
    assert not is_wanted(RunGate(task_id="t1", attempt=2, head="h"), stopped)


def test_a_reopened_task_keeps_its_workspace() -> None:
    """A release that was ordered at the end is not wanted once the task goes on."""
    order = ReleaseWorkspace(task_id="t1", attempt=2)
    assert is_wanted(order, replace(RUNNING, status=Status.CANCELLED))
    assert not is_wanted(order, replace(RUNNING, status=Status.NEW))
