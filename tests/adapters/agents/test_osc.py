"""Titles and notices are found in a terminal's output, however it was cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orch.adapters.agents.osc import OscReader

PIECES = st.lists(
    st.sampled_from(
        [
            b"words",
            b"\x1b",
            b"\\",
            b"\x07",
            b"\x1b[31m",
            b"\x1b]0;\xe2\x9c\xb3 title\x07",
            b"\x1b]9;notice\x1b\\",
            b"\x1b]7501;state=idle\x07",
            b"\x1b]bad\x07",
            b"\x1b]52;c;" + b"x" * 5000 + b"\x07",
        ]
    ),
    max_size=10,
)


def fed(*pieces: bytes) -> list[tuple[int, str]]:
    """Feed pieces to a new reader."""
    reader = OscReader()
    return [found for piece in pieces for found in reader.feed(piece)]


@given(PIECES, st.data())
def test_output_cut_anywhere_tells_the_same(parts: list[bytes], data: st.DataObject) -> None:
    """Also between an escape and what belongs to it, and in the midst of a letter."""
    whole = b"".join(parts)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=6)))
    pieces = [whole[a:b] for a, b in zip([0, *cuts], [*cuts, len(whole)], strict=True)]
    assert fed(*pieces) == fed(whole)


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"a\x1b]0;one\x07b\x1b]2;two\x1b\\c", [(0, "one"), (2, "two")]),
        (b"\x1b]0;\x07", [(0, "")]),
        (b"\x1b]0;never ends", []),
        (b"\x1b]text\x07", []),
        (b"\x1b]0;\xff\x07", [(0, "\ufffd")]),
    ],
)
def test_a_sequence_is_its_number_and_its_text(data: bytes, found: list[tuple[int, str]]) -> None:
    """Ended by a bell or by its proper end; what has no number is none."""
    assert fed(data) == found


def test_one_without_measure_is_passed_over() -> None:
    """What follows it is found, and no more than its beginning was kept."""
    reader = OscReader()
    assert not list(reader.feed(b"\x1b]52;c;" + b"x" * 1_000_000))
    assert len(reader._rest) < 5000
    assert list(reader.feed(b"\x07\x1b]0;after\x07")) == [(0, "after")]
