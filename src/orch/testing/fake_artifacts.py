"""Artifacts in memory, for simulations without a disk."""

from collections.abc import Sequence


class FakeArtifacts:
    """Implements `orch.ports.artifacts.Artifacts` in memory."""

    def __init__(self) -> None:
        """Keep nothing at first."""
        self.kept: dict[str, bytes] = {}

    def path(self, task_id: str, n: int, *, name: str) -> str:
        """Name an artifact; an empty name of a log lets fakes leave it unwritten."""
        return "" if name.endswith(".log") else f"{task_id}/{n}/{name}"

    def write(self, task_id: str, n: int, *, name: str, content: bytes) -> str:
        """Keep an artifact."""
        where = f"{task_id}/{n}/{name}"
        self.kept[where] = content
        return where

    def home(self, task_id: str, agent: str) -> str:
        """Name a folder."""
        return f"homes/{task_id}/{agent}"

    def place(
        self,
        files: Sequence[tuple[str, bytes]],
        *,
        copies: Sequence[tuple[str, str]] = (),
        links: Sequence[tuple[str, str]] = (),
    ) -> None:
        """Keep the files; there is nothing to copy or to link from."""
        del copies, links
        self.kept.update(files)

    def clear_homes(self, task_id: str) -> None:
        """Forget what was kept for a task's agents."""
        for name in [name for name in self.kept if name.startswith(f"homes/{task_id}/")]:
            del self.kept[name]

    def read(self, task_id: str, n: int, *, name: str, limit_bytes: int = 1_000_000) -> bytes:
        """Return the end of an artifact."""
        return self.kept.get(f"{task_id}/{n}/{name}", b"")[-limit_bytes:]
