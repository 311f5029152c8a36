"""Both directions of a piped session, in the order in which the server saw them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from orch.session_server.segments import Mark
from orch.session_server.transcript import Transcript


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Bytes that went one way when the output stood at `offset`."""

    direction: Literal["out", "err", "in"]
    offset: int
    data: bytes
    serial: int = 0
    message_id: str = ""


def stretches(transcript: Transcript, start: int, *, data: bytes) -> Iterator[Stretch]:
    """Tell the output `data`, which begins at `start`, apart, with the input that lay between.

    Input on either border is told as well.
    """
    at, end = start, start + len(data)
    for mark in transcript.marks(start, end):
        if mark.kind == "in":
            yield from _output(data[at - start : max(at, mark.at) - start], at)
            at = max(at, mark.at)
            yield _input(mark)
        elif mark.kind == "err":
            begin, stop = max(at, mark.at), min(end, mark.at + mark.n)
            yield from _output(data[at - start : begin - start], at)
            if stop > begin:
                yield Stretch(
                    direction="err", offset=begin, data=data[begin - start : stop - start]
                )
            at = max(at, stop)
    yield from _output(data[at - start :], at)


def _output(data: bytes, at: int) -> Iterator[Stretch]:
    if data:
        yield Stretch(direction="out", offset=at, data=data)


def _input(mark: Mark) -> Stretch:
    return Stretch(
        direction="in", offset=mark.at, data=mark.data, serial=mark.serial, message_id=mark.id
    )
