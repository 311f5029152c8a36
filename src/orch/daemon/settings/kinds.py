"""Kinds of values: what a key takes, how it is read, and how it is written down again."""

import json
import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from orch.core.address import ToSession, parse_address
from orch.core.report_names import parse_report
from orch.core.settings import Price

NO_BRANCH = re.compile(
    r"[\x00-\x20\x7f~^:?*\[\\] | \.\. | @\{ | // | /\. | \.lock(/|$) | [/.]$ | ^[-/.] | ^@$",
    re.VERBOSE,
)
SHOWN = 60
"""So many characters of a wrong value are shown."""


class WrongValueError(ValueError):
    """A value is not what its key takes; the message, if any, is more than "expected"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What a key takes.

    `read` turns what TOML gave into the setting and raises `WrongValueError`; `from_text` turns
    what was typed (a variable, an argument) into what TOML would have given; `show` writes a
    setting as TOML. `words` are the values that may be written, where they can be listed.
    """

    expected: str
    read: Callable[[object], object]
    from_text: Callable[[str], object]
    show: Callable[[object], str]
    words: tuple[str, ...] = ()


def described(raw: object) -> str:
    """Say what was found, in the words of TOML; a long value is cut."""
    if isinstance(raw, bool):
        return f"the boolean {str(raw).lower()}"
    if isinstance(raw, int | float):
        return f"the number {raw}"
    if isinstance(raw, str):
        return f"the string {quoted(raw if len(raw) <= SHOWN else raw[:SHOWN] + '...')}"
    return "a list" if isinstance(raw, list) else "a table" if isinstance(raw, dict) else "a time"


def quoted(text: str) -> str:
    """Write a TOML string: JSON's escapes are among TOML's, DEL aside."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def choice(words: type[StrEnum] | tuple[str, ...]) -> Kind:
    """Make the kind that takes one of some words."""
    known = tuple(str(word) for word in words)

    def read(raw: object) -> object:
        if not isinstance(raw, str) or raw not in known:
            raise WrongValueError
        return words(raw) if isinstance(words, type) else raw

    expected = "one of " + ", ".join(quoted(word) for word in known)
    return Kind(expected=expected, read=read, from_text=str, show=_show_text, words=known)


def count(low: int, high: int) -> Kind:
    """Make the kind that takes a whole number within bounds."""

    def read(raw: object) -> object:
        if isinstance(raw, bool) or not isinstance(raw, int) or not low <= raw <= high:
            raise WrongValueError
        return raw

    expected = f"a whole number from {low} to {high}"
    return Kind(expected=expected, read=read, from_text=_number, show=_show_number)


def text_of(raw: object) -> str:
    """Read a string that a program can take: without NUL. Raises `WrongValueError`."""
    if not isinstance(raw, str):
        raise WrongValueError
    if "\0" in raw:
        raise WrongValueError("it holds a NUL character")
    return raw


def _read_line(raw: object) -> object:
    text = text_of(raw)
    if not text.strip() or not text.isprintable():
        raise WrongValueError
    return text


def _read_address(raw: object) -> object:
    text = text_of(raw)
    try:
        found = parse_address(text)
    except ValueError as error:
        raise WrongValueError(str(error)) from error
    if isinstance(found, ToSession):
        raise WrongValueError("a session is told of what it files by itself")
    return text


def _read_branch(raw: object) -> object:
    """Read a branch's name by the rules of `git check-ref-format`."""
    name = text_of(raw)
    wrong = re.search(
        r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|/\.|\.lock(/|$)|[/.]$|^[-/.]|^@$", name
    )
    if not name or wrong or name.startswith("refs/"):
        raise WrongValueError
    return name


def _read_strings(raw: object) -> tuple[str, ...]:
    if not isinstance(raw, list):
        raise WrongValueError
    strings = tuple(text_of(item) for item in raw)
    if not all(string.strip() for string in strings):
        raise WrongValueError("one of its strings is empty")
    return strings


def _read_commands(raw: object) -> tuple[str, ...]:
    if isinstance(raw, str):
        if raw and not raw.strip():
            raise WrongValueError('it is blank; write "" for none')
        return (text_of(raw),) if raw else ()
    return _read_strings(raw)


def _read_flag(raw: object) -> object:
    if not isinstance(raw, bool):
        raise WrongValueError
    return raw


