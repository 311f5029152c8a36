"""Artifacts: the files of an attempt, kept for people and for the next attempt."""

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

    def read(self, task_id: str, n: int, *, name: str, limit_bytes: int = 1000000) -> bytes:
        """Return the end of an artifact; empty if there is none."""
        ...
