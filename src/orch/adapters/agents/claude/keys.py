"""The keys that answer Claude Code's dialogs and write into its input box."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from orch.adapters.agents.claude.requests import (
    ALLOW,
    ALWAYS,
    DENY,
    QUESTION_TOOL,
    REFUSAL,
    Request,
)
from orch.adapters.agents.claude.screens import Option, Seen, Shows
from orch.adapters.agents.typing import ENTER, ESCAPE, pasted, typed
from orch.core.signs import Choice, SignKind
from orch.ports.agent import Keystroke, Writing

_TAKEN: Final = frozenset({SignKind.ACCEPTED, SignKind.TURN_BEGAN})
_KILL_LINE: Final = b"\x15"
_BACKSPACE: Final = b"\x7f"
_REDRAW_S: Final = 0.7
"""A dialog is drawn, or goes, in a few frames."""
_DEFAULTS: Final = {ALLOW: b"1", ALWAYS: b"2", DENY: ESCAPE}
_OWN_WORDS: Final = ("Type something", "Chat about this", "Submit")
"""Lines of a question that are no answers."""


def say_keys(text: str, seen: Seen) -> Writing:
    """Paste and submit a message, into an empty box.

    What a person, or an interrupt, has left in the box would become a part of it. A message that
    begins with an exclamation mark would be run by a shell, even when it is pasted.
    """
    writing = pasted(f" {text}" if text.startswith("!") else text, confirms=_TAKEN)
    return replace(writing, strokes=(*_emptied(seen), *writing.strokes))


def exit_keys(seen: Seen) -> Writing:
    """Type the command that ends the program; an open dialog is cancelled first."""
    keys = typed(b"/exit", ENTER, pause_s=_REDRAW_S)
    held = seen.shows not in {Shows.READY, Shows.BUSY, Shows.NOTHING}
    before = (Keystroke(ESCAPE, pause_s=_REDRAW_S),) if held else _emptied(seen)
    return replace(keys, strokes=(*before, *keys.strokes))


def _emptied(seen: Seen) -> tuple[Keystroke, ...]:
    """Empty the input box: each press takes a line, or the break before it.

    The last key leaves the mode in which the box is a shell's.
    """
    if not seen.typed and not seen.shell:
        return ()
    return (Keystroke(_KILL_LINE * (2 * seen.lines) + _BACKSPACE, pause_s=_REDRAW_S),)


def dialog_choices(seen: Seen) -> tuple[Choice, ...]:
    """List the lines of a dialog as choices; a permission's by what they grant."""
    if seen.shows is Shows.PERMISSION:
        return tuple(
            Choice(_granting(seen.options, option), option.label, _grants(option))
            for option in seen.options
        )
    told = [one for one in seen.options if not one.label.startswith(_OWN_WORDS)]
    if seen.shows is Shows.QUESTION:
        return tuple(Choice(one.label, one.label) for one in told)
    return tuple(Choice(one.digit, one.label) for one in told)


def answer_keys(
    seen: Seen, request: Request | None, *, choice: str, text: str = ""
) -> Writing | None:
    """Press the digit of a choice; None if it is none of them.

    A question that is answered in other words, or several at once, is cancelled, and the answer
    then said as a message: its own form has many steps that nobody would see go wrong.
    """
    if (request and request.tool == QUESTION_TOOL) or seen.shows is Shows.QUESTION:
        return _answer(seen, request, choice=choice, text=text)
    if seen.shows is Shows.PERMISSION:
        digits = {_granting(seen.options, one): one.digit.encode() for one in seen.options}
    elif seen.shows is Shows.DIALOG:
        digits = {one.digit: one.digit.encode() for one in seen.options}
    else:
        digits = _DEFAULTS if request else {}
    if choice not in digits:
        return None
    if choice == DENY:
        # A refusal breaks its turn off, and it waits to be told what to do instead.
        return _cancelled_and_said(text or REFUSAL)
    return replace(typed(digits[choice]), confirms=frozenset({SignKind.SETTLED}))


def _answer(seen: Seen, request: Request | None, *, choice: str, text: str) -> Writing | None:
    several = bool(request and len(_asked(request)) > 1)
    labels = {one.label: one.digit for one in seen.options}
    if not several and not text and choice in labels and "[ ]" not in seen.live:
        keys = typed(labels[choice].encode())
        return replace(keys, confirms=frozenset({SignKind.SETTLED}))
    told = text or choice
    return _cancelled_and_said(f"My answer: {told}") if told else None


def _cancelled_and_said(text: str) -> Writing:
    writing = pasted(text, confirms=_TAKEN)
    return replace(writing, strokes=(Keystroke(ESCAPE, pause_s=_REDRAW_S), *writing.strokes))


def _asked(request: Request) -> Sequence[object]:
    found = request.given.get("questions")
    return found if isinstance(found, list) else ()


def _grants(option: Option) -> bool | None:
    if option.label.startswith("Yes"):
        return True
    return False if option.label.startswith("No") else None


def _granting(options: Sequence[Option], option: Option) -> str:
    """Name a line of a permission dialog like the request over pipes does."""
    if option.label.startswith("No"):
        return DENY
    yes = [one for one in options if one.label.startswith("Yes")]
    if option in yes[:2]:
        return (ALLOW, ALWAYS)[yes.index(option)]
    return option.digit
