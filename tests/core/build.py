"""Values for the tests of the core."""

from orch.core.attempt import Attempt, Phase
from orch.core.events import TaskSubmitted
from orch.core.lifecycle import submit
from orch.core.task import Task

FENCE = "k"


def submitted(**fields: object) -> TaskSubmitted:
    """Make a submission with sensible fields."""
    wanted: dict[str, object] = {
        "at": 1.0,
        "task_id": "t1",
        "project_id": "p-1",
        "title": "Mend the roof",
        "slug": "mend-the-roof",
    }
    return TaskSubmitted(**(wanted | fields))  # type: ignore[arg-type]


def task(**fields: object) -> Task:
    """Make a task that was just submitted."""
    return submit(submitted(**fields)).task


def attempt(n: int = 1, phase: Phase = Phase.RUNNING) -> Attempt:
    """Make an attempt in a phase."""
    return Attempt(
        n=n,
        agent="a",
        host_id="h",
        worker=f"w{n}",
        token=FENCE,
        started_at=1.0,
        phase=phase,
        session=f"t1.{n}",
        workspace="/w",
        branch="orch/t1",
        base_commit="b" * 40,
    )
