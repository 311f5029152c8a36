"""How the session server is spoken to: lines of JSON, and frames once a stream is attached."""

import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

PROTOCOL = 1
"""The version that both sides name in `hello`; another one is refused with a remedy."""

MAX_FRAME_BYTES = 4 * 1024 * 1024
"""A longer payload is no frame but noise on the socket."""

_HEAD = struct.Struct(">cI")
_SIZE = struct.Struct(">HH")


class BadFrame(Exception):
    """The other side does not speak this protocol; the connection is of no more use."""


class FrameType(Enum):
    """What a frame carries. The first three come from a viewer, the others from the server."""

    INPUT = b"i"
    """Bytes that were typed."""
    RESIZE = b"s"
    """Rows and columns, two bytes each; from the server: the size that now holds."""
    DETACH = b"d"
    """The viewer goes; the session stays."""
    REDRAW = b"r"
    """The screen as a whole: what was shown before is void."""
    OUTPUT = b"o"
    """What the program printed."""
    NOTICE = b"n"
    """A sentence for the person, in UTF-8."""
    EXIT = b"x"
    """The session ended; the payload is its state in JSON. The last frame."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame of an attached stream."""

    type: FrameType
    payload: bytes = b""


def frame(kind: FrameType, payload: bytes = b"") -> bytes:
    """Pack a frame: one byte of type, four of length, the payload."""
    return _HEAD.pack(kind.value, len(payload)) + payload


def size(rows: int, cols: int) -> bytes:
    """Pack the payload of a `RESIZE`."""
    return _SIZE.pack(min(max(rows, 0), 0xFFFF), min(max(cols, 0), 0xFFFF))


def parse_size(payload: bytes) -> tuple[int, int]:
    """Unpack rows and columns. Raises `BadFrame`."""
    if len(payload) != _SIZE.size:
        raise BadFrame(f"a size of {len(payload)} bytes")
    rows, cols = _SIZE.unpack(payload)
    return rows, cols


def line(message: object) -> bytes:
    """Pack a control message."""
    return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


class FrameReader:
    """Cuts a stream of bytes into frames."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[Frame]:
        """Take bytes; yield the frames that are whole by now. Raises `BadFrame`."""
        self._buffer += data
        start = 0
        try:
            while len(self._buffer) - start >= _HEAD.size:
                kind, length = _HEAD.unpack_from(self._buffer, start)
                if length > MAX_FRAME_BYTES:
                    raise BadFrame(f"a frame of {length} bytes")
                end = start + _HEAD.size + length
                if len(self._buffer) < end:
                    break
                yield Frame(_type(kind), bytes(self._buffer[start + _HEAD.size : end]))
                start = end
        finally:
            del self._buffer[:start]


def _type(code: bytes) -> FrameType:
    try:
        return FrameType(code)
    except ValueError:
        raise BadFrame(f"a frame of the unknown type {code!r}") from None
