"""Prove that only reports which a command has written itself say what failed in it."""

import os
from pathlib import Path

import pytest

from orch.adapters.gates.reports import collect
from orch.adapters.gates.reports.collect import Reports, join, open_reports
from orch.adapters.gates.reports.names import Unreadable
from orch.system.run import Completed

FAILED = '<testsuite><testcase classname="t" name="a"><failure/></testcase></testsuite>'


def reports(root: Path, *names: str) -> Reports:
    """Open the reports of a checkout."""
    return open_reports(root, names or ("junit:out/*.xml", "lines:ruff"), scratch=root / "tmp")


def done(output: bytes = b"", *, code: int | None = 1, truncated: bool = False) -> Completed:
    """End a command like that."""
    signal = None if code is not None else 9
    return Completed(argv=("x",), code=code, signal=signal, stdout=output, truncated=truncated)


def write(path: Path, text: str = FAILED) -> None:
    """Write a report."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_what_is_written_and_printed_counts(tmp_path: Path) -> None:
    """Of files and of lines together."""
    opened = reports(tmp_path)
    before = opened.stamp()
    write(tmp_path / "out" / "1.xml")
    printed = b"\x1b[1ma.py\x1b[0m:1:2: F401 unused\n"
    assert opened.failures([done(printed)], before=before) == ["t a", "a.py F401 unused"]


def test_an_older_report_says_nothing(tmp_path: Path) -> None:
    """One of a command before, or of the tree itself, explains no failure; written anew it does."""
    write(tmp_path / "out" / "1.xml")
    opened = reports(tmp_path)
    before = opened.stamp()
    with pytest.raises(Unreadable, match="no report"):
        opened.failures([done()], before=before)
    os.utime(tmp_path / "out" / "1.xml", ns=(1, 1))
    assert opened.failures([done()], before=before) == ["t a"]


@pytest.mark.parametrize("code", [None, 137, 139])
def test_a_killed_command_names_nothing(tmp_path: Path, code: int | None) -> None:
    """Its report may be only half of what it would have found."""
    opened = reports(tmp_path)
    write(tmp_path / "out" / "1.xml")
    with pytest.raises(Unreadable, match="killed"):
        opened.failures([done(code=code)], before={})


def test_one_bad_report_spoils_all(tmp_path: Path) -> None:
    """What the other names may not be all."""
    opened = reports(tmp_path)
    write(tmp_path / "out" / "1.xml")
    write(tmp_path / "out" / "2.xml", FAILED[:20])
    with pytest.raises(Unreadable, match=r"out/2\.xml"):
        opened.failures([done()], before={})


def test_output_that_was_cut_is_not_read(tmp_path: Path) -> None:
    """Findings may be in what is missing."""
    with pytest.raises(Unreadable, match="too much"):
        reports(tmp_path).failures([done(b"a.py:1:1: F401 x\n", truncated=True)], before={})


def test_only_files_below_the_checkout_are_read(tmp_path: Path) -> None:
    """Links and pipes lead elsewhere or nowhere; opening one would hang."""
    root, other = tmp_path / "w", tmp_path / "other"
    write(other / "1.xml")
    (root / "out").mkdir(parents=True)
    (root / "out" / "link.xml").symlink_to(other / "1.xml")
    os.mkfifo(root / "out" / "pipe.xml")
    (root / "away").symlink_to(other)
    opened = reports(root, "junit:out/*.xml", "junit:away/*.xml")
    assert opened.stamp() == {}


def test_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Too many failures, too many files, too large a file."""
    write(tmp_path / "out" / "1.xml")
    write(tmp_path / "out" / "2.xml")
    for bound, value in (("MOST", 1), ("_MOST_FILES", 1), ("_LARGEST_BYTES", 8)):
        with monkeypatch.context() as patch:
            patch.setattr(collect, bound, value)
            with pytest.raises(Unreadable):
                reports(tmp_path).failures([done()], before={})


def test_what_failed_in_several_commands_is_put_together() -> None:
    """Equal names are numbered, in an order that does not depend on the run's."""
    assert join([["b", "a"], ["a"]]) == ("a", "b", "a #2")
