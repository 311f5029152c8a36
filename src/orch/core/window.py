"""How far a lane looks ahead: from how its last landings went."""

from collections.abc import Sequence
from typing import Final

from orch.core.lane_plan import Rules
from orch.core.settings import FlakyPolicy, ProjectSettings

REMEMBERED: Final = 64
"""So many closings say how wide the window is."""

_UNKNOWN_RATE: Final = 0.1
_TOO_RED: Final = 0.15
_LARGEST: Final = 8
_NARROWEST: Final = 2
"""The second gate is in vain only if the first fails: less often than not where anything lands."""


def rules_for(settings: ProjectSettings, *, closings: Sequence[bool], slots: int) -> Rules:
    """Say how a lane works now, whose gates have so many `slots`, from how its last landings went.

    `closings` has the oldest first: True landed, False was ejected.
    """
    landing, recent = settings.landing, closings[-REMEMBERED:]
    gated = bool(landing.quality_gate)
    return Rules(
        window=min(adapt(landing.window, recent), max(1, slots)) if gated else landing.window,
        batch=(landing.batch or batch_size(recent)) if gated else 1,
        flaky=landing.flaky is FlakyPolicy.ALLOW,
        gated=gated,
    )


def adapt(ceiling: int, closings: Sequence[bool]) -> int:
    """Choose the window from the last closings, oldest first: True landed, False was ejected.

    Begins at the ceiling; one more for each landing, halved by each ejection, never below two
    unless the ceiling is.
    """
    window, narrowest = ceiling, min(_NARROWEST, ceiling)
    for landed in closings:
        window = min(window + 1, ceiling) if landed else max(narrowest, window // 2)
    return window


def batch_size(closings: Sequence[bool]) -> int:
    """Choose how many changes share a gate: `1/sqrt(p)` at a rate p of ejections, at most 8.

    One where more than 15 % fail: then a batch fails more often than it saves.
    """
    ejected = sum(not landed for landed in closings)
    p = ejected / len(closings) if closings else _UNKNOWN_RATE
    if p > _TOO_RED:
        return 1
    return max(1, min(_LARGEST, round(p**-0.5))) if p else _LARGEST
