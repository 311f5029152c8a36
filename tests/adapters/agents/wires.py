"""Recorded sessions of programs that are spoken with: what came out (`<`), what went in (`>`)."""

from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise
from pathlib import Path

from orch.core.signs import Sign
from orch.ports.agent import Reader
from orch.ports.session_host import Direction, Stretch
from tests.adapters.agents.readings import AT

_WAYS = {"<": Direction.OUT, ">": Direction.IN}


def stretches(path: Path, *, cuts: Sequence[int] = ()) -> list[Stretch]:
    """Read a recording, its output cut at these places."""
    lines = path.read_text(encoding="utf-8").splitlines()
    found: list[Stretch] = []
    offset = 0
    for way, group in groupby(lines, key=lambda line: line[0]):
        for data in _pieces(
            way, [line[2:].encode() + b"\n" for line in group], offset=offset, cuts=cuts
        ):
            found.append(_stretch(way, data, offset=offset, serial=len(found) + 1))
            offset += len(data) if way == "<" else 0
    return found


def play(reader: Reader, told: Sequence[Stretch]) -> list[Sign]:
    """Let a reader read a session."""
    return [sign for one in told for sign in reader.read(one, at=AT)]


def _pieces(way: str, lines: list[bytes], *, offset: int, cuts: Sequence[int]) -> Iterator[bytes]:
    if way == ">":
        yield from lines
        return
    data = b"".join(lines)
    inside = sorted({cut - offset for cut in cuts if 0 < cut - offset < len(data)})
    yield from (data[begin:end] for begin, end in pairwise([0, *inside, len(data)]))


def _stretch(way: str, data: bytes, *, offset: int, serial: int) -> Stretch:
    serial = serial if way == ">" else 0
    return Stretch(direction=_WAYS[way], offset=offset, data=data, serial=serial)
