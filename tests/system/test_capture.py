"""A capture keeps both ends of an output, whatever the pieces it comes in."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from orch.system.capture import Capture


@given(st.lists(st.binary(max_size=40)), st.integers(min_value=2, max_value=64))
def test_both_ends_are_kept(pieces: list[bytes], cap: int) -> None:
    """What fits is kept whole; else the first and the last half of the cap are."""
    capture, whole = Capture(cap), b"".join(pieces)
    for piece in pieces:
        capture.take(piece)
    assert capture.size_bytes == len(whole)
    if len(whole) <= cap:
        assert capture.data == whole
        assert not capture.truncated
    else:
        assert capture.data.startswith(whole[: cap // 2])
        assert capture.data.endswith(whole[-(cap - cap // 2) :])
        assert b" %d bytes left out " % (len(whole) - cap) in capture.data
        assert capture.truncated


def test_a_log_is_written_while_it_comes(tmp_path: Path) -> None:
    """The beginning is in the file at once, the end when it is closed."""
    log = tmp_path / "log"
    capture = Capture(4, log=log, log_cap_bytes=8)
    capture.take(b"0123456789")
    assert log.read_bytes() == b"0123"
    capture.close()
    assert log.read_bytes() == b"0123\n[... 2 bytes left out ...]\n6789"
    assert capture.log_error == ""


def test_a_full_disk_is_told() -> None:
    """The log is given up; the memory goes on."""
    capture = Capture(100, log=Path("/dev/full"), log_cap_bytes=100)
    capture.take(b"one")
    capture.take(b"two")
    capture.close()
    assert capture.data == b"onetwo"
    assert "space" in capture.log_error
