"""Which keys answer a dialog of Codex, and what its choices are called."""

from typing import Final

from orch.adapters.agents.codex.screen import Option, Seen, Shows
from orch.adapters.agents.typing import ENTER, ESCAPE, pasted
from orch.core.signs import Choice
from orch.ports.agent import Keystroke, Writing

_NAMES: Final = {
    "y": "accept",
    "a": "acceptForSession",
    "p": "acceptWithExecpolicyAmendment",
    "esc": "decline",
}
"""The ids that its app server gives the same choices, by the keys that they name."""

_DOWN: Final = b"\x1b[B"
_TAB: Final = b"\t"


def choices_of(seen: Seen) -> tuple[Choice, ...]:
    """List the choices of what is shown."""
    if seen.shows is Shows.QUESTION:
        return tuple(Choice(one.label, one.label) for one in seen.options[:-1])
    return tuple(_choice(seen, one) for one in seen.options)


def _choice(seen: Seen, option: Option) -> Choice:
    if seen.shows is Shows.PERMISSION:
        yes = not option.label.startswith("No")
        return Choice(_NAMES.get(option.key, option.number), option.label, grants=yes)
    return Choice(option.number, option.label)


def keys_of(seen: Seen, choice: str) -> bytes:
    """Find the key of a choice; empty if it is none of them."""
    for one, option in zip(choices_of(seen), seen.options, strict=False):
        if one.id == choice:
            return ESCAPE if option.key == "esc" else (option.key or option.number).encode()
    return b""


def question_keys(seen: Seen, text: str) -> Writing:
    """Write an answer of one's own: as a note to the last choice, which is none of the others."""
    down = tuple(Keystroke(_DOWN, pause_s=0.1) for _ in seen.options[1:])
    noted = pasted(text, confirms=()).strokes[0]
    return Writing(strokes=(*down, Keystroke(_TAB, pause_s=0.2), noted, Keystroke(ENTER)))
