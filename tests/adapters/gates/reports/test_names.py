"""Prove that names stay when lines move, and that what differs is told apart."""

from orch.adapters.gates.reports.names import name, number


def test_names_stay_when_lines_move() -> None:
    """Line numbers, addresses and the checkout's own folder are left out of a message."""
    one = name(
        "a.py",
        "R",
        "same as /w/1/b.py:12:3, lines 4-5, <X at 0x7f00aa>",
        roots=("/w/1",),
        moving=True,
    )
    two = name(
        "a.py",
        "R",
        "same as /w/2/b.py:99:1, lines 40-50, <X at 0x7f11bb>",
        roots=("/w/2",),
        moving=True,
    )
    assert one == two == "a.py R same as b.py, lines _, <X at 0x_>"


def test_a_tests_parameters_are_its_name() -> None:
    """Two cases that differ in numbers are two tests."""
    assert name("t", "test[10:20]") != name("t", "test[10:30]")


def test_long_names_are_cut_and_stay_apart() -> None:
    """The digest tells what the cut left out."""
    one, two = name("x" * 5000 + "1"), name("x" * 5000 + "2")
    assert one != two
    assert len(one) < 330


def test_names_are_fit_to_be_shown() -> None:
    """One line, without control sequences."""
    assert name("a\x1b[31m", "b\nc\x07") == "a b c"


def test_of_the_same_each_has_a_number() -> None:
    """So that a third one is new where there were two."""
    assert number(["a", "b", "a", "a"]) == ["a", "b", "a #2", "a #3"]
