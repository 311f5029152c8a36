"""Puts a file of orch's own into a person's home, and removes it; what they edited is theirs."""

import contextlib
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from orch.personal.failure import PersonalError
from orch.personal.files import PersonalFile
from orch.personal.undo import Record, Undo, digest


class State(StrEnum):
    """How a file of orch's stands in a person's home.

    `OLD`: orch wrote it and it is unchanged since, but today it would say something else.
    `EDITED`: orch wrote it, and somebody has changed it. `FOREIGN`: orch did not write it.
    """

    ABSENT = "absent"
    INSTALLED = "installed"
    OLD = "old"
    EDITED = "edited"
    FOREIGN = "foreign"


@dataclass(frozen=True, slots=True)
class Whole:
    """One file that is all orch's, with the content that it should have.

    `remedy` is what a person can do who wants it in spite of what stands there.
    """

    file: PersonalFile
    content: bytes
    undo: Undo
    remedy: str = ""

    def look(self) -> State:
        """Say how it stands. Raises `PersonalError`."""
        data, record = self.file.read(), self.undo.load(self.file)
        if data is None:
            return State.ABSENT
        if data == self.content:
            return State.INSTALLED
        if record is None:
            return State.FOREIGN
        return State.OLD if record.after == digest(data) else State.EDITED

    def refuse(self) -> None:
        """Raise `PersonalError` if somebody else's words stand in its place."""
        state = self.look()
        if state in {State.EDITED, State.FOREIGN}:
            whose = "was edited" if state is State.EDITED else "is not orch's"
            raise PersonalError(f"{self.file.name} {whose}; it stays as it is", then=self.remedy)

    def install(self, *, force: bool = False) -> bool:
        """Write it; tell whether anything had to be changed.

        Raises `PersonalError` for a file that is edited or somebody else's, unless by `force`:
        then that one is kept beside it, and comes back by `uninstall`.
        """
        state = self.look()
        if state is State.INSTALLED:
            return False
        if not force:
            self.refuse()
        before = self.undo.load(self.file)
        moved = before.moved if before else ""
        if state in {State.EDITED, State.FOREIGN}:
            moved = self._move_aside()
        self.undo.note_folders(self.file.missing_folders())
        record = Record(path=self.file.name, before=None, after=digest(self.content), moved=moved)
        self.undo.save(self.file, record)
        self.file.write(self.content, over=self.file.read())
        return True

    def uninstall(self, *, force: bool = False) -> bool:
        """Remove it; tell whether it was there. An edited one stays, unless by `force`."""
        state, record = self.look(), self.undo.load(self.file)
        if state is State.ABSENT or (state is State.FOREIGN and not force):
            return False
        if not force:
            self.refuse()
        self.file.delete()
        if record and record.moved:
            with contextlib.suppress(OSError):
                Path(record.moved).rename(self.file.real)
        self.undo.forget(self.file)
        self.undo.clear_folders()
        return True

    def _move_aside(self) -> str:
        """Copy what stands there to a free name beside it; return that name."""
        real, data = self.file.real, self.file.read()
        names = (real.with_name(f"{real.name}.yours{n or ''}") for n in range(1000))
        place = PersonalFile(next(name for name in names if not name.exists()))
        place.write(data or b"", over=None)
        return str(place.path)
