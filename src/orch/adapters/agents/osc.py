"""Operating system commands (OSC) in a terminal's output: titles, notices, states."""

import re
from collections.abc import Iterator
from typing import Final

_BEGIN: Final = b"\x1b]"
_END: Final = re.compile(rb"\x07|\x1b\\")
_LIMIT: Final = 4096
"""A longer one is none that says anything about a session."""


class OscReader:
    """Finds the OSC sequences in output that arrives in pieces."""

    def __init__(self) -> None:
        """Begin with nothing read."""
        self._rest = b""

    def feed(self, data: bytes) -> Iterator[tuple[int, str]]:
        """Take a piece and give each sequence that it completes: its number and its text."""
        text = self._rest + data
        self._rest = b""
        place = 0
        while (start := text.find(_BEGIN, place)) >= 0:
            end = _END.search(text, start + 2, start + _LIMIT)
            if end is None:
                if len(text) - start < _LIMIT:
                    self._rest = text[start:]
                    return
                place = start + 2
                continue
            number, _, said = text[start + 2 : end.start()].partition(b";")
            if number.isdigit():
                yield int(number), said.decode(errors="replace")
            place = end.end()
        if text.endswith(b"\x1b"):
            self._rest = b"\x1b"
