"""Prove that tables align, whatever is in them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orch.cli.tables import pairs, table
from orch.cli.text import width

HEAD = ("ID", "EMPTY", "TITLE")


def test_columns_align_and_empty_ones_are_left_out() -> None:
    """Wide letters count as the two columns that they take."""
    shown = table(HEAD, [["t1", "", "漢字"], ["t10", "", "plain"]])
    assert shown.split("\n") == ["ID   TITLE", "t1   漢字", "t10  plain"]


def test_a_cell_can_not_break_its_line() -> None:
    """Nor reach the terminal."""
    shown = table(HEAD, [["t1", "", "two\nlines\x1b[2J"]])
    assert shown.split("\n")[1] == "t1  two lines"


def test_a_narrow_terminal_cuts_the_widest_column(monkeypatch: pytest.MonkeyPatch) -> None:
    """And says so with an ellipsis."""
    monkeypatch.setenv("COLUMNS", "30")
    shown = table(HEAD, [["t1", "", "x" * 100]])
    assert [width(line) for line in shown.split("\n")][1] == 30
    assert shown.endswith("…")


@given(st.lists(st.lists(st.text(max_size=20), min_size=3, max_size=3), min_size=1, max_size=5))
def test_a_row_is_a_line(rows: list[list[str]]) -> None:
    """Whatever was in the cells."""
    assert len(table(HEAD, rows).split("\n")) == len(rows) + 1


def test_no_rows_are_no_table() -> None:
    """The caller says what that means."""
    assert table(HEAD, []) == ""


def test_pairs_leave_out_what_is_empty() -> None:
    """And align the values."""
    assert pairs([("a", "1"), ("gone", ""), ("long", "2")]) == "a     1\nlong  2"
