"""Prove that what others wrote can't move the cursor, and that widths are what terminals show."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orch.cli.text import age, cut, is_coloured, one_line, plain, size, style, width


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07after", "after"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1bPq#0;2\x1b\\sixel", "sixel"),
        ("\x1b(Btext\x1b7\x1b8", "text"),
        ("\x9b31mred", "red"),
        ("\x9d0;title\x9cafter", "after"),
        ("10%\r50%\r100%\r\nnext\r", "100%\nnext"),
        ("a\r\nb", "a\nb"),
        ("a\x08\x7f\x00b", "ab"),
        ("tab\tstays\n", "tab\tstays\n"),
        ("\u202eevil", "evil"),
        ("\x1b[", ""),
        ("\x1b]never ends", ""),
        ("ä漢🙂", "ä漢🙂"),
    ],
)
def test_control_sequences_are_removed(text: str, expected: str) -> None:
    """Every kind of them, whole or cut off."""
    assert plain(text) == expected


@given(st.text())
def test_nothing_that_moves_the_cursor_is_left(text: str) -> None:
    """Whatever the text was."""
    left = plain(text)
    assert not any(ord(c) < 0x20 and c not in "\t\n" for c in left)
    assert not any(0x7F <= ord(c) < 0xA0 for c in left)
    assert "\n" not in one_line(text)


@pytest.mark.parametrize(
    ("text", "columns"), [("abc", 3), ("äöü", 3), ("漢字", 4), ("e\u0301", 1), ("\u200bx", 1)]
)
def test_width_is_what_a_terminal_shows(text: str, columns: int) -> None:
    """Wide letters take two columns, accents none."""
    assert width(text) == columns


@given(st.text(alphabet="ab漢ä\u0301 ", max_size=30), st.integers(1, 20))
def test_what_is_cut_fits(text: str, columns: int) -> None:
    """And what fits is not cut."""
    found = cut(text, columns)
    assert width(found) <= columns
    if width(text) <= columns:
        assert found == text


def test_ages_and_sizes_are_short() -> None:
    """For people."""
    assert [age(s) for s in (0, 59, 60, 3599, 3600, 172_799, 172_800)] == [
        "0s", "59s", "1m", "59m", "1h", "47h", "2d",
    ]  # fmt: skip
    assert [size(n) for n in (0, 999, 1000, 2_500_000, 7_300_000_000)] == [
        "0 B", "999 B", "1 kB", "2 MB", "7.3 GB",
    ]  # fmt: skip
    assert size(None) == ""


def test_colours_are_only_for_those_who_want_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """FORCE_COLOR overrules NO_COLOR; without a terminal there are none."""
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert style("x", "red") == "\x1b[31mx\x1b[0m"
    monkeypatch.setenv("NO_COLOR", "1")
    assert not is_coloured()
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert is_coloured()
