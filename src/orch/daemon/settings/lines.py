"""Which line a key stands on: the TOML parsers do not tell, and an error without it is half one."""

import re
from collections.abc import Iterator

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


def key_lines(text: str) -> dict[Path, int]:
    """Map each table and key of a valid TOML text to its line, from 1.

    Keys inside an inline table are left out: the line of the key before it stands for them.
    """
    lines: dict[Path, int] = {}
    table: Path = ()
    for parts, line, is_header in _statements(text):
        path = parts if is_header else table + parts
        table = parts if is_header else table
        for depth in range(1, len(path) + 1):
            lines.setdefault(path[:depth], line)
    return lines


def line_of(lines: dict[Path, int], path: Path) -> int | None:
    """Return the line of a key, or that of the nearest key around it."""
    around = (path[:depth] for depth in range(len(path), 0, -1))
    return next((lines[key] for key in around if key in lines), None)


def _statements(text: str) -> Iterator[tuple[Path, int, bool]]:
    """Yield each table header and each key of the text, with its line."""
    parts: list[str] = []
    depth, line, in_value, header = 0, 1, False, False
    for token in TOKEN.finditer(text):
        kind, said = token.lastgroup, token.group()
        if kind == "newline" and depth == 0:
            parts, in_value, header = [], False, False
        elif in_value:
            depth += _change(said) if kind == "mark" else 0
        elif kind == "mark" and said == "[":
            header = True
        elif kind == "mark" and parts and said in ("=", "]"):
            yield tuple(parts), line, header
            parts, in_value = [], said == "="
        elif kind in ("bare", "string"):
            parts.append(_plain(said))
        line += said.count("\n")


def _change(mark: str) -> int:
    """Say how much deeper a value is nested after this mark."""
    return (mark in "[{") - (mark in "]}")


def _plain(part: str) -> str:
    """Take the quotes off a part of a key; escapes in keys are too rare to be worth undoing."""
    return part[1:-1] if part[:1] in ("'", '"') else part
