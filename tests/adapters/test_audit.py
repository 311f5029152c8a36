"""Prove that the log survives crashes and rotation, and that its walk finds tampering."""

from pathlib import Path

import pytest

from orch.adapters.audit import HEAD, AuditLog
from orch.core.audit import Break, Command, Link


def commands(count: int, *, method: str = "task.add") -> list[Command]:
    """Make some commands."""
    return [
        Command(at=float(n), actor="person:ada", method=method, outcome="ok") for n in range(count)
    ]


@pytest.fixture
def log(tmp_path: Path) -> AuditLog:
    """Give a log that begins a new file soon."""
    return AuditLog(tmp_path / "audit", rotate_bytes=2000)


def test_an_empty_log_holds(log: AuditLog) -> None:
    """Nothing was changed yet, and nothing was removed."""
    seen = log.verify()
    assert (seen.entries, seen.fault) == (0, None)
    assert log.tail(5) == log.since(0) == []


def test_the_chain_goes_on_over_files_and_restarts(log: AuditLog) -> None:
    """Each append by another process, over several files."""
    for _ in range(20):
        AuditLog(log.folder, rotate_bytes=2000).append(commands(2))
    assert len(log.files()) > 2
    assert (log.folder.stat().st_mode & 0o777, log.files()[0].stat().st_mode & 0o777) == (
        0o700,
        0o600,
    )
    assert log.verify().entries == 40
    assert log.verify(newest_only=True).fault is None
    assert [entry.seq for entry in log.tail(25)] == list(range(16, 41))
    assert [entry.seq for entry in log.since(13)] == list(range(14, 41))


def test_half_a_line_is_set_aside(log: AuditLog) -> None:
    """A crash in the middle of a write: told in an entry, kept in a file, no break."""
    log.append(commands(3))
    with log.files()[0].open("ab") as file:
        file.write(b'{"actor":"person:ada","at":3.0,"ha')
    again = AuditLog(log.folder)
    again.append(commands(1))
    seen = again.verify()
    assert (seen.entries, seen.fault, len(seen.torn)) == (5, None, 1)
    assert Path(seen.torn[0]).read_bytes().startswith(b'{"actor"')
    assert [entry.method for entry in again.tail(2)] == ["audit.torn", "task.add"]


def test_a_cut_at_the_end_is_found_and_stays_visible(log: AuditLog) -> None:
    """The head is remembered elsewhere; what comes later does not cover it up."""
    log.append(commands(5))
    path = log.files()[0]
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:3]))
    seen = log.verify()
    assert seen.fault is not None
    assert (seen.fault.kind, seen.fault.seq, seen.entries) == (Break.TRUNCATED, 4, 3)
    AuditLog(log.folder).append(commands(1))
    later = log.verify()
    assert later.fault is not None
    assert (later.fault.kind, later.fault.why) == (Break.DELETED, "missing: 4 to 5")


def test_an_edit_is_found_with_its_place(log: AuditLog) -> None:
    """In which file, in which line."""
    log.append(commands(5))
    path = log.files()[0]
    path.write_bytes(path.read_bytes().replace(b"person:ada", b"person:eve", 1))
    seen = log.verify()
    assert seen.fault is not None
    assert (seen.fault.kind, seen.line, seen.file) == (Break.EDITED, 1, str(path))
    assert AuditLog(log.folder).append(commands(1)).seq == 6


def test_a_head_that_somebody_noted_must_be_there(log: AuditLog) -> None:
    """Who replaces log and head together is found out by a head that was noted elsewhere."""
    noted = log.append(commands(3))
    for path in (*log.files(), log.folder / HEAD):
        path.unlink()
    AuditLog(log.folder).append(commands(4, method="task.cancel"))
    assert log.verify().fault is None
    seen = log.verify(noted=noted)
    assert seen.fault is not None
    assert seen.fault.kind is Break.REPLACED
    assert log.verify(noted=Link(9, noted.hash)).fault is not None


def test_a_failed_write_leaves_nothing(log: AuditLog, tmp_path: Path) -> None:
    """It says so, and the next one goes on."""
    log.folder.write_text("in the way")
    with pytest.raises(OSError, match="exists"):
        log.append(commands(1))
    log.folder.unlink()
    assert log.append(commands(1)).seq == 1
    assert tmp_path.exists()
