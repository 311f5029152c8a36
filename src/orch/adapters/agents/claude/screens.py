"""What Claude Code's own screen shows now: its input box, its spinner, or a dialog at the bottom.

Only the live part counts: what stands above the box, or above a dialog, is work and may quote
anything. A dialog takes the place of the box, so there is never both.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from orch.adapters.agents.claude.dialogs import KNOWN
from orch.adapters.agents.dialogs import KnownDialog, find_dialog


class Shows(StrEnum):
    """What the live part of the screen is."""

    NOTHING = "nothing"
    READY = "ready"
    BUSY = "busy"
    PERMISSION = "permission"
    QUESTION = "question"
    DIALOG = "dialog"


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """A numbered line of a dialog; its digit chooses it at once."""

    digit: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a look found.

    `text` is the dialog's question, the spinner's line, or the error that stands above an idle
    box. `typed` is what the box holds, `lines` in how many lines; `shell` says that it would be
    run by a shell. `queued` messages wait for the turn to take them up. `broken` says that the last
    thing above an idle box is a turn that was broken off, of which no hook tells.
    """

    shows: Shows = Shows.NOTHING
    text: str = ""
    live: str = ""
    options: tuple[Option, ...] = ()
    known: KnownDialog | None = None
    typed: str = ""
    lines: int = 1
    shell: bool = False
    queued: bool = False
    retry: tuple[float, str] | None = None
    signed_out: bool = False
    broken: bool = False


_RULE: Final = re.compile(r"^─{20,}")
_OPTION: Final = re.compile(r"^\s*(\u276f )?(\d)\. (\S.*)$")
_FIRST: Final = re.compile(r"^\s*(\u276f )?1\. \S")
_HINT: Final = re.compile(r"\b(Enter to (confirm|select|continue)|Esc to (cancel|exit|go back))\b")
_ASKS: Final = re.compile(r"^\s*((Do you want|Would you like) .*\?)$")
_YES_NO: Final = re.compile(r"(\[y/n\]|\(y/n\))[ :?]*$", re.IGNORECASE)
_SPINNER: Final = re.compile(r"^[·✢✳✶✻✽*] (?=\S)(.*(…|\.\.\.|Retrying in|Waiting for).*)$")
_RETRY: Final = re.compile(r"Retrying in (\d+)\s?s\w* · attempt (\d+/\d+)")
_ERROR: Final = re.compile(
    r"^● (API Error: .*|There's an issue with the selected model .*)$"
    r"|^  ⎿ +(API Error: .*|Invalid API key\b.*|Not logged in\b.*|.*hit your .*limit\b.*)$"
)
_INTERRUPT: Final = "esc to interrupt"
_QUEUED: Final = "Press up to edit queued messages"
_PLACEHOLDER: Final = re.compile(r'^(Try "|Press up to edit)')
_PAST: Final = re.compile(r"^[·✢✳✶✻✽*] \w+ for \d")
_TALL: Final = 30
"""Lines; no dialog that begins without a rule is taller."""
_SAID: Final = re.compile(r"^[●\u276f] ")
_BROKEN: Final = re.compile(r"^(  ⎿ +(Interrupted\b|User rejected\b)|● User declined to answer\b)")
_GONE: Final = re.compile(r"^Resume this session with:")
_ABOVE: Final = 6
"""So many lines above the box may belong to the spinner: tips and queued messages among them."""


def see(text: str) -> Seen:
    """Tell what a screen shows."""
    lines = [line.replace("\xa0", " ").rstrip() for line in text.splitlines()]
    while lines and not lines[-1]:
        lines.pop()
    box = _box(lines)
    if box:
        return _at_box(lines, box)
    return _at_dialog(lines)


def _box(lines: Sequence[str]) -> tuple[int, int] | None:
    """Find the two rules that the input box stands between."""
    rules = [place for place, line in enumerate(lines) if _RULE.match(line)]
    if len(rules) < 2:  # noqa: PLR2004 - it has a rule above and one below
        return None
    top, bottom = rules[-2:]
    begins = bottom - top > 1 and re.match(r"[\u276f!>]( |$)", lines[top + 1])
    # A question has rules of its own, and goes on with options below the last one; what stands
    # above its last words is no program's any more.
    goes_on = any(_OPTION.match(line) or _GONE.match(line) for line in lines[bottom + 1 :])
    return (top, bottom) if begins and not goes_on else None


