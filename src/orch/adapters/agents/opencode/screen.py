"""What OpenCode's own screen shows, read from its last rows: what stands above may be anything."""

import re
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from orch.ports.session_host import Screen

_BAR: Final = "┃"
_FOOT: Final = "╹"
_BUTTONS: Final = re.compile(r"Allow once\s+Allow always\s+Reject")
_SURE: Final = re.compile(r"Confirm\s+Cancel")
_RETRY: Final = re.compile(r"^[\W_]*(?P<why>.*?)\s*\[retrying.*?(?:attempt )?#(?P<turn>\d+)\]")
_BUSY: Final = re.compile(r"\besc\s+(interrupt|again to interrupt)\b")


class Showing(Enum):
    """What holds the last rows of the screen."""

    NOTHING = auto()
    PROMPT = auto()
    BUSY = auto()
    RETRYING = auto()
    PERMISSION = auto()
    QUESTION = auto()


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen, and in which words."""

    showing: Showing
    text: str = ""


def look_at(screen: Screen) -> Look:
    """Read the last rows of a screen."""
    rows = [row.rstrip() for row in screen.text.splitlines()]
    while rows and not rows[-1]:
        rows.pop()
    if not screen.alternate or not rows:
        return Look(Showing.NOTHING)
    return _panel(rows) or _footer(rows)


def _panel(rows: list[str]) -> Look | None:
    """Read a panel that stands in the prompt's place: the last rows with a bar before them."""
    if not rows[-1].strip().startswith(_BAR):
        return None
    panel: list[str] = []
    for row in reversed(rows):
        if not row.strip().startswith(_BAR):
            break
        panel.append(row.strip().removeprefix(_BAR).strip())
    lines = [line for line in reversed(panel) if line]
    last = lines[-1] if lines else ""
    if _BUTTONS.search(last) or _SURE.search(last):
        return Look(Showing.PERMISSION, " ".join(lines[1:-1])[:500])
    if "enter" in last and ("select" in last or "submit" in last or "confirm" in last):
        return Look(Showing.QUESTION, " ".join(lines[:-1])[:500])
    return None


def _footer(rows: list[str]) -> Look:
    if not any(row.strip().startswith(_FOOT) for row in rows[-4:]) and not _home(rows):
        return Look(Showing.NOTHING)
    last = rows[-1]
    if found := _RETRY.search(last):
        return Look(Showing.RETRYING, found["why"])
    return Look(Showing.BUSY if _BUSY.search(last) else Showing.PROMPT)


def _home(rows: list[str]) -> bool:
    """Tell whether it is the first screen, whose prompt stands in the middle."""
    return any("Ask anything" in row and _BAR in row for row in rows)
