"""What is written into a landed commit: a clean message and trailers that nobody else can write."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from orch.core.landing import Item, Person

TASK_ID: Final = "Task-Id"
LANDING_ID: Final = "Landing-Id"
LANDING_PART: Final = "Landing-Part"
SOURCE_HEAD: Final = "Source-Head"
REVERTS: Final = "Reverts"
RESOLVED_BY: Final = "Resolved-By"

TITLE_CHARS: Final = 200
BODY_CHARS: Final = 64 * 1024

_OURS = f"{TASK_ID}|{LANDING_ID}|{LANDING_PART}|{SOURCE_HEAD}|{REVERTS}|{RESOLVED_BY}"
_RESERVED = re.compile(
    rf"^(?=[^\S\n]*({_OURS})[^\S\n]*[:=#])",
    re.IGNORECASE | re.MULTILINE,
)
_DIVIDER = re.compile(r"^(?=---)", re.MULTILINE)
_CREDIT = re.compile(r"^[A-Za-z][A-Za-z-]*-by: \S.*$")
_BREAKS = re.compile(r"\r\n?|[\v\f\x1c-\x1e\x85\u2028\u2029]")
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|.)?")
# What Python makes of bytes that are not UTF-8.
_SURROGATES = re.compile("[\ud800-\udfff]")
# They make a text read otherwise than it stands. (Joiners stay: scripts and emoji need them.)
_BIDIRECTIONAL: Final = frozenset(
    "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)
_IDENTITY_CRUD = re.compile(r"[<>\n\x00]")

ORCH: Final = Person("orch", "orch@localhost")
"""The committer of everything that orch lands."""


@dataclass(frozen=True, slots=True)
class Part:
    """Which of an item's commits this is, counted from 1."""

    k: int
    n: int


def clean_text(text: str) -> str:
    """Remove what could deceive a reader or break a tool; lines and tabs stay.

    Escape sequences, control and bidirectional characters go; bytes that were not UTF-8 become
    the replacement character.
    """
    lines = _BREAKS.sub("\n", _ESCAPES.sub("", _SURROGATES.sub("\ufffd", text)))
    return "".join(c for c in lines if c in "\n\t" or not _is_unwanted(c))


def _is_unwanted(character: str) -> bool:
    return character in _BIDIRECTIONAL or unicodedata.category(character) == "Cc"


def clean_title(text: str) -> str:
    """Make one line of at most 200 characters."""
    line = " ".join(clean_text(text[: TITLE_CHARS * 20]).split())
    return line if len(line) <= TITLE_CHARS else line[: TITLE_CHARS - 1].rstrip() + "…"


def clean_body(text: str) -> str:
    """Make paragraphs of at most 65,536 characters, without trailers of ours or dividers.

    Reserved trailers are quoted (`> Landing-Id: …`), so that no text can claim a landing.
    """
    cut = f"\n\n[{len(text) - BODY_CHARS} characters left out]" if len(text) > BODY_CHARS else ""
    lines = (line.rstrip() for line in clean_text(text[:BODY_CHARS] + cut).splitlines())
    return _DIVIDER.sub(" ", _RESERVED.sub("> ", "\n".join(lines).strip("\n")))


def clean_person(person: Person) -> Person:
    """Make an identity that git takes: no angle brackets, neither part empty."""
    name = " ".join(_IDENTITY_CRUD.sub(" ", clean_text(person.name)).split()).strip(" .,:;\"'\\")
    mail = "".join(_IDENTITY_CRUD.sub("", clean_text(person.email)).split())
    return Person(name or mail or "orch agent", mail or "agent@orch.invalid")


def compose(
    item: Item, *, text: str | None = None, part: Part | None = None, resolved: str = ""
) -> str:
    """Write the whole message of a commit of this item.

    `text` replaces the item's title and body (a replayed commit brings its own). Credits at its
    end (`Co-authored-by: …`) join the trailers, for otherwise forges would not see them.
    `resolved` says who resolved a conflict of it.
    """
    head, _, rest = _split(text) if text is not None else (item.title, "", item.body)
    title = clean_title(head) or clean_title(item.title) or f"Land {item.id}"
    body, credits_ = _take_credits(clean_body(rest))
    if _RESERVED.match(title):
        title = "> " + title
    if item.reverts:
        body = _note_revert(body, item.reverts)
    paragraphs = [title, body, "\n".join([*credits_, *_trailers(item, part, resolved=resolved)])]
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph) + "\n"


def _split(text: str) -> tuple[str, str, str]:
    return text.strip("\n").partition("\n")


def _take_credits(body: str) -> tuple[str, list[str]]:
    before, _, last = body.rpartition("\n\n")
    lines = last.splitlines()
    if lines and all(_CREDIT.match(line) for line in lines):
        return before.rstrip(), lines
    return body, []


def _note_revert(body: str, commit: str) -> str:
    note = f"This reverts commit {commit}."
    return body if note in body else "\n\n".join(filter(None, (body, note)))


def _trailers(item: Item, part: Part | None, *, resolved: str) -> list[str]:
    pairs = [
        (TASK_ID, item.task_id),
        (LANDING_ID, item.id),
        (LANDING_PART, f"{part.k}/{part.n}" if part is not None and part.n > 1 else None),
        (SOURCE_HEAD, item.source_head),
        (REVERTS, item.reverts),
        (RESOLVED_BY, resolved),
    ]
    return [f"{name}: {' '.join(value.split())}" for name, value in pairs if value]
