"""Frames and lines come out as they went in, however the stream is cut."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orch.wire.framing import (
    MAX_FRAME_BYTES,
    BadFrame,
    Frame,
    FrameReader,
    FrameType,
    frame,
    line,
    parse_size,
    size,
)

frames = st.builds(Frame, st.sampled_from(FrameType), st.binary(max_size=50))


@given(st.lists(frames), st.integers(min_value=1, max_value=20))
def test_any_cut_gives_the_same_frames(sent: list[Frame], step: int) -> None:
    """The reader waits for what is not there yet."""
    stream = b"".join(frame(one.type, one.payload) for one in sent)
    reader = FrameReader()
    got = [
        one
        for start in range(0, len(stream), step)
        for one in reader.feed(stream[start : start + step])
    ]
    assert got == sent


@pytest.mark.parametrize(
    "noise", [b"?\0\0\0\0", b"i" + (MAX_FRAME_BYTES + 1).to_bytes(4), b'{"id":1}\n']
)
def test_noise_is_refused(noise: bytes) -> None:
    """An unknown type or an impossible length is no frame."""
    with pytest.raises(BadFrame):
        list(FrameReader().feed(noise))


def test_what_came_before_noise_counts() -> None:
    """Frames are given as they come."""
    reader = FrameReader().feed(frame(FrameType.INPUT, b"x") + b"?????")
    assert next(reader) == Frame(FrameType.INPUT, b"x")
    with pytest.raises(BadFrame):
        next(reader)


def test_sizes_are_bounded() -> None:
    """A size is two numbers that fit, or it is none."""
    assert parse_size(size(24, 80)) == (24, 80)
    assert parse_size(size(-1, 10**6)) == (0, 65535)
    with pytest.raises(BadFrame):
        parse_size(b"123")


def test_a_message_is_one_line() -> None:
    """Whatever is in it, a control message has one line end, the last."""
    message = {"text": "two\nlines, größe \u2028"}
    packed = line(message)
    assert packed.count(b"\n") == 1
    assert json.loads(packed) == message
