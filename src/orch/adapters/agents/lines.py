"""JSON lines out of the bytes that a program writes, in whatever pieces they arrive."""

import json
from collections.abc import Iterator
from typing import Final

_LINE_LIMIT: Final = 16 * 1024 * 1024
"""A longer line is no message of any agent: it is dropped up to its end."""


class JsonLines:
    """Joins pieces to lines, and yields those that are JSON objects; all else is passed over."""

    def __init__(self) -> None:
        """Begin with nothing read."""
        self._begun = bytearray()
        self._dropping = False

    def feed(self, data: bytes) -> Iterator[dict[str, object]]:
        """Take a piece and give the objects that it completes."""
        for line in self._lines(data):
            if line.lstrip()[:1] != b"{":
                continue
            try:
                value = json.loads(line)
            except (ValueError, RecursionError):
                continue
            if isinstance(value, dict):
                yield value

    def _lines(self, data: bytes) -> Iterator[bytes]:
        *whole, rest = data.split(b"\n")
        for part in whole:
            self._take(part)
            line, dropped = bytes(self._begun), self._dropping
            self._begun.clear()
            self._dropping = False
            if not dropped:
                yield line
        self._take(rest)

    def _take(self, part: bytes) -> None:
        """Add to the line that has begun, up to the limit; the same in one piece as in many."""
        if self._dropping or len(self._begun) + len(part) > _LINE_LIMIT:
            self._begun.clear()
            self._dropping = True
        else:
            self._begun += part


def text_at(value: object, *path: str) -> str:
    """Read a string deep in a JSON value; empty if there is none."""
    found = at(value, *path)
    return found if isinstance(found, str) else ""


def number_at(value: object, *path: str) -> int:
    """Read a count deep in a JSON value; 0 if there is none."""
    found = at(value, *path)
    return int(found) if isinstance(found, int | float) and not isinstance(found, bool) else 0


def at(value: object, *path: str) -> object:
    """Read what stands deep in a JSON value; None if the way ends before."""
    for step in path:
        if not isinstance(value, dict):
            return None
        value = value.get(step)
    return value
