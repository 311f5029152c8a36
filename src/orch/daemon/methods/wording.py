"""Checks what people and programs write into a task before it is kept."""

import re

from orch.wire.codes import WireError, invalid

PROMPT_BYTES = 500_000
"""The longest prompt; more than that belongs into a file of the repository."""

TITLE_CHARACTERS = 300
"""The longest title."""

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_KEY = re.compile(r"[^\s\x00-\x1f\x7f]{1,200}")
_LABEL = re.compile(r"[^\s,\x00-\x1f\x7f]{1,100}")


def check_title(title: str) -> str:
    """Return the title without space around it. Raises `WireError` if it can't be one."""
    plain = title.strip()
    if not plain:
        raise invalid("a task needs a title", next='orch add "what is to be done"')
    if "\n" in plain or "\r" in plain:
        raise invalid("a title is one line; the rest goes into --prompt")
    if len(plain) > TITLE_CHARACTERS:
        raise invalid(
            f"the title has {len(plain):,} characters, {TITLE_CHARACTERS} are allowed; "
            "the rest goes into --prompt"
        )
    return _check_characters(plain, "the title")


def check_prompt(prompt: str) -> str:
    """Return the prompt with plain line ends. Raises `WireError` if an agent can't be given it."""
    plain = prompt.replace("\r\n", "\n")
    size = len(plain.encode("utf-8", "surrogatepass"))
    if size > PROMPT_BYTES:
        raise invalid(
            f"the prompt has {size:,} bytes, {PROMPT_BYTES:,} are allowed; "
            "put the rest into a file of the repository and name it in the prompt"
        )
    return _check_characters(plain, "the prompt")


def check_note(note: str, what: str = "the note") -> str:
    """Return a reason or note that can be shown to anybody."""
    return _check_characters(note.strip(), what)


def check_slug(slug: str) -> str:
    """Return a slug that is fit for a branch name."""
    if not _SLUG.fullmatch(slug) or len(slug) > TITLE_CHARACTERS:
        raise invalid(f"{slug!r} is no slug: small letters and digits, joined by single hyphens")
    return slug


def check_key(key: str) -> str:
    """Return an outside key; it has no space, so that it can be typed as an argument."""
    if not _KEY.fullmatch(key):
        raise invalid(f"{key!r} is no key: at most 200 characters, none of them space or control")
    return key


def check_labels(labels: tuple[str, ...]) -> tuple[str, ...]:
    """Return the labels, each once, in their order."""
    for label in labels:
        if not _LABEL.fullmatch(label):
            raise invalid(f"{label!r} is no label: one word, without commas")
    return tuple(dict.fromkeys(labels))


def _check_characters(text: str, what: str) -> str:
    if found := _SURROGATE.search(text):
        raise _refuse(text, f"{what} is not UTF-8", at=found.start())
    if found := _CONTROL.search(text):
        named = f"{what} has the control character U+{ord(found[0]):04X}"
        raise _refuse(text, named, at=found.start())
    return text


def _refuse(text: str, what: str, *, at: int) -> WireError:
    line = text.count("\n", 0, at) + 1
    column = at - (text.rfind("\n", 0, at) + 1) + 1
    return invalid(f"{what} at line {line}, column {column}; remove it")
