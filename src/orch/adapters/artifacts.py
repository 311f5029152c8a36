"""Artifacts in files below the home."""

import os
import tempfile
from pathlib import Path

from orch.ports.errors import Permanent
from orch.system.paths import Home


class LocalArtifacts:
    """Keep artifacts under `$ORCH_HOME/attempts/<task>/<n>/`."""

    def __init__(self, home: Home) -> None:
        """Keep them in this home."""
        self._home = home

    def path(self, task_id: str, n: int, *, name: str) -> str:
        """Return where an artifact stands or will stand."""
        folder = self._home.attempt(task_id, n)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return str(folder / name)

    def write(self, task_id: str, n: int, *, name: str, content: bytes) -> str:
        """Keep an artifact; a reader sees the old one or the new one, never a part."""
        try:
            target = Path(self.path(task_id, n, name=name))
            handle, draft = tempfile.mkstemp(dir=target.parent, prefix=f".{name}.")
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            Path(draft).replace(target)
        except OSError as error:
            raise Permanent(
                f"{name} of {task_id} can't be written: {error.strerror}",
                remedy=f"make room below {self._home.root}, then `orch task retry {task_id}`",
            ) from error
        return str(target)

    def read(self, task_id: str, n: int, *, name: str, limit_bytes: int = 1000000) -> bytes:
        """Return the end of an artifact; empty if there is none."""
        try:
            with Path(self.path(task_id, n, name=name)).open("rb") as file:
                size = file.seek(0, os.SEEK_END)
                file.seek(max(0, size - limit_bytes))
                return file.read(limit_bytes)
        except FileNotFoundError:
            return b""
