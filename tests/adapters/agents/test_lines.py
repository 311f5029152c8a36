"""JSON lines come out the same, however the bytes were cut."""

import json

from hypothesis import given
from hypothesis import strategies as st

from orch.adapters.agents import lines
from orch.adapters.agents.lines import JsonLines, at, number_at, text_at

VALUES = st.dictionaries(st.text(max_size=8), st.text(max_size=20) | st.integers(), max_size=4)
NOISE = st.sampled_from([b"", b"plain words", b"[1, 2]", b'{"cut": ', b"\xff\xfe", b"{}x", b'"{}"'])


def fed(*pieces: bytes) -> list[dict[str, object]]:
    """Feed pieces to a new reader."""
    reader = JsonLines()
    return [value for piece in pieces for value in reader.feed(piece)]


@given(st.lists(VALUES | NOISE, max_size=8), st.data())
def test_pieces_cut_anywhere_give_the_same_objects(
    parts: list[dict[str, object] | bytes], data: st.DataObject
) -> None:
    """What is no object of JSON is passed over, and takes nothing else with it."""
    written = [one if isinstance(one, bytes) else json.dumps(one).encode() for one in parts]
    whole = b"".join(line + b"\n" for line in written)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=6)))
    pieces = [whole[a:b] for a, b in zip([0, *cuts], [*cuts, len(whole)], strict=True)]
    assert fed(*pieces) == fed(whole) == [one for one in parts if isinstance(one, dict)]


def test_a_line_without_its_end_is_not_read_yet() -> None:
    """It is read as soon as it ends."""
    assert fed(b'{"a": 1}') == []
    assert fed(b'{"a": 1}', b"\r\n") == [{"a": 1}]


def test_a_line_without_measure_is_dropped_up_to_its_end() -> None:
    """The same in one piece as in many, and the next line is read again."""
    limit = lines._LINE_LIMIT
    long = b'{"a": "' + b"x" * limit + b'"}\n'
    assert fed(long + b'{"b": 1}\n') == [{"b": 1}]
    halves = (long[: limit // 2], long[limit // 2 :])
    assert fed(*halves, b'{"b": 1}\n') == [{"b": 1}]
    assert fed(long[:-1], b"\n", b'{"b": 1}\n') == [{"b": 1}]


def test_a_line_that_is_nested_without_end_is_passed_over() -> None:
    """A program can't break its reader by what it prints."""
    deep = b'{"a": ' * 100_000
    assert fed(deep + b"1" + b"}" * 100_000 + b"\n", b'{"b": 1}\n') == [{"b": 1}]


def test_values_are_found_deep_in_others_or_not_at_all() -> None:
    """Nothing is of the kind that a program promises until it was looked at."""
    value = {"a": {"b": "c", "n": 3.7, "t": True}}
    assert at(value, "a", "b") == "c"
    assert at(value, "a", "b", "c") is None
    assert text_at(value, "a") == text_at(None, "a") == ""
    assert number_at(value, "a", "n") == 3
    assert number_at(value, "a", "t") == number_at(value, "x") == 0
