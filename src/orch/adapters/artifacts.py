"""Artifacts in files below the home."""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Sequence
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
            _put(target, content)
        except OSError as error:
            raise Permanent(
                f"{name} of {task_id} can't be written: {error.strerror}",
                remedy=f"make room below {self._home.root}, then `orch task retry {task_id}`",
            ) from error
        return str(target)

    def home(self, task_id: str, agent: str) -> str:
        """Return the folder of a task's own in which an agent keeps its configuration."""
        folder = self._home.agents(task_id) / agent
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return str(folder)

    def place(
        self,
        files: Sequence[tuple[str, bytes]],
        *,
        copies: Sequence[tuple[str, str]] = (),
        links: Sequence[tuple[str, str]] = (),
    ) -> None:
        """Write, copy and link, for the owner only; an earlier file or link is replaced."""
        try:
            for target, content in files:
                _put(Path(target), content)
            for source, target in copies:
                with contextlib.suppress(FileNotFoundError):
                    _put(Path(target), Path(source).read_bytes())
            for source, target in links:
                _link(Path(source), Path(target))
        except OSError as error:
            raise Permanent(
                f"{error.filename or 'a file of the session'} can't be written: {error.strerror}",
                remedy=f"make room below {self._home.root}, then `orch task unblock`",
            ) from error

    def clear_homes(self, task_id: str) -> None:
        """Remove all folders that agents kept for a task."""
        shutil.rmtree(self._home.agents(task_id), ignore_errors=True)

    def read(self, task_id: str, n: int, *, name: str, limit_bytes: int = 1000000) -> bytes:
        """Return the end of an artifact; empty if there is none."""
        try:
            with Path(self.path(task_id, n, name=name)).open("rb") as file:
                size = file.seek(0, os.SEEK_END)
                file.seek(max(0, size - limit_bytes))
                return file.read(limit_bytes)
        except FileNotFoundError:
            return b""


def _put(target: Path, content: bytes) -> None:
    """Write a file at once, for its owner only."""
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    Path(draft).replace(target)


def _link(source: Path, target: Path) -> None:
    if not source.exists():
        return
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    target.unlink(missing_ok=True)
    target.symlink_to(source)
