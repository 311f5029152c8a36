"""Prove that a person's file is replaced whole, or stays as it was."""

import os
from pathlib import Path

import pytest

from orch.personal.failure import PersonalError
from orch.personal.files import LARGEST_BYTES, PersonalFile


def test_a_file_is_replaced_and_nothing_else_is_left(tmp_path: Path) -> None:
    """No draft stays behind."""
    file = PersonalFile(tmp_path / "deep" / "er" / "a.json")
    assert file.read() is None
    assert file.missing_folders() == [tmp_path / "deep", tmp_path / "deep" / "er"]
    file.write(b"one", over=None)
    file.write(b"two", over=b"one")
    assert file.read() == b"two"
    assert [path.name for path in file.path.parent.iterdir()] == ["a.json"]
    file.delete()
    file.delete()
    assert file.read() is None


def test_what_somebody_changed_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    """Their change wins; nothing of orch's is left."""
    file = PersonalFile(tmp_path / "a.json")
    file.path.write_bytes(b"theirs")
    with pytest.raises(PersonalError, match="somebody else"):
        file.write(b"ours", over=b"what it was")
    with pytest.raises(PersonalError, match="somebody else"):
        file.write(b"ours", over=None)
    assert file.read() == b"theirs"
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    """A folder, a pipe, a link into itself, a folder that is a file, something huge."""
    pipe, loop, huge = tmp_path / "pipe", tmp_path / "loop", tmp_path / "huge"
    os.mkfifo(pipe)
    loop.symlink_to(loop)
    with huge.open("wb") as file:
        file.truncate(LARGEST_BYTES + 1)
    for path in (tmp_path, pipe, loop, huge, huge / "below"):
        with pytest.raises(PersonalError):
            PersonalFile(path).read()


def test_a_link_to_nowhere_is_filled_where_it_leads(tmp_path: Path) -> None:
    """The link stays, and stays when the file is removed again."""
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "target")
    PersonalFile(link).write(b"x", over=None)
    assert (tmp_path / "target").read_bytes() == b"x"
    PersonalFile(link).delete()
    assert link.is_symlink()
    assert not (tmp_path / "target").exists()
