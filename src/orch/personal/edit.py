"""Puts orch's part into a file that is the person's, and takes it back to the byte."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from orch.personal.failure import PersonalError
from orch.personal.files import PersonalFile
from orch.personal.splice import Splice, apply
from orch.personal.undo import Record, Undo, digest


class Form(Protocol):
    """What orch's part of a kind of file looks like, and how it is found again."""

    @property
    def empty(self) -> str:
        """The text of a file of this kind that holds nothing."""
        ...

    def check(self, text: str, *, name: str) -> None:
        """Refuse a text that is no such file. Raises `PersonalError`."""
        ...

    def is_complete(self, text: str) -> bool:
        """Tell whether orch's part is there, as it should be today."""
        ...

    def insert(self, text: str) -> Sequence[Splice]:
        """Return the changes that put orch's part into a text that has none of it."""
        ...

    def strip(self, text: str) -> str:
        """Take out whatever is orch's; all else stays as it was written."""
        ...

    def is_void(self, text: str) -> bool:
        """Tell whether nothing of anybody's is in it."""
        ...


@dataclass(frozen=True, slots=True)
class Part:
    """Orch's part of one file."""

    file: PersonalFile
    form: Form
    undo: Undo

    def look(self) -> str:
        """Say how it stands: absent, partly or installed. Raises `PersonalError`."""
        text = self.file.text()
        if text is None or not text.strip():
            return "absent"
        self.form.check(text, name=self.file.name)
        if self.form.is_complete(text):
            return "installed"
        return "absent" if self.form.strip(text) == text else "partly"

    def refuse(self) -> None:
        """Raise `PersonalError` if the file can't be changed as it stands."""
        self.look()

    def install(self) -> bool:
        """Put it there; tell whether anything had to be changed. Raises `PersonalError`."""
        text = self.file.text()
        if self.look() == "installed":
            return False
        base = self._without(text) if text is not None else None
        splices = self._splices(base)
        new = apply(base or "", splices)
        if not self.form.is_complete(new) or self.form.strip(new) == new:
            raise PersonalError(f"{self.file.name} is written in a way that orch can't extend")
        record = Record(
            path=self.file.name,
            before=None if base is None else digest(base.encode()),
            after=digest(new.encode()),
            splices=tuple(splices),
        )
        self.undo.note_folders(self.file.missing_folders())
        self.undo.save(self.file, record)
        self.file.write(new.encode(), over=None if text is None else text.encode())
        return True

    def _splices(self, base: str | None) -> list[Splice]:
        if base is not None and base.strip():
            return list(self.form.insert(base))
        # An empty file is taken for one that was never written.
        fresh = Splice(0, base or "", self.form.empty)
        return [fresh, *self.form.insert(self.form.empty)]

    def uninstall(self) -> bool:
        """Take it back; tell whether anything was there. Raises `PersonalError`."""
        text = self.file.text()
        if text is None or self.look() == "absent":
            return False
        before = self._without(text)
        if before is None:
            self.file.delete()
        else:
            self.file.write(before.encode(), over=text.encode())
        self.undo.forget(self.file)
        self.undo.clear_folders()
        return True

    def _without(self, text: str) -> str | None:
        """Return the text as it was before; None if there was no file.

        Exactly so if nobody has changed it since; otherwise orch's part is taken out of it.
        """
        if not text.strip():
            return text
        record, stripped = self.undo.load(self.file), self.form.strip(text)
        if record is None:
            return stripped
        if record.before is None:
            return None if self.form.is_void(stripped) else stripped
        if record.after != digest(text.encode()):
            return stripped
        before = apply(text, [splice.inverse() for splice in reversed(record.splices)])
        return before if digest(before.encode()) == record.before else stripped