def _at_box(lines: Sequence[str], box: tuple[int, int]) -> Seen:
    top, bottom = box
    held = [line[2:] for line in lines[top + 1 : bottom]]
    footer = " ".join(lines[bottom + 1 :])
    above = [line for line in lines[:top] if line][-_ABOVE:]
    spinner = _spinner_in(above)
    busy = _INTERRUPT in footer or bool(spinner)
    retry = _RETRY.search(spinner)
    typed = "\n".join(held).strip()
    return Seen(
        shows=Shows.BUSY if busy else Shows.READY,
        text=spinner if busy else _error_in(above),
        typed="" if _PLACEHOLDER.match(typed) else typed,
        lines=len(held),
        shell=lines[top + 1].startswith("!"),
        queued=typed == _QUEUED,
        retry=(float(retry[1]), retry[2]) if retry else None,
        signed_out=not busy and "Not logged in" in footer,
        broken=not busy and _is_broken(lines[:top]),
    )


def _spinner_in(above: Sequence[str]) -> str:
    """Read the line that turns; one that has something said below it has stopped."""
    for line in reversed(above):
        if found := _SPINNER.match(line):
            return found[1]
        if _PAST.match(line) or _SAID.match(line):
            break
    return ""


def _is_broken(above: Sequence[str]) -> bool:
    """Tell whether the last thing that it shows is what a person has broken off or refused."""
    for line in reversed(above):
        if _BROKEN.match(line):
            return True
        if _SAID.match(line):
            break
    return False


def _error_in(above: Sequence[str]) -> str:
    """Read the error that a turn ended with: it is the last thing above the box, and no quote."""
    for line in reversed(above):
        if _PAST.match(line):
            continue
        found = _ERROR.match(line)
        return (found[1] or found[2]) if found else ""
    return ""


def _at_dialog(lines: Sequence[str]) -> Seen:
    """Read the dialog that the screen ends with, if it does."""
    live, options = _live(lines)
    if not live:
        return Seen()
    text = "\n".join(live)
    held = Seen(shows=Shows.DIALOG, text=_first(live), live=text, options=options)
    known = find_dialog(text, KNOWN)
    waits = bool(options) and bool(_HINT.search(live[-1]))
    if known and (waits or not known.keys):
        return replace(held, known=known)
    if waits and (asked := _asked(live)) and options[0].label.startswith("Yes"):
        return replace(held, shows=Shows.PERMISSION, text=_about(live, asked))
    if waits and "Enter to select" in live[-1]:
        return replace(held, shows=Shows.QUESTION, text=_question(live))
    return held if waits or _YES_NO.search(live[-1]) else Seen()


def _live(lines: Sequence[str]) -> tuple[list[str], tuple[Option, ...]]:
    """Take what stands under the rule above the last first option, and the options from there.

    What a dialog quotes stands above its options, whatever it looks like.
    """
    firsts = [place for place, line in enumerate(lines) if _FIRST.match(line)]
    begin = firsts[-1] if firsts else len(lines)
    rules = [place for place in range(begin) if _RULE.match(lines[place])]
    live = [line for line in lines[rules[-1] + 1 if rules else -_TALL :] if line]
    found = [_OPTION.match(line) for line in lines[begin:]]
    return live, tuple(Option(digit=one[2], label=one[3]) for one in found if one)


def _asked(live: Sequence[str]) -> str:
    """Read the question that stands right above the first option."""
    firsts = [place for place, line in enumerate(live) if _FIRST.match(line)]
    found = _ASKS.match(live[firsts[-1] - 1]) if firsts and firsts[-1] else None
    return found[1] if found else ""


def _first(live: Sequence[str]) -> str:
    return " ".join(line.strip() for line in live[:2])


def _about(live: Sequence[str], question: str) -> str:
    """Name what the permission is for: the dialog's first lines stand above its question."""
    head = [line.strip() for line in live[:3] if line.strip() != question and "╌" not in line]
    return f"{question} {' · '.join(head)}"


def _question(live: Sequence[str]) -> str:
    told = [line.strip() for line in live if not re.match(r"^\s*[☐☒←]", line)]
    return told[0] if told else ""
