"""A transcript keeps the newest part by offset, and counts what it could not keep."""

from collections.abc import Iterator
from pathlib import Path
from resource import RLIM_INFINITY, RLIMIT_FSIZE, setrlimit

import pytest

from orch.session_server.segments import Mark
from orch.session_server.transcript import Transcript

CAP = 256 * 1024


def numbered(start: int, count: int) -> bytes:
    """Return lines that say where they are."""
    return b"".join(b"%015d\n" % n for n in range(start, start + count))


def read_all(transcript: Transcript, offset: int = 0) -> bytes:
    """Read what is kept from an offset on, in small pages."""
    data = b""
    while True:
        offset, page = transcript.read(offset, 1000)
        if not page:
            return data
        data += page
        offset += len(page)


def test_what_is_printed_is_read(tmp_path: Path) -> None:
    """Every offset gives the rest; beyond the end there is nothing."""
    transcript = Transcript(tmp_path, cap_bytes=CAP)
    for piece in (b"one", b"two", b"three"):
        assert transcript.append(piece)
    assert (transcript.first, transcript.end) == (0, 11)
    for offset in range(11):
        assert read_all(transcript, offset) == b"onetwothree"[offset:]
    assert transcript.read(11, 5) == transcript.read(99, 5) == (11, b"")
    assert transcript.tail(9, 5) == b"wothr"
    transcript.close()


def test_another_reads_what_was_written(tmp_path: Path) -> None:
    """A new server finds transcript, sizes and notes, and goes on at the end."""
    first = Transcript(tmp_path, cap_bytes=CAP)
    first.resized(24, 80)
    first.append(b"before")
    first.mark(Mark(kind="in", at=6, data=b"\x00\xff", id="m1", serial=1))
    first.close()
    second = Transcript(tmp_path, cap_bytes=CAP)
    second.append(b"after")
    assert read_all(second) == b"beforeafter"
    assert [(size.offset, size.rows, size.cols) for size in second.sizes] == [(0, 24, 80)]
    notes = [mark for mark in second.marks(0, 11) if mark.kind == "in"]
    assert [(note.at, note.data, note.id) for note in notes] == [(6, b"\x00\xff", "m1")]
    second.close()


def test_only_the_newest_part_is_kept(tmp_path: Path) -> None:
    """The files stay within the cap; offsets go on; what is gone is skipped."""
    transcript = Transcript(tmp_path, cap_bytes=CAP)
    for start in range(0, 200_000, 100):
        transcript.append(numbered(start, 100))
    assert transcript.end == 200_000 * 16
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= CAP
    assert transcript.end - transcript.first > CAP // 2
    at, data = transcript.read(0, 16)
    assert at == transcript.first
    assert data == numbered(at // 16, 1)[at % 16 :]
    assert read_all(transcript) == numbered(0, 200_000)[transcript.first :]
    transcript.close()


def test_notes_count_against_the_cap(tmp_path: Path) -> None:
    """Input without any output does not fill the disk."""
    transcript = Transcript(tmp_path, cap_bytes=CAP)
    for serial in range(1000):
        transcript.mark(Mark(kind="in", at=0, data=bytes(3000), serial=serial))
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= CAP + 16 * 1024
    serials = [mark.serial for mark in transcript.marks(0, 0)]
    assert serials[-1] == 999
    assert serials == sorted(serials)
    transcript.close()


@pytest.fixture
def small_files() -> Iterator[None]:
    """Let no file grow beyond 20,000 bytes, as a full disk would."""
    yield
    setrlimit(RLIMIT_FSIZE, (RLIM_INFINITY, RLIM_INFINITY))


@pytest.mark.usefixtures("small_files")
def test_a_full_disk_costs_output_not_the_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is lost is counted and noted; offsets stay true; the log goes on when there is room."""
    now = [0.0]
    monkeypatch.setattr("orch.session_server.transcript.time.monotonic", lambda: now[0])
    transcript = Transcript(tmp_path, cap_bytes=16 * 1024 * 1024)
    setrlimit(RLIMIT_FSIZE, (20_000, RLIM_INFINITY))
    assert transcript.append(b"a" * 15_000)
    assert not transcript.append(b"b" * 10_000)
    assert not transcript.append(b"c" * 10_000)
    assert transcript.trouble
    assert (transcript.end, transcript.lost_bytes) == (35_000, 15_000)
    # Whoever keeps up reads it from memory all the same.
    assert transcript.read(25_000, 10) == (25_000, b"c" * 10)
    setrlimit(RLIMIT_FSIZE, (RLIM_INFINITY, RLIM_INFINITY))
    now[0] += 2
    assert transcript.append(b"d" * 10)
    assert read_all(transcript) == b"a" * 15_000 + b"b" * 5_000 + b"d" * 10
    assert transcript.read(22_000, 5) == (35_000, b"ddddd")
    lost = [mark for mark in transcript.marks(0, transcript.end) if mark.kind == "lost"]
    assert [(mark.at, mark.n) for mark in lost] == [(20_000, 15_000)]
    transcript.close()
    again = Transcript(tmp_path, cap_bytes=CAP)
    assert (again.end, again.lost_bytes) == (35_010, 15_000)


def test_a_disk_that_stays_full_collects_no_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Trying again every second leaves no trail."""
    now = [0.0]
    monkeypatch.setattr("orch.session_server.transcript.time.monotonic", lambda: now[0])
    transcript = Transcript(tmp_path, cap_bytes=CAP)
    transcript.resized(24, 80)
    transcript.append(b"x" * 100)
    setrlimit(RLIMIT_FSIZE, (0, RLIM_INFINITY))
    try:
        for _ in range(50):
            now[0] += 2
            transcript.append(b"y" * 100)
    finally:
        setrlimit(RLIMIT_FSIZE, (RLIM_INFINITY, RLIM_INFINITY))
    assert (transcript.end, transcript.lost_bytes) == (5100, 5000)
    assert len(list(tmp_path.iterdir())) < 10
