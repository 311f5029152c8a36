"""Prove that a file of orch's own is kept up to date, and a person's edits are theirs."""

from pathlib import Path

import pytest

from orch.personal.failure import PersonalError
from orch.personal.files import PersonalFile
from orch.personal.undo import Undo
from orch.personal.whole import State, Whole
from orch.system.paths import Home


@pytest.fixture
def undo(tmp_path: Path) -> Undo:
    """Give a memory."""
    return Undo(Home(tmp_path / "home"))


def whole(tmp_path: Path, undo: Undo, content: bytes = b"one") -> Whole:
    """Speak of one file."""
    return Whole(PersonalFile(tmp_path / "skills" / "a.md"), content, undo)


def test_it_comes_and_goes(tmp_path: Path, undo: Undo) -> None:
    """With the folder that was made for it."""
    one = whole(tmp_path, undo)
    assert one.look() is State.ABSENT
    assert one.install()
    assert not one.install()
    assert one.look() is State.INSTALLED
    assert one.uninstall()
    assert not one.uninstall()
    assert not (tmp_path / "skills").exists()


def test_an_old_one_is_renewed(tmp_path: Path, undo: Undo) -> None:
    """As long as nobody has edited it."""
    whole(tmp_path, undo).install()
    new = whole(tmp_path, undo, b"two")
    assert new.look() is State.OLD
    assert new.install()
    assert new.look() is State.INSTALLED
    assert new.uninstall()


@pytest.mark.parametrize("edited", [True, False])
def test_what_a_person_wrote_is_not_overwritten(
    tmp_path: Path, undo: Undo, *, edited: bool
) -> None:
    """Unless they say so; and then it is kept, and comes back."""
    one = whole(tmp_path, undo)
    if edited:
        one.install()
    one.file.real.parent.mkdir(exist_ok=True)
    one.file.path.write_bytes(b"mine")
    with pytest.raises(PersonalError, match="stays as it is"):
        one.install()
    assert one.file.read() == b"mine"
    if edited:
        with pytest.raises(PersonalError):
            one.uninstall()
    else:
        assert not one.uninstall()
    assert one.install(force=True)
    assert (tmp_path / "skills" / "a.md.yours").read_bytes() == b"mine"
    assert one.uninstall()
    assert one.file.read() == b"mine"
    assert [path.name for path in (tmp_path / "skills").iterdir()] == ["a.md"]


def test_a_damaged_memory_forgets_and_breaks_nothing(tmp_path: Path, undo: Undo) -> None:
    """What it can't read it takes for nothing."""
    whole(tmp_path, undo).install()
    for record in (tmp_path / "home" / "personal").iterdir():
        record.write_bytes(b"{broken")
    assert whole(tmp_path, undo).look() is State.INSTALLED
    assert whole(tmp_path, undo, b"two").look() is State.FOREIGN
    assert whole(tmp_path, undo).uninstall()
