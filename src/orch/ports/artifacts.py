"""Artifacts: the files of an attempt, kept for people and for the next attempt."""

from collections.abc import Sequence
from typing import Protocol


class Artifacts(Protocol):
    """Keeps each attempt's prompt, command, result and logs on the attempt's host."""

    def path(self, task_id: str, n: int, *, name: str) -> str:
        """Return where an artifact stands or will stand."""
        ...

    def write(self, task_id: str, n: int, *, name: str, content: bytes) -> str:
        """Keep an artifact, replacing an earlier one of this name at once; return its path.

        Raises `Permanent` when the disk is full.
        """
        ...

    def home(self, task_id: str, agent: str) -> str:
        """Return the folder of a task's own in which an agent keeps its configuration."""
        ...

    def place(
        self,
        files: Sequence[tuple[str, bytes]],
        *,
        copies: Sequence[tuple[str, str]] = (),
        links: Sequence[tuple[str, str]] = (),
    ) -> None:
        """Write files (path, content), copy or link others (from, to), for their owner only.

        What is to be copied or linked and is not there is passed over. Raises `Permanent` when
        the disk is full.
        """
        ...

    def clear_homes(self, task_id: str) -> None:
        """Remove all folders that agents kept for a task."""
        ...

    def read(self, task_id: str, n: int, *, name: str, limit_bytes: int = 1000000) -> bytes:
        """Return the end of an artifact; empty if there is none."""
        ...
