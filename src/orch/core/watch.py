"""Watching: a table of rules that turns a session's picture into its activity, with evidence.

Facts are stored, the activity is derived: protocol and hooks before title before screen before
silence. The first rule that applies decides, and is named with what it saw.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from orch.core.attempt import Activity, Evidence
from orch.core.picture import Picture
from orch.core.signs import Sign, SignKind, Source, Trouble

SETTLE_S: Final = 10.0
"""So long a title or screen must say otherwise before a hook's last word is taken for stale."""

START_S: Final = 90.0
"""So long a program that will speak may take before it does."""

_TOOL_PATIENCE: Final = 4
"""A command that runs may be silent so many times longer than an agent that thinks."""

_OVER: Final = frozenset({SignKind.TURN_ENDED, SignKind.FINISHED, SignKind.READY})
_LIMITS: Final = frozenset({Trouble.RATE_LIMIT, Trouble.USAGE_LIMIT, Trouble.OVERLOADED})


@dataclass(frozen=True, slots=True)
class Quiet:
    """How many seconds of silence make a session idle, and stuck."""

    idle_s: float = 120.0
    stuck_s: float = 1800.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Derived:
    """An activity with its evidence, and when time alone would change it next (None: never)."""

    activity: Activity
    evidence: Evidence
    next_at: float | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """What a rule looks at: the picture, the time-outs, and the time."""

    picture: Picture
    quiet: Quiet
    now: float

    def since(self, at: float) -> float:
        """Count the seconds since a time; a clock that was set back makes it less, never more."""
        return max(0.0, self.now - at)


def derive(picture: Picture, quiet: Quiet, *, now: float) -> Derived:
    """Tell what a session does: the first rule of the table that applies decides."""
    look = Look(picture, quiet, now)
    for rule in RULES:
        found = rule(look)
        if found is not None:
            return found
    return _silence(look)


def _waits(look: Look) -> Derived | None:
    """Say what waits for an answer; a prompt that has long been seen empty has none open."""
    waiting = (
        (SignKind.WANTS_PERMISSION, Activity.AWAITING_PERMISSION, "permission"),
        (SignKind.ASKED, Activity.ASKING, "question"),
        (SignKind.DIALOG, Activity.ASKING, "dialog"),
    )
    for kind, activity, rule in waiting:
        for sign in look.picture.open:
            if sign.kind is kind and not _is_stale(look, sign):
                return _says(activity, rule, sign=sign)
    return None


def _is_stale(look: Look, sign: Sign) -> bool:
    screen = look.picture.screen
    if screen is None or sign.source is not Source.HOOK or screen.kind is not SignKind.READY:
        return False
    return screen.at > sign.at and look.since(screen.at) >= SETTLE_S


def _limit(look: Look) -> Derived | None:
    sign = look.picture.limited
    # That the turn ends with it does not mean that it was overcome.
    if sign is None or look.picture.last_work > sign.at:
        return None
    if sign.until is not None and look.now >= sign.until:
        return None
    return _says(Activity.LIMITED, "limit", sign=sign, next_at=sign.until)


def _retry(look: Look) -> Derived | None:
    sign = look.picture.retrying
    if sign is None or sign.trouble not in _LIMITS:
        return None
    stuck_at = look.picture.last_progress + look.quiet.stuck_s
    if look.now >= stuck_at:
        return _stuck(look, "retry", observation=f"{sign.text}; nothing got through")
    return _says(Activity.LIMITED, "retry", sign=sign, next_at=stuck_at)


def _turn_over(look: Look) -> Derived | None:
    picture = look.picture
    if picture.turn is None or picture.turn.kind not in _OVER:
        return None
    if picture.workers:
        return _at_work(
            look, "sub-agents", observation=f"its turn ended, {len(picture.workers)} go on"
        )
    shown = _newer(look, SignKind.BUSY)
    if shown is not None and look.since(shown.at) < SETTLE_S:
        return _says(Activity.WORKING, f"{shown.source}", sign=shown, next_at=shown.at + SETTLE_S)
    return _says(Activity.IDLE, f"{picture.turn.source}", sign=picture.turn)


def _pattern(look: Look) -> Derived | None:
    sign = look.picture.pattern
    if sign is None or look.picture.last_progress > sign.at:
        return None
    steady_at = sign.at + min(look.quiet.idle_s, SETTLE_S)
    if look.now < steady_at:
        return None
    return _says(Activity.STUCK, "stuck pattern", sign=sign)


