"""Prove that durations and sizes are read and written the way people do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orch.daemon.settings.kinds import WrongValueError, count
from orch.daemon.settings.quantities import (
    DURATION,
    automatic,
    days,
    duration_text,
    number,
    seconds,
    size,
)


@pytest.mark.parametrize(
    ("raw", "total_s"),
    [
        ("10m", 600),
        ("30s", 30),
        ("1h30m", 5400),
        ("2d", 172_800),
        ("1.5s", 1.5),
        ("90", 90),
        (90, 90),
        (0.5, 0.5),
    ],
)
def test_durations_are_read(raw: object, total_s: float) -> None:
    """Units, their combinations and plain seconds are understood."""
    assert DURATION.read(raw) == total_s


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "m",
        "10 m",
        "ten",
        "-5s",
        "30m1h",
        "0s",
        "99999d",
        0,
        -1,
        True,
        float("inf"),
        float("nan"),
        None,
        [],
    ],
)
def test_what_is_no_duration_is_refused(raw: object) -> None:
    """Nothing is guessed, and none is endless or of no length."""
    with pytest.raises(WrongValueError):
        DURATION.read(raw)


@given(st.integers(1, 10**8))
def test_a_duration_is_read_as_it_is_written(total_s: int) -> None:
    """Writing and reading give the same number of seconds."""
    assert seconds(duration_text(total_s)) == total_s


def test_days_may_be_for_ever_where_that_is_allowed() -> None:
    """History can be kept for ever, workspaces not."""
    assert days(forever=True).read("forever") is None
    assert days(forever=True).show(None) == '"forever"'
    assert days().read("36h") == 1.5
    assert days().show(1.5) == '"1d12h"'
    with pytest.raises(WrongValueError):
        days().read("forever")


def test_sizes_count_in_their_own_unit() -> None:
    """The same text is megabytes for one key and gigabytes for another."""
    assert size(unit_mb=1).read("1.5GB") == 1500
    assert size(unit_mb=1000).read("500 MB") == 0.5
    assert size(unit_mb=1000).show(20.0) == '"20GB"'
    assert size(unit_mb=1).show(16.0) == '"16MB"'
    assert size(unit_mb=1).show(None) == ""


@pytest.mark.parametrize("raw", ["", "16", 16, "0MB", "16 mb", "-1GB", "1KB"])
def test_what_is_no_size_is_refused(raw: object) -> None:
    """A size without a unit could mean anything."""
    with pytest.raises(WrongValueError):
        size(unit_mb=1).read(raw)


def test_numbers_are_read_within_bounds() -> None:
    """Whole ones and fractions count; what is too much, too little or no number does not."""
    kind = number(0.05, 64)
    assert [kind.read(raw) for raw in (1, 1.5, 0.05)] == [1.0, 1.5, 0.05]
    assert kind.read(kind.from_text("2")) == 2.0
    assert (kind.show(1.5), kind.show(None)) == ("1.5", "")
    for wrong in (0, 65, True, "1", kind.from_text("much"), float("nan")):
        with pytest.raises(WrongValueError):
            kind.read(wrong)


def test_what_may_be_left_to_orch_is_automatic() -> None:
    """The word is None; everything else is what the kind beneath takes."""
    kind = automatic(count(1, 8))
    assert (kind.read("auto"), kind.read(3)) == (None, 3)
    assert (kind.show(None), kind.show(3)) == ('"auto"', "3")
    assert (kind.from_text("auto"), kind.from_text("3")) == ("auto", 3)
    with pytest.raises(WrongValueError):
        kind.read(9)
