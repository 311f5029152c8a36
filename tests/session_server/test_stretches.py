"""Both directions of a piped session are told in order, whatever page is asked for."""

from pathlib import Path

import pytest

from orch.session_server.segments import Mark
from orch.session_server.stretches import stretches
from orch.session_server.transcript import Transcript


@pytest.fixture
def transcript(tmp_path: Path) -> Transcript:
    """Give a transcript in which output, errors and input alternate."""
    transcript = Transcript(tmp_path, cap_bytes=256 * 1024)
    transcript.mark(Mark(kind="in", at=0, data=b"ask", id="m1", serial=1))
    transcript.append(b"answer")
    transcript.mark(Mark(kind="err", at=6, n=3))
    transcript.append(b"err")
    transcript.mark(Mark(kind="in", at=9, data=b"again", serial=2))
    transcript.append(b"end")
    return transcript


def told(transcript: Transcript, start: int, end: int) -> list[tuple[str, int, bytes]]:
    """Tell a page's stretches."""
    data = b"answererrend"[start:end]
    return [(s.direction, s.offset, s.data) for s in stretches(transcript, start, data=data)]


def test_the_whole_is_told_in_order(transcript: Transcript) -> None:
    """Input stands between the outputs it stood between."""
    assert told(transcript, 0, 12) == [
        ("in", 0, b"ask"),
        ("out", 0, b"answer"),
        ("err", 6, b"err"),
        ("in", 9, b"again"),
        ("out", 9, b"end"),
    ]


def test_pages_cut_anywhere(transcript: Transcript) -> None:
    """Every cut tells each byte once in its direction, and input on the border in both pages."""
    for cut in range(13):
        pages = told(transcript, 0, cut) + told(transcript, cut, 12)
        for direction, whole in (("out", b"answerend"), ("err", b"err")):
            assert b"".join(data for way, _, data in pages if way == direction) == whole
        inputs = [data for way, _, data in pages if way == "in"]
        assert sorted(set(inputs)) == [b"again", b"ask"]
        assert len(inputs) == (3 if cut in {0, 9} else 2)
