"""Prove that each line of a gate's log is told to be of the one who printed it."""

from pathlib import Path

import pytest

from orch.adapters.gates.log import GateLog


def test_lines_of_several_don_t_mix(tmp_path: Path) -> None:
    """Who is interrupted in mid-line goes on in a line of its own, under its own number."""
    log = GateLog(tmp_path / "log", cap_bytes=1_000_000)
    one, two = log.begin(["a", "b"])
    one.write(b"half")
    one.write(b" a line\nand a")
    two.write(b"whole\n\n")
    one.write(b" rest\n")
    two.write(b"no end")
    log.note("red")
    told = (tmp_path / "log").read_text()
    assert told == (
        "\n$ [1] a\n$ [2] b\n"
        "[1] half a line\n[1] and a\n[2] whole\n[2] \n[1]  rest\n[2] no end\n# red\n"
    )


def test_one_alone_is_written_as_it_comes(tmp_path: Path) -> None:
    """Every byte, and nothing else."""
    log = GateLog(tmp_path / "log", cap_bytes=1_000_000)
    (one,) = log.begin(["a"])
    assert one.write(b"\xff\r\n\n") + one.write(b"x\ny") == 7
    assert (tmp_path / "log").read_bytes() == b"\n$ a\n\xff\r\n\nx\ny"


def test_the_room_is_shared_but_never_nothing(tmp_path: Path) -> None:
    """What has been printed leaves less to those who come later."""
    log = GateLog(tmp_path / "log", cap_bytes=400_000)
    assert [one.room_bytes for one in log.begin(["a", "b"])] == [200_000] * 2
    log.add(b"x" * 400_000)
    assert [one.room_bytes for one in log.begin(["c"])] == [64 * 1024]


def test_a_removed_log_is_not_made_anew(tmp_path: Path) -> None:
    """Half of the evidence would look like all of it."""
    log = GateLog(tmp_path / "log", cap_bytes=1_000_000)
    (tmp_path / "log").unlink()
    with pytest.raises(FileNotFoundError):
        log.note("red")
