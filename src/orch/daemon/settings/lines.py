"""Which line a key stands on: the TOML parsers do not tell, and an error without it is half one."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

Path = tuple[str, ...]

TOKEN = re.compile(
    r"""
    (?P<comment> \# [^\n]* )
    | (?P<string>
        \"{3} (?: \\. | [^\\] )*? \"{3} \"{0,2}
        | '{3} .*? '{3} '{0,2}
        | " (?: \\. | [^"\\\n] )* "
        | ' [^'\n]* '
      )
    | (?P<newline> \n )
    | (?P<mark> [\[\]{}=,.] )
    | (?P<bare> [^\s\#"'\[\]{}=,.]+ )
    """,
    re.DOTALL | re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Statement:
    """A table's header or a key with its value, and its lines from 1 (both ends included)."""

    path: Path
    first: int
    last: int
    is_header: bool


def key_lines(text: str) -> dict[Path, int]:
    """Map each table and key of a valid TOML text to its line, from 1.

    Keys inside an inline table are left out: the line of the key before it stands for them.
    """
    lines: dict[Path, int] = {}
    for statement in statements(text):
        for depth in range(1, len(statement.path) + 1):
            lines.setdefault(statement.path[:depth], statement.first)
    return lines


def line_of(lines: dict[Path, int], path: Path) -> int | None:
    """Return the line of a key, or that of the nearest key around it."""
    around = (path[:depth] for depth in range(len(path), 0, -1))
    return next((lines[key] for key in around if key in lines), None)


def statements(text: str) -> Iterator[Statement]:
    """Yield the headers and keys of a valid TOML text in their order."""
    table: Path = ()
    parts: list[str] = []
    depth, line, first, in_value, header = 0, 1, 1, False, False
    for token in TOKEN.finditer(text + "\n"):
        kind, said = token.lastgroup, token.group()
        if kind == "newline" and depth == 0:
            if parts:
                table = tuple(parts) if header else table
                path = table if header else (*table, *parts)
                yield Statement(path, first, line, header)
            parts, in_value, header = [], False, False
        elif in_value:
            depth += _change(said) if kind == "mark" and not header else 0
        elif kind == "mark":
            header = header or said == "["
            in_value = said in ("=", "]")
        elif kind in ("bare", "string"):
            first = line if not parts else first
            parts.append(_plain(said))
        line += said.count("\n")


def _change(mark: str) -> int:
    """Say how much deeper a value is nested after this mark."""
    return (mark in "[{") - (mark in "]}")


def _plain(part: str) -> str:
    """Take the quotes off a part of a key; escapes in keys are too rare to be worth undoing."""
    return part[1:-1] if part[:1] in ("'", '"') else part
