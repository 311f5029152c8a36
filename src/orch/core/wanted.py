"""Whether an effect is still wanted: asked before it is carried out, and while it runs."""

from orch.core.attempt import Attempt, Phase
from orch.core.effects import (
    CollectEvidence,
    Effect,
    PrepareWorkspace,
    RunGate,
    RunJudge,
    StartSession,
    StopSession,
    SubmitLanding,
)
from orch.core.task import FINAL, Status, Task

_PHASES: dict[type[Effect], Phase] = {
    PrepareWorkspace: Phase.PREPARING,
    StartSession: Phase.STARTING,
    CollectEvidence: Phase.CHECKING,
}

_ADVISED = frozenset({Status.LANDING, Status.NEEDS_REVIEW, Status.DONE})
"""Where an advisory judgement still tells somebody something."""


def is_wanted(effect: Effect, task: Task) -> bool:
    """Tell whether the task, as it stands now, still asks for this effect.

    A release is wanted while the task is ended. An effect of an attempt that is not current is
    wanted only if it ends something.
    """
    if isinstance(effect, StopSession):
        return True
    attempt = task.attempt
    return (
        attempt is not None
        and attempt.n == effect.attempt
        and _asked(effect, task, attempt=attempt)
    )


def _asked(effect: Effect, task: Task, *, attempt: Attempt) -> bool:
    phase = _PHASES.get(type(effect))
    if phase is not None:
        return attempt.phase is phase
    match effect:
        case RunGate(head=head):
            return task.status is Status.IN_REVIEW and attempt.head == head
        case RunJudge(head=head, required=True):
            return attempt.phase is Phase.JUDGING and attempt.head == head
        case RunJudge(head=head):
            return task.status in _ADVISED and attempt.head == head
        case SubmitLanding():
            return task.status is Status.LANDING and task.landing_id is None
        case _:
            return task.status in FINAL
