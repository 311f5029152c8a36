"""Pass over plain text that has scrolled away before anybody could see it."""

import re

_MIN_BYTES = 32 * 1024
"""Below this there is little to gain."""

_PLAIN = bytes({*range(0x20, 0x7F), *b"\t\r\n", *range(0x80, 0xC0), *range(0xC3, 0xF5)})
"""Text in UTF-8, without the lead byte of the C1 controls: nothing in it but moves the cursor."""

_HEAD_BYTES = 1024
"""Enough to finish a sequence that had begun before."""

_LINE = b"\r\n"
MARGINS = re.compile(rb"\x1b\[[0-9]*;[0-9]*[rs]")


def skim(data: bytes, *, rows: int) -> tuple[bytes, bytes] | None:
    """Return the head and the tail of plain text that leave a screen as all of it would.

    None where all has to be read. The tail begins with a line's end, so that the cursor's column
    does not matter, and has twice as many lines as the screen: the first lot moves the cursor to
    the last row, the second scrolls away whatever was on the screen. That holds on a screen whose
    scrolling margins are its edges; the caller makes sure of it.
    """
    if len(data) < _MIN_BYTES or data.translate(None, _PLAIN):
        return None
    start = len(data)
    for _ in range(2 * rows + 1):
        start = data.rfind(_LINE, _HEAD_BYTES, start)
        if start < 0:
            return None
    return data[:_HEAD_BYTES], data[start:]
