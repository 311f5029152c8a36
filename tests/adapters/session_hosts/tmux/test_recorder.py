"""Prove that the recorder keeps the newest output within its cap, and counts what is lost."""

import socket
from contextlib import closing
from itertools import pairwise
from pathlib import Path

from orch.adapters.session_hosts.tmux.kept import Kept
from orch.adapters.session_hosts.tmux.recorder import Bell, Recorder
from orch.session_server.segments import find_segments

CAP = 1024 * 1024


def test_the_newest_output_is_kept_within_the_cap(tmp_path: Path) -> None:
    """Offsets count all that came; what is kept has no gap."""
    recorder, kept = Recorder(tmp_path, cap_bytes=CAP), Kept(tmp_path)
    piece = bytes(range(256)) * 256
    for _ in range(40):
        assert recorder.take(piece) == ""
    first, end = kept.span()
    assert end == recorder.end == 40 * len(piece)
    assert first > 0
    assert end - first <= CAP
    segments = find_segments(tmp_path)
    assert all(a.end == b.start for a, b in pairwise(segments))
    assert kept.read(first, 256).data == piece[:256]
    assert kept.read(-3, 100).data == piece[-3:]


def test_another_recorder_goes_on(tmp_path: Path) -> None:
    """At the offset to which the one before it had come."""
    Recorder(tmp_path, cap_bytes=CAP).take(b"one ")
    Recorder(tmp_path, cap_bytes=CAP).take(b"two")
    assert Kept(tmp_path).read(0, 100).data == b"one two"
    assert Kept(tmp_path).read(2, 4).data == b"e tw"


def test_what_the_disk_does_not_take_is_counted(tmp_path: Path) -> None:
    """It leaves a gap of its length, with a reason; recording goes on."""
    folder = tmp_path / "away"
    recorder, kept = Recorder(folder, cap_bytes=CAP), Kept(folder)
    assert "No such file" in recorder.take(b"lost")
    folder.mkdir()
    recorder.retry_at = 0.0
    assert recorder.take(b"kept") == ""
    assert kept.lost_bytes() == 4
    page = kept.read(0, 100)
    assert (page.offset, page.data, page.end) == (4, b"kept", 8)


def test_a_busy_daemon_is_told_later(tmp_path: Path) -> None:
    """Its queue is full: that is told, so that the recorder asks again; nobody there is no wait."""
    path = str(tmp_path / "bell")
    with closing(Bell(path)) as bell, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as daemon:
        assert bell.ring("grew t1.1")
        daemon.bind(path)
        rings = 0
        while bell.ring("grew t1.1"):
            rings += 1
        assert rings
        assert daemon.recv(100) == b"grew t1.1"
        assert bell.ring("grew t1.1")
