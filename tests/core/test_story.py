"""The story says in one sentence where a task stands."""

from dataclasses import replace

import pytest

from orch.core.attempt import Activity, Phase
from orch.core.story import tell
from orch.core.task import Status
from tests.core.build import attempt, task


def test_a_running_task_tells_what_its_agent_does() -> None:
    """By the activity that the evidence tells."""
    working = replace(attempt(1), activity=Activity.WORKING)
    running = replace(task(), status=Status.IN_PROGRESS, attempt=working)
    assert tell(running) == "the agent works"


def test_before_and_after_the_session_the_phase_tells() -> None:
    """What orch does then is not the agent's activity."""
    looked_at = replace(task(), status=Status.IN_PROGRESS, attempt=attempt(1, Phase.CHECKING))
    assert tell(looked_at) == "orch looks at what the session left"


def test_a_recorded_reason_comes_first() -> None:
    """It says more than the status."""
    failed = replace(task(), status=Status.FAILED, reason="no changes")
    assert tell(failed) == "no changes"


@pytest.mark.parametrize("status", Status)
def test_every_status_has_a_sentence(status: Status) -> None:
    """Nobody is shown an empty line."""
    assert tell(replace(task(), status=status, attempt=attempt(1)))
