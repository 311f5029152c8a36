"""Reads and replaces a person's file: whole or not at all, its mode kept, links followed."""

import contextlib
import os
import secrets
import stat
from dataclasses import dataclass
from pathlib import Path

from orch.personal.failure import PersonalError

LARGEST_BYTES = 8 * 1024 * 1024
"""No configuration is longer; what is, is something else."""


@dataclass(frozen=True, slots=True)
class PersonalFile:
    """One file in a person's home, which may not be there yet."""

    path: Path

    @property
    def real(self) -> Path:
        """The file itself, where the path leads by links: dotfiles are often linked."""
        return Path(os.path.realpath(self.path))

    @property
    def name(self) -> str:
        """What to call it; bytes that are no text are shown as question marks."""
        return str(self.path).encode("utf-8", "replace").decode()

    def read(self) -> bytes | None:
        """Return what is in it; None if it is not there. Raises `PersonalError`."""
        try:
            if not stat.S_ISREG(self.real.stat().st_mode):
                raise PersonalError(f"{self.name} is no ordinary file; nothing was changed")
            with self.real.open("rb") as file:
                data = file.read(LARGEST_BYTES + 1)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _refusal(self.name, "read", error=error) from error
        if len(data) > LARGEST_BYTES:
            raise PersonalError(f"{self.name} is too long to be settings; nothing was changed")
        return data

    def text(self) -> str | None:
        """Return what is in it as text, line ends as they are. Raises `PersonalError`."""
        data = self.read()
        try:
            return None if data is None else data.decode()
        except UnicodeDecodeError:
            raise PersonalError(f"{self.name} is no text in UTF-8; nothing was changed") from None

    def missing_folders(self) -> list[Path]:
        """List the folders that would have to be made for it, the outermost first."""
        return [folder for folder in reversed(self.real.parents) if not folder.exists()]

    def write(self, data: bytes, *, over: bytes | None) -> None:
        """Replace it, or make it; `over` is what was read before.

        Readers see the old content or the new one, also after a power cut. Raises
        `PersonalError`, and then it is as it was: if it can't be written, or if somebody else
        has changed it meanwhile.
        """
        real = self.real
        draft = real.with_name(f".{real.name}.{secrets.token_hex(4)}")
        try:
            real.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._draft(draft, data)
            if self.read() != over:
                raise PersonalError(
                    f"{self.name} was changed by somebody else meanwhile", then="run it again"
                )
            draft.replace(real)
            _sync_folder(real.parent)
        except OSError as error:
            raise _refusal(self.name, "written", error=error) from error
        finally:
            with contextlib.suppress(OSError):
                draft.unlink()

    def _draft(self, draft: Path, data: bytes) -> None:
        with draft.open("xb") as file:
            try:
                like = self.real.stat()
                os.fchmod(file.fileno(), stat.S_IMODE(like.st_mode))
                if (like.st_uid, like.st_gid) != (os.geteuid(), os.getegid()):
                    with contextlib.suppress(OSError):
                        os.fchown(file.fileno(), like.st_uid, like.st_gid)
            except FileNotFoundError:
                os.fchmod(file.fileno(), 0o600)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())

    def delete(self) -> None:
        """Remove it, which orch made. Raises `PersonalError`."""
        try:
            self.real.unlink(missing_ok=True)
            _sync_folder(self.real.parent)
        except FileNotFoundError:
            return
        except OSError as error:
            raise _refusal(self.name, "removed", error=error) from error


def _sync_folder(folder: Path) -> None:
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def _refusal(name: str, what: str, *, error: OSError) -> PersonalError:
    why = error.strerror or str(error)
    return PersonalError(f"{name} can't be {what}: {why}; it is as it was")
