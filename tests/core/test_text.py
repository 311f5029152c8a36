"""Text from agents is harmless on a person's terminal."""

import hypothesis.strategies as st
from hypothesis import given

from orch.core.text import plain


def test_colours_titles_and_cursor_moves_go() -> None:
    """Only what can be read stays."""
    assert plain(b"\x1b[31mred\x1b[0m \x1b]0;title\x07done\x1b[2J\x1b(B\r\n") == "red done\n"


def test_a_line_that_was_overwritten_keeps_its_last_form() -> None:
    """As a progress bar leaves it."""
    assert plain("10%\r50%\r100%\nend") == "100%\nend"


def test_bytes_that_are_not_utf_8_are_replaced() -> None:
    """Nothing raises."""
    assert plain(b"caf\xe9") == "caf\ufffd"


@given(data=st.one_of(st.binary(max_size=300), st.text(max_size=300)))
def test_nothing_that_acts_on_a_terminal_is_left(data: bytes | str) -> None:
    """No escape, no control character but line ends and tabs."""
    left = {char for char in plain(data) if ord(char) < 32 or 0x7F <= ord(char) < 0xA0}
    assert left <= {"\n", "\t"}
