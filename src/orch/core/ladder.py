"""The ladder: what is done by itself about a session that has stopped to work, step by step.

Each step is bounded and spaced. Waiting for an answer, a gate or a landing is no standstill.
"""

from dataclasses import dataclass
from enum import StrEnum

from orch.core.attempt import Activity
from orch.core.picture import Picture
from orch.core.signs import Sign, SignKind, Trouble
from orch.core.watch import START_S

SPACING_S = 10.0
"""At least so long between two steps."""

PARK_S = 60.0
"""A limit that ends sooner is waited out in the session."""

COOL_DOWN_S = 300.0
LONGEST_COOL_DOWN_S = 3600.0

_SHORT = frozenset({Trouble.RATE_LIMIT, Trouble.OVERLOADED})
LIMITS = _SHORT | {Trouble.USAGE_LIMIT}
"""What ends by itself, and holds whoever hits it until then."""
_HELD = frozenset({Trouble.SIGNED_OUT, Trouble.NO_SUCH_MODEL, Trouble.USAGE_LIMIT})


_STILL = frozenset({Activity.IDLE, Activity.STUCK})


class Rung(StrEnum):
    """What can be done about a session.

    `CLAIM` takes the work for complete, `CLOSE` ends a session that said so itself, `HOLD` parks
    the task, `ABANDON` ends a session that nothing moves.
    """

    WAIT = "wait"
    NUDGE = "nudge"
    BREAK = "break"
    CLAIM = "claim"
    CLOSE = "close"
    HOLD = "hold"
    ABANDON = "abandon"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What the next step depends on.

    `speaks` says whether the program can be spoken to while it runs, `reports` whether its turn's
    end alone is no claim (a terminal, where a person may talk to it too). `has_work` is None as
    long as nobody looked. `max_nudges` bounds what is said before the session is given up.
    `waits` says that tasks which it filed are still open: it will be told how they end.
    """

    activity: Activity
    picture: Picture
    now: float
    idle_s: float
    reported: str = ""
    nudges: int = 0
    nudged_at: float | None = None
    max_nudges: int = 2
    speaks: bool = False
    reports: bool = False
    has_work: bool | None = None
    pending: bool = False
    waits: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """The next step, why, and when to look again if nothing else happens (None: never)."""

    rung: Rung
    reason: str = ""
    again_at: float | None = None


WAIT = Step(Rung.WAIT)


def next_step(standing: Standing) -> Step:
    """Choose the next step on the ladder."""
    told_by_others = standing.waits and standing.reported != "done" and not standing.picture.trouble
    if told_by_others and standing.activity in _STILL:
        return WAIT
    match standing.activity:
        case Activity.LIMITED:
            return _limited(standing)
        case Activity.STUCK:
            return _stuck(standing)
        case Activity.IDLE if standing.picture.is_turn_over or standing.reports:
            return _idle(standing)
        case _:
            return WAIT


def _limited(standing: Standing) -> Step:
    sign = standing.picture.limited or standing.picture.retrying
    if sign is None or not parks(sign, now=standing.now):
        return WAIT
    return Step(Rung.HOLD, sign.text or "its provider's limit is reached")


def parks(sign: Sign, *, now: float) -> bool:
    """Tell whether a limit lasts too long to be waited out in the session.

    A program that tries again by itself is left to it, unless it will not try for long.
    """
    if sign.until is None:
        return sign.kind is not SignKind.RETRYING
    return sign.until - now > PARK_S


def _stuck(standing: Standing) -> Step:
    retrying = standing.picture.retrying
    if retrying is not None and retrying.trouble in LIMITS:
        # It is at it all the time: no word of ours brings it through.
        return Step(Rung.HOLD, retrying.text)
    if (wait := _spaced(standing)) is not None:
        return wait
    if not standing.speaks or standing.nudges >= standing.max_nudges:
        return Step(Rung.ABANDON, "stuck")
    return Step(Rung.BREAK, "no progress")


def _idle(standing: Standing) -> Step:
    if standing.reported == "done":
        return Step(Rung.CLOSE, "it reported done")
    if standing.pending:
        return WAIT
    trouble = standing.picture.trouble
    words = (trouble.text or "an error") if trouble else ""
    if trouble is not None and trouble.trouble in _HELD:
        return Step(Rung.HOLD, words)
    if standing.has_work and not trouble and not standing.reports:
        return Step(Rung.CLAIM, "its turn ended, and there is work")
    if wait := _spaced(standing):
        return wait
    step = _unclaimed(standing, words)
    limited = trouble is not None and trouble.trouble in LIMITS
    return Step(Rung.HOLD, words) if limited and step.rung is Rung.ABANDON else step


def _unclaimed(standing: Standing, trouble: str) -> Step:
    """Speak to it; then take what there is, or give it up."""
    if standing.speaks and standing.nudges < standing.max_nudges:
        return Step(Rung.NUDGE, trouble or "it stopped without a word")
    if standing.has_work and not trouble:
        return Step(Rung.CLAIM, "it stopped without a word, and there is work")
    return Step(Rung.ABANDON, trouble or "it stopped without any work")


def _spaced(standing: Standing) -> Step | None:
    """Wait between two steps; where turns are not told, silence has to last first."""
    ready_at = standing.now
    if standing.nudged_at is not None:
        answered = standing.picture.last_progress > standing.nudged_at
        spacing_s = SPACING_S if answered else max(SPACING_S, standing.idle_s)
        ready_at = standing.nudged_at + spacing_s
    if standing.reports and standing.activity is Activity.IDLE:
        picture = standing.picture
        # A screen may look as if it waited while the program still takes up its first prompt.
        patience_s = standing.idle_s if picture.has_begun else max(standing.idle_s, START_S)
        ready_at = max(ready_at, picture.last_progress + patience_s)
    return Step(Rung.WAIT, again_at=ready_at) if ready_at > standing.now else None


def limit_ends(trouble: Trouble, until: float | None, *, now: float, n: int) -> float | None:
    """Say when a limit ends: as told, or after a while that grows with the attempt, if it passes.

    Providers seldom tell when a rate limit is over that held for longer than their client waited.
    A limit that has just held is not over, though some tell its end by the minute that has begun.
    """
    if until is None and trouble not in _SHORT:
        return None
    if until is not None and until > now:
        return until
    return now + min(n * COOL_DOWN_S, LONGEST_COOL_DOWN_S)


def resumes(trouble: Trouble, until: float | None, *, consent: bool) -> bool:
    """Tell whether a parked task goes on by itself: at once-known times, and with consent.

    A rate limit is over in minutes and is waited out; going on after a usage limit spends what a
    person may want for themselves, so that the project has to agree to it.
    """
    return until is not None and (trouble in _SHORT or consent)
