"""Watching: facts about a session become its activity, with the rule and what it saw."""

from dataclasses import dataclass

from orch.core.attempt import Activity, Evidence


@dataclass(frozen=True, slots=True)
class Quiet:
    """How many seconds of silence make a session idle, and stuck."""

    idle_s: float = 120.0
    stuck_s: float = 1800.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Derived:
    """An activity with its evidence, and when silence alone would change it next (None: never)."""

    activity: Activity
    evidence: Evidence
    next_at: float | None


def derive(quiet: Quiet, *, last_output: float, now: float) -> Derived:
    """Tell what a session does that speaks only by what it prints.

    Output within `idle_s` is work; longer silence is idle; silence of `stuck_s` is stuck. A clock
    that was set back makes the silence shorter, never longer.
    """
    silent_s = max(0.0, now - last_output)
    steps = (
        (quiet.stuck_s, Activity.STUCK, None),
        (quiet.idle_s, Activity.IDLE, last_output + quiet.stuck_s),
        (0.0, Activity.WORKING, last_output + min(quiet.idle_s, quiet.stuck_s)),
    )
    activity, next_at = next((act, then) for after, act, then in steps if silent_s >= after)
    observation = f"no output for {silent_s:.0f} s" if silent_s >= 1 else "output just now"
    return Derived(
        activity=activity,
        evidence=Evidence(rule="silence", observation=observation, at=now),
        next_at=next_at,
    )
