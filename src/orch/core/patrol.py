"""Patrol: when so many tasks of a project fail in a row that going on would only cost money."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from orch.core.events import (
    AgentClaimedDone,
    AgentFailed,
    EffectAbandoned,
    GateBroken,
    GateFailed,
    GatePassed,
    Judged,
    Landed,
    LandingBounced,
    SessionAbandoned,
    SessionLost,
    WorkspaceFailed,
)
from orch.core.judgement import Ruling
from orch.core.task import Status

_FAILS: Final = {
    kind.__name__
    for kind in (
        AgentClaimedDone,
        AgentFailed,
        EffectAbandoned,
        GateBroken,
        GateFailed,
        LandingBounced,
        SessionAbandoned,
        SessionLost,
        WorkspaceFailed,
    )
}
_LANDS: Final = Landed.__name__
_WAITS_FOR_MERGE: Final = GatePassed.__name__
_JUDGED: Final = Judged.__name__
_ENDED_BADLY: Final = {Status.FAILED.value, Status.NEEDS_REVIEW.value}

KINDS: Final = (*sorted(_FAILS), _LANDS, _WAITS_FOR_MERGE, _JUDGED)
"""The kinds of events that patrol looks at. What people do to a task says nothing of its agents."""


@dataclass(frozen=True, slots=True)
class Seen:
    """An event of a project's history: of which task, which kind, and the task's status then.

    `ruling` is what a judge said that the landing waited for.
    """

    task_id: str
    kind: str
    status: str
    ruling: str = ""

    @property
    def is_bad(self) -> bool:
        """Tell whether a task ended here without a result.

        So did one that its judge rejected too often, and one that no judge could be had for: the
        next would only cost money as well.
        """
        refused = self.kind == _JUDGED and self.ruling in {Ruling.REJECT, Ruling.UNCLEAR}
        return (self.kind in _FAILS or refused) and self.status in _ENDED_BADLY

    @property
    def is_good(self) -> bool:
        """Tell whether a task's work landed here, or is ready for a person to land it."""
        approved = self.kind == _JUDGED and self.ruling == Ruling.APPROVE
        ready = self.kind == _WAITS_FOR_MERGE or approved
        return self.kind == _LANDS or (ready and self.status == Status.NEEDS_REVIEW.value)


def in_a_row(history: Iterable[Seen]) -> tuple[str, ...]:
    """List the tasks that ended badly since the last good end, each once, oldest first."""
    failed: dict[str, None] = {}
    for seen in history:
        if seen.is_good:
            failed.clear()
        elif seen.is_bad:
            failed[seen.task_id] = None
    return tuple(failed)


def should_pause(history: Iterable[Seen], *, most: int) -> tuple[str, ...]:
    """Return the tasks because of which a project should pause; none if it should go on.

    `history` is what happened since somebody last resumed the project, oldest first: what was
    before never counts again. A `most` of 0 switches it off.
    """
    failed = in_a_row(history)
    return failed if 0 < most <= len(failed) else ()


def reason(failed: tuple[str, ...]) -> str:
    """Say why a project is paused."""
    return f"{len(failed)} tasks in a row ended without landing: {', '.join(failed)}"
