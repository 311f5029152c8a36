"""Typing into a program's own screen: a bracketed paste, a pause, Enter, and Enter again."""

from collections.abc import Iterable
from typing import Final

from orch.core.signs import SignKind
from orch.ports.agent import Keystroke, Writing

_BEGIN: Final = b"\x1b[200~"
_END: Final = b"\x1b[201~"
_PAUSE_S: Final = 0.3
"""Two of the programs take an Enter that follows a paste at once for a part of it."""

ENTER: Final = b"\r"
ESCAPE: Final = b"\x1b"


def pasted(text: str, *, confirms: Iterable[SignKind]) -> Writing:
    """Paste a text and submit it; without a confirming sign only Enter is pressed again."""
    return Writing(
        strokes=(
            Keystroke(_BEGIN + clean(text).encode() + _END, pause_s=_PAUSE_S),
            Keystroke(ENTER),
        ),
        confirms=frozenset(confirms),
        again=(Keystroke(ENTER),),
    )


def clean(text: str) -> str:
    """Take out what a terminal would obey: nothing in a message may end the paste or act."""
    kept = (sign for sign in text.replace("\r\n", "\n").replace("\r", "\n"))
    return "".join(_shown(sign) for sign in kept)


def _shown(sign: str) -> str:
    """Keep what can be seen; a space of any other kind is a plain one, so that words stay apart."""
    if sign in "\n\t" or sign.isprintable():
        return sign
    return " " if sign.isspace() else ""


def typed(*keys: bytes, pause_s: float = 0.1) -> Writing:
    """Press keys one after the other."""
    return Writing(strokes=tuple(Keystroke(key, pause_s=pause_s) for key in keys))