def _read_patterns(raw: object) -> tuple[str, ...]:
    patterns = _read_strings(raw)
    for pattern in patterns:
        try:
            re.compile(pattern)
        except re.error as error:
            message = f"{quoted(pattern)} is no regular expression: {error}"
            raise WrongValueError(message) from None
    return patterns


def _read_reports(raw: object) -> tuple[str, ...]:
    reports = _read_strings(raw)
    for report in reports:
        try:
            parse_report(report)
        except ValueError as error:
            raise WrongValueError(str(error)) from None
    return reports


def _read_price(raw: object) -> Price:
    if not isinstance(raw, dict) or not {"input", "output"} <= raw.keys():
        raise WrongValueError
    if unknown := sorted(raw.keys() - {"input", "output", "cached"}):
        raise WrongValueError(f"{quoted(unknown[0])} is none of input, output, cached")
    for value in raw.values():
        if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
            raise WrongValueError
    return Price(**{name: float(value) for name, value in raw.items()})


def _read_variables(raw: object) -> object:
    if not isinstance(raw, dict):
        raise WrongValueError
    if wrong := next((name for name in raw if not re.fullmatch(r"[A-Za-z_]\w*", name)), None):
        raise WrongValueError(f"{quoted(wrong)} is no name of a variable")
    return tuple((name, text_of(value)) for name, value in raw.items())


def _number(text: str) -> object:
    return int(text) if re.fullmatch(r"[+-]?\d{1,18}", text.strip()) else text


def _flag(text: str) -> object:
    return {"true": True, "false": False}.get(text.strip().lower(), text)


def _list(text: str) -> object:
    """Take a TOML list as typed, else words parted by commas."""
    if text.lstrip().startswith("["):
        return _toml(text)
    return [word.strip() for word in text.split(",") if word.strip()]


def _command(text: str) -> object:
    return _toml(text) if text.lstrip().startswith("[") else text


def _toml(text: str) -> object:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _show_text(value: object) -> str:
    return quoted(str(value))


def _show_number(value: object) -> str:
    return "" if value is None else str(value)


def _show_list(value: object) -> str:
    items = value if isinstance(value, tuple) else ()
    return "[" + ", ".join(quoted(str(item)) for item in items) + "]"


def _show_price(value: object) -> str:
    if not isinstance(value, Price):
        return ""
    cached = "" if value.cached is None else f", cached = {value.cached:g}"
    return f"{{ input = {value.input:g}, output = {value.output:g}{cached} }}"


def _show_variables(value: object) -> str:
    pairs = value if isinstance(value, tuple) else ()
    return "{" + ", ".join(f"{name} = {quoted(said)}" for name, said in pairs) + "}"


TEXT = Kind(expected="a string", read=text_of, from_text=str, show=_show_text)
LINE = Kind(
    expected="a string of one line, not empty", read=_read_line, from_text=str, show=_show_text
)
ADDRESS = Kind(
    expected='"inbox", "pane:TARGET" or "command:PROGRAM ARGUMENTS"',
    read=_read_address,
    from_text=str,
    show=_show_text,
)
BRANCH = Kind(
    expected='the name of a branch such as "main"',
    read=_read_branch,
    from_text=str,
    show=_show_text,
)
FLAG = Kind(
    expected="true or false",
    read=_read_flag,
    from_text=_flag,
    show=lambda value: str(value).lower(),
)
STRINGS = Kind(expected="a list of strings", read=_read_strings, from_text=_list, show=_show_list)
COMMANDS = Kind(
    expected="a command (a string) or a list of commands",
    read=_read_commands,
    from_text=_command,
    show=_show_list,
)
REPORTS = Kind(
    expected='a list of reports such as "junit:reports/*.xml", "sarif:lint.sarif", "lines:ruff"',
    read=_read_reports,
    from_text=_list,
    show=_show_list,
)
PATTERNS = Kind(
    expected="a list of regular expressions",
    read=_read_patterns,
    from_text=_list,
    show=_show_list,
)
PRICE = Kind(
    expected="a table with input and output, in US dollars for a million tokens",
    read=_read_price,
    from_text=_toml,
    show=_show_price,
)
VARIABLES = Kind(
    expected="a table of strings, one for each variable",
    read=_read_variables,
    from_text=_toml,
    show=_show_variables,
)
