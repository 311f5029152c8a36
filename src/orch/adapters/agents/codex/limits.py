"""The limits of the person's plan, as Codex tells them: which is reached, and until when."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from orch.adapters.agents.lines import at, number_at, text_at
from orch.core.signs import Trouble

_FULL_PERCENT: Final = 100
_WHEN: Final = re.compile(r"try again at (?:(\w{3} \d+)\w\w, (\d{4}) )?(\d+:\d\d [AP]M)")
"""Codex names the day only if it is not today."""


@dataclass(slots=True)
class Limits:
    """What was told last; `resets_at` is when the windows that are used up are free again."""

    reached: str = ""
    resets_at: float | None = None
    until: float | None = None

    def update(self, told: object, *, at: float) -> bool:
        """Take news; True if a limit is reached that was not, or is reached for longer."""
        self.resets_at = _free_again(told)
        known = (self.reached, self.until)
        self.reached = text_at(told, "rateLimitReachedType")
        until = self.resets_at if self.resets_at and self.resets_at > at else None
        self.until = until if self.reached else None
        return bool(self.reached) and (self.reached, self.until) != known

    @property
    def trouble(self) -> Trouble:
        """Tell a limit that passes soon from one of the plan."""
        short = self.reached == "rate_limit_reached"
        return Trouble.RATE_LIMIT if short and self.until is None else Trouble.USAGE_LIMIT

    @property
    def words(self) -> str:
        """Say which limit is reached."""
        return f"the account's limit is reached ({self.reached.replace('_', ' ')})"


def _free_again(told: object) -> float | None:
    windows = [at(told, name) for name in ("primary", "secondary")]
    full = [one for one in windows if number_at(one, "usedPercent") >= _FULL_PERCENT]
    times = [number_at(one, "resetsAt") for one in full]
    return float(max(times)) if any(times) else None


def time_in(words: str, *, said_at: float) -> float | None:
    """Read when a limit ends out of Codex's own words, which are in the machine's time zone."""
    found = _WHEN.search(words)
    if found is None:
        return None
    day, year, clock = found.groups()
    today = datetime.fromtimestamp(said_at).astimezone().strftime("%b %d %Y")
    date = f"{day} {year}" if day else today
    try:
        return datetime.strptime(f"{date} {clock}", "%b %d %Y %I:%M %p").astimezone().timestamp()
    except ValueError:
        return None
