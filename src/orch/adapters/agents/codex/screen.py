"""What Codex's screen shows, read from its last rows upwards.

Whatever an agent says or quotes stands above its prompt. So a dialog is one only if it is what the
screen ends with, in place of the prompt; and words of the program are its own only right above it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from orch.adapters.agents.codex.known import KNOWN
from orch.adapters.agents.dialogs import KnownDialog, find_dialog
from orch.adapters.agents.json_reader import one_line

_FOOTER: Final = re.compile(
    r"^\s*(press )?(enter|tab|esc)\b.*\b(confirm|continue|cancel|back|skip|submit|interrupt)",
    re.IGNORECASE,
)
_PROMPT: Final = re.compile(r"^\u203a( |$)")
_OPTION: Final = re.compile(r"^\s{0,2}(?:[\u203a>] |  )(\d)\. (.+)$")
_KEY: Final = re.compile(r"^(.*\S)\s*\((\w+)\)$", re.DOTALL)
_WORKS: Final = re.compile(r"^(?:[•◦] )?\w.*\(\d[\dhms ]* • esc to interrupt\)")
_ASIDE: Final = re.compile(r"^\s+(\d+ background terminals? running|↳|⚠|└)|^• (Messages|Queued)")
_RETRY: Final = re.compile(r"^(?:[•◦] )?(Reconnecting\.\.\. \d+/\d+)")
_OWN: Final = re.compile(r"^[•✔✗■⚠─]|^\u203a (?!\d\.)")
_PERMISSION: Final = re.compile(r"^\s*Would you like to .*$")
_QUESTION: Final = re.compile(r"^\s*Question (\d+)/\d+")
_REASON: Final = "Reason: "
_ROWS_OF_PROMPT: Final = 16


class Shows(StrEnum):
    """What the screen ends with."""

    NOTHING = "nothing"
    PROMPT = "prompt"
    PERMISSION = "permission"
    QUESTION = "question"
    DIALOG = "dialog"


@dataclass(frozen=True, slots=True)
class Option:
    """A numbered choice of a dialog; `key` is the one that it names for itself."""

    number: str
    label: str
    key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What was seen: `words` are a dialog's, or an error's right above the prompt.

    `pending` are messages that were typed and wait for the next step of the turn; `retry` says
    which try it is after the provider failed, and why.
    """

    shows: Shows = Shows.NOTHING
    works: bool = False
    words: str = ""
    options: tuple[Option, ...] = ()
    pending: tuple[str, ...] = ()
    retry: str = ""
    known: KnownDialog | None = None


def see(text: str) -> Seen:
    """Read a screen."""
    lines = text.rstrip().splitlines()
    if not lines:
        return Seen()
    if _FOOTER.search(lines[-1]):
        found = _dialog(lines[:-1])
        if found.options:
            return found
    near = range(max(0, len(lines) - _ROWS_OF_PROMPT), len(lines))
    prompt = max((n for n in near if _PROMPT.match(lines[n])), default=None)
    return Seen() if prompt is None else _prompt(lines[:prompt])


def _prompt(above: list[str]) -> Seen:
    """Read what stands right above the prompt: asides, that it works, or its last error."""
    pending: list[str] = []
    details = ""
    while above and (not above[-1].strip() or _ASIDE.match(above[-1])):
        aside = above.pop().strip()
        if aside.startswith("↳ "):
            pending.insert(0, aside[2:])
        elif aside.startswith("└ "):
            details = aside[2:]
    works = bool(above) and bool(_WORKS.match(above[-1]))
    retry = _RETRY.match(above[-1]) if works else None
    return Seen(
        shows=Shows.PROMPT,
        works=works,
        words="" if works else _error(above),
        pending=tuple(pending),
        retry=f"{retry[1]} ({details})" if retry else "",
    )


def _error(above: list[str]) -> str:
    """Read the block that the screen ends with, if it is an error of the program's own."""
    first = len(above)
    while first and above[first - 1].strip():
        first -= 1
    block = above[first:]
    return one_line(" ".join(block)[1:]) if block and block[0].startswith("■ ") else ""


def _dialog(lines: list[str]) -> Seen:
    options, above = _options(lines)
    live = list(_live(above))
    asked = next((n for n, one in enumerate(live) if _QUESTION.match(one)), None)
    if asked is not None:
        return Seen(shows=Shows.QUESTION, words=_words(live[asked + 1 :]), options=options)
    wanted = max((n for n, one in enumerate(live) if _PERMISSION.match(one)), default=None)
    if wanted is not None:
        words = _words(_request(live[wanted:]))
        return Seen(shows=Shows.PERMISSION, words=words, options=options)
    known = find_dialog("\n".join(lines), KNOWN)
    return Seen(shows=Shows.DIALOG, words=_words(live), options=options, known=known)


def _words(live: list[str]) -> str:
    return one_line(" ".join(live))


def _live(above: list[str]) -> Iterator[str]:
    """Give the dialog's own lines: those below the last that belongs to the conversation."""
    own = max((n for n, one in enumerate(above) if _OWN.match(one)), default=-1)
    if own >= 0:
        own = next((n for n in range(own, len(above)) if not above[n].strip()), own)
    yield from (one for one in above[own + 1 :] if one.strip())


def _request(lines: list[str]) -> list[str]:
    """Take what is wanted and why; the question itself is the same each time."""
    question, *told = (one.strip() for one in lines)
    reasons = [one.removeprefix(_REASON) for one in told if one.startswith(_REASON)]
    wanted = [one for one in told if not one.startswith((_REASON, "Environment: "))]
    return [
        *(one.removeprefix("$ ") for one in wanted or [question]),
        *(f"({one})" for one in reasons),
    ]


def _options(lines: list[str]) -> tuple[tuple[Option, ...], list[str]]:
    """Read the numbered choices that the lines end with; the rest is what is above them."""
    found: list[Option] = []
    more: list[str] = []
    n = len(lines)
    while n:
        n -= 1
        option = _OPTION.match(lines[n])
        if option:
            found.insert(0, _option(option[1], " ".join([option[2], *more])))
            more = []
            if option[1] == "1":
                return tuple(found), lines[:n]
        elif lines[n].strip():
            more.insert(0, lines[n].strip())
    return (), lines


def _option(number: str, text: str) -> Option:
    label, *_ = re.split(r"\s{2,}", text.strip())
    if keyed := _KEY.match(label):
        return Option(number, keyed[1], keyed[2])
    return Option(number, label)
