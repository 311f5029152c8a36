"""What Gemini's own screen shows: the box that stands in the prompt's place, and its last error."""

import re
from dataclasses import dataclass
from typing import Final

from orch.adapters.agents.dialogs import KnownDialog
from orch.core.signs import Trouble
from orch.ports.session_host import Screen

_TOP: Final = "╭"
_BOTTOM: Final = "╰"
_OPTION: Final = re.compile(r"^[●○\s]*(?P<number>\d)\.\s+(?P<label>.+?)$")
_PROMPT: Final = re.compile(r"^\s*[>*!]\s{1,3}(Type your message|\S)|^\s*>\s*$")
_WORDS: Final = re.compile(r"(?!Enter to (select|submit)).*\w")
_CANCELLED: Final = re.compile(r"^\s?\u2139\s+Request cancelled")
_ERROR: Final = re.compile(r"^\s?✕\s+(?P<words>.*)")

DIALOGS: Final = (
    KnownDialog(
        ref="trust-folder",
        version="0.61.0",
        words=r"Do you trust the files in this folder\?",
        # The folder is orch's own workspace, and the first choice trusts nothing but it.
        keys=b"1",
    ),
    KnownDialog(
        ref="loop-detected",
        version="0.61.0",
        words="A potential loop was detected",
        keys=b"\x1b",
    ),
    KnownDialog(
        ref="sign-in",
        version="0.61.0",
        words="How would you like to authenticate|Enter Gemini API Key|Verify your account",
        trouble=Trouble.SIGNED_OUT,
    ),
    KnownDialog(
        ref="no-such-model",
        version="0.61.0",
        words=r"was not found or is invalid|don't have access to|is not available in region",
        trouble=Trouble.NO_SUCH_MODEL,
    ),
    KnownDialog(
        ref="usage-limit",
        version="0.61.0",
        words="Usage limit reached for",
        trouble=Trouble.USAGE_LIMIT,
    ),
    KnownDialog(
        ref="high-demand",
        version="0.61.0",
        words="experiencing high demand",
        trouble=Trouble.RATE_LIMIT,
    ),
    KnownDialog(
        ref="connect-editor",
        version="0.61.0",
        words="Do you want to connect .* to Gemini CLI",
        keys=b"\x1b",
    ),
)
"""Dialogs of Gemini itself. Of what its tools ask for, none is answered by orch."""


@dataclass(frozen=True, slots=True)
class Box:
    """A dialog: its words, and its choices with their numbers."""

    text: str
    options: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Look:
    """What a screen shows at its end: a dialog, or the prompt, or neither.

    Of the last turn: the error that ended it, or that it was cancelled.
    """

    box: Box | None = None
    prompt: bool = False
    error: str = ""
    cancelled: bool = False


def look_at(screen: Screen) -> Look:
    """Read the end of a screen; what stands above it may quote anything."""
    rows = [row.rstrip() for row in screen.text.splitlines()]
    while rows and not rows[-1]:
        rows.pop()
    if not rows:
        return Look()
    line, bottom = _last(rows, "────"), _last(rows, _BOTTOM)
    if bottom > line:
        # Below a dialog there is nothing but warnings.
        return Look(box=_box(rows[: bottom + 1]))
    prompt = line >= 0 and any(_PROMPT.match(row) for row in rows[line + 1 :])
    return _after_turn(rows[:line]) if prompt else Look()


def _last(rows: list[str], begin: str) -> int:
    """Find the last row that begins so; -1 if there is none."""
    return max((n for n, row in enumerate(rows) if row.lstrip().startswith(begin)), default=-1)


def _box(rows: list[str]) -> Box | None:
    """Take the last box; its frame begins where it ends."""
    column = rows[-1].index(_BOTTOM)
    top = next((n for n in range(len(rows) - 1, -1, -1) if rows[n].find(_TOP) == column), 0)
    lines = tuple(row[column:].strip("│╭╮╰╯─ ") for row in rows[top:-1])
    found = [(line, _OPTION.match(line)) for line in lines]
    options = tuple((one["number"], one["label"].strip()) for _, one in found if one)
    words = (line for line, one in found if not one and _WORDS.match(line))
    return Box(" ".join(words)[:500], options) if options else None


def _after_turn(rows: list[str]) -> Look:
    """Find how the last turn ended, if Gemini itself says so: nothing but hints may follow."""
    for row in reversed(rows[-12:]):
        if found := _ERROR.match(row):
            return Look(prompt=True, error=found["words"].strip())
        if _CANCELLED.match(row):
            return Look(prompt=True, cancelled=True)
        if re.match(r"^ ?[>✦] ", row):
            break
    return Look(prompt=True)
