"""Makes text fit for a terminal: no control sequences, known width, colours only if wanted."""

import os
import re
import sys
import unicodedata

_SEQUENCES = re.compile(
    # CSI; the string sequences (OSC, DCS, SOS, PM, APC) up to their end; other escapes.
    r"\x1b\[[0-?]*[ -/]*[@-~]"
    r"|\x1b[\]PX^_][^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?"
    r"|\x1b[ -/]*[0-~]?"
    r"|\x9b[0-?]*[ -/]*[@-~]"
    r"|[\x90\x98\x9d-\x9f][^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?"
)
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")
_MINUTE, _HOUR, _DAY = 60, 3600, 86400

STYLES = {
    "bold": "1",
    "dim": "2",
    "red": "31",
    "green": "32",
    "yellow": "33",
    "blue": "34",
    "magenta": "35",
    "cyan": "36",
}


def plain(text: str) -> str:
    """Remove every control sequence and character from lines that others wrote.

    Line ends and tabs stay. A line that was overwritten by carriage returns (a progress bar) keeps
    its last form, as a terminal would show it.
    """
    lines = _SEQUENCES.sub("", text).replace("\r\n", "\n").split("\n")
    last = (line.rstrip("\r").rpartition("\r")[2] for line in lines)
    return _CONTROLS.sub("", "\n".join(last))


def one_line(text: str) -> str:
    """Return text of others as one line without control characters."""
    return " ".join(plain(text).split())


def width(text: str) -> int:
    """Return how many columns a terminal needs for a line; wide letters take two."""
    if text.isascii():
        return len(text)
    return sum(_columns(character) for character in text)


def _columns(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in {"Cf", "Mn", "Me"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1


def cut(text: str, columns: int) -> str:
    """Shorten a line to at most this many columns; an ellipsis says that there was more."""
    if width(text) <= columns:
        return text
    kept, used = "", 0
    for character in text:
        used += _columns(character)
        if used > columns - 1:
            break
        kept += character
    return kept + "…"


def is_coloured() -> bool:
    """Tell whether colours are wanted: a terminal, no NO_COLOR; FORCE_COLOR overrules both."""
    if os.environ.get("FORCE_COLOR"):
        return True
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return sys.stdout.isatty()


def style(text: str, name: str) -> str:
    """Colour a text, if colours are wanted and there is something to colour."""
    if not name or not text or not is_coloured():
        return text
    return f"\x1b[{STYLES[name]}m{text}\x1b[0m"


def age(seconds: float) -> str:
    """Say a duration in two or three characters: 12s, 5m, 3h, 9d."""
    whole = max(0, int(seconds))
    if whole < _MINUTE:
        return f"{whole}s"
    if whole < _HOUR:
        return f"{whole // _MINUTE}m"
    return f"{whole // _HOUR}h" if whole < 2 * _DAY else f"{whole // _DAY}d"


def size(count: float | None) -> str:
    """Say a number of bytes for people."""
    if count is None:
        return ""
    for unit in ("B", "kB", "MB"):
        if count < 1000:  # noqa: PLR2004 - the step of decimal units
            return f"{count:.0f} {unit}"
        count /= 1000
    return f"{count:.1f} GB"


def columns() -> int:
    """Return the width to write for: the terminal's, or without one unlimited."""
    given = os.environ.get("COLUMNS", "")
    if given.isdecimal() and int(given) > 0:
        return int(given)
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns or 80
    except (OSError, ValueError):
        return 10_000
