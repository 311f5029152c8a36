"""Remembers what orch changed in a person's files, so that it can be taken back to the byte.

The records hold what orch itself wrote and hashes of the rest: a person's settings may carry
secrets, and no copy of them is made.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from orch.personal.files import PersonalFile
from orch.personal.splice import Splice
from orch.system.paths import Home


def digest(data: bytes) -> str:
    """Return the hash by which content is known again."""
    return hashlib.sha256(data).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One change: the hashes before (None: no such file) and after, and what was spliced in.

    `moved` is the name that a file of the person's was given, to make room.
    """

    path: str
    before: str | None
    after: str
    splices: tuple[Splice, ...] = ()
    moved: str = ""


@dataclass(frozen=True, slots=True)
class Undo:
    """The records of one $ORCH_HOME, a file each."""

    home: Home

    def load(self, file: PersonalFile) -> Record | None:
        """Return what is remembered of a file; None if nothing is, or the record is damaged."""
        try:
            return msgspec.json.decode(self._place(file).read() or b"", type=Record)
        except msgspec.MsgspecError:
            return None

    def save(self, file: PersonalFile, record: Record) -> None:
        """Remember a change; written before the change is made. Raises `PersonalError`."""
        self._store(self._place(file), record)

    def forget(self, file: PersonalFile) -> None:
        """Forget a file whose change was taken back."""
        self._place(file).delete()

    def note_folders(self, folders: Sequence[Path]) -> None:
        """Remember folders that are about to be made for orch's files."""
        if folders:
            known = self._folders()
            self._store(self._made, sorted({*known, *map(str, folders)}))

    def clear_folders(self) -> None:
        """Remove the folders that were made for orch's files and are empty now."""
        known = self._folders()
        for folder in sorted(known, key=len, reverse=True):  # The innermost first.
            try:
                Path(folder).rmdir()
            except FileNotFoundError:
                pass
            except OSError:
                continue
            known.remove(folder)
        if self._made.path.exists():
            self._store(self._made, known)

    def _folders(self) -> list[str]:
        try:
            return msgspec.json.decode(self._made.read() or b"[]", type=list[str])
        except msgspec.MsgspecError:
            return []

    @property
    def _made(self) -> PersonalFile:
        return PersonalFile(self.home.root / "personal" / "folders.json")

    def _place(self, file: PersonalFile) -> PersonalFile:
        name = digest(str(file.real).encode("utf-8", "surrogateescape"))[:24]
        return PersonalFile(self.home.root / "personal" / f"{name}.json")

    def _store(self, place: PersonalFile, value: object) -> None:
        self.home.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        place.write(msgspec.json.encode(value) + b"\n", over=place.read())