def _turn_runs(look: Look) -> Derived | None:
    turn = look.picture.turn
    if turn is None or turn.kind in _OVER:
        return None
    # Some programs tell of a turn's begin and never of its end when a person breaks it off.
    shown = _newer(look, SignKind.READY)
    if shown is not None and not look.picture.tools:
        if look.since(shown.at) >= SETTLE_S:
            return _says(Activity.IDLE, f"{shown.source} over stale {turn.source}", sign=shown)
        return _says(Activity.WORKING, f"{turn.source}", sign=turn, next_at=shown.at + SETTLE_S)
    if look.picture.tools:
        tool = look.picture.tools[-1]
        return _at_work(look, f"{turn.source}", observation=f"runs {tool.text or 'a command'}")
    return _at_work(look, f"{turn.source}", observation=_words(turn))


def _shown(look: Look) -> Derived | None:
    """Believe title and screen where no hook and no protocol speaks; the newer of the two."""
    picture = look.picture
    shown = [sign for sign in (picture.title, picture.screen) if sign is not None]
    if not shown:
        return None
    sign = max(shown, key=lambda one: (one.at, one.source is Source.TITLE))
    if sign.kind is SignKind.READY:
        return _says(Activity.IDLE, f"{sign.source}", sign=sign)
    return _at_work(look, f"{sign.source}", observation=_words(sign))


def _starting(look: Look) -> Derived | None:
    picture = look.picture
    late_at = picture.begun_at + START_S
    if picture.speaks or picture.last_output > picture.begun_at or look.now >= late_at:
        return None
    evidence = Evidence(rule="start", observation="nothing shown yet", at=picture.begun_at)
    next_at = min(
        late_at, picture.begun_at + look.quiet.idle_s, picture.begun_at + look.quiet.stuck_s
    )
    if look.now >= next_at:
        return None
    return Derived(activity=Activity.STARTING, evidence=evidence, next_at=next_at)


RULES: Final[tuple[Callable[[Look], Derived | None], ...]] = (
    _waits,
    _limit,
    _retry,
    _pattern,
    _turn_over,
    _turn_runs,
    _shown,
    _starting,
)
"""The table, the most trustworthy rule first; `_silence` decides where none of them applies."""


def _silence(look: Look) -> Derived:
    quiet, last = look.quiet, look.picture.last_output
    silent_s = look.since(last)
    steps = (
        (quiet.stuck_s, Activity.STUCK, None),
        (quiet.idle_s, Activity.IDLE, last + quiet.stuck_s),
        (0.0, Activity.WORKING, last + min(quiet.idle_s, quiet.stuck_s)),
    )
    activity, next_at = next((act, then) for after, act, then in steps if silent_s >= after)
    observation = f"no output for {silent_s:.0f} s" if silent_s >= 1 else "output just now"
    evidence = Evidence(rule="silence", observation=observation, at=look.now)
    return Derived(activity=activity, evidence=evidence, next_at=next_at)


def _at_work(look: Look, rule: str, *, observation: str) -> Derived:
    """Say that it works, unless nothing has come of it for too long: a spinner is no progress."""
    picture = look.picture
    patience = _TOOL_PATIENCE if picture.tools or picture.workers else 1
    stuck_at = picture.last_progress + look.quiet.stuck_s * patience
    if look.now >= stuck_at:
        return _stuck(look, rule, observation=observation)
    evidence = Evidence(rule=rule, observation=observation, at=picture.last_progress)
    return Derived(activity=Activity.WORKING, evidence=evidence, next_at=stuck_at)


def _stuck(look: Look, rule: str, *, observation: str) -> Derived:
    still_s = look.since(look.picture.last_progress)
    evidence = Evidence(
        rule=f"{rule}, no progress",
        observation=f"{observation}; no progress for {still_s:.0f} s",
        at=look.picture.last_progress,
    )
    return Derived(activity=Activity.STUCK, evidence=evidence)


def _newer(look: Look, kind: SignKind) -> Sign | None:
    """Find what title or screen has shown since the last word of protocol or hooks."""
    turn = look.picture.turn
    shown = (look.picture.title, look.picture.screen)
    newer = [sign for sign in shown if sign and turn and sign.at > turn.at]
    # Both have to agree where both speak: a title may look the same idle and blocked.
    agreed = bool(newer) and all(sign.kind is kind for sign in newer)
    return max(newer, key=lambda sign: sign.at) if agreed else None


def _says(activity: Activity, rule: str, *, sign: Sign, next_at: float | None = None) -> Derived:
    evidence = Evidence(rule=rule, observation=_words(sign), at=sign.at)
    return Derived(activity=activity, evidence=evidence, next_at=next_at)


def _words(sign: Sign) -> str:
    return sign.text or f"{sign.kind.replace('_', ' ')} ({sign.source})"
