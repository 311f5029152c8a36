"""How far a lane looks ahead: from how its last landings went."""

from collections.abc import Sequence
from typing import Final

_UNKNOWN_RATE: Final = 0.1
_TOO_RED: Final = 0.15
_LARGEST: Final = 8
_NARROWEST: Final = 2
"""The second gate is in vain only if the first fails: less often than not where anything lands."""


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
