"""Artifacts in memory, for simulations without a disk."""


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

    def read(self, task_id: str, n: int, *, name: str, limit_bytes: int = 1_000_000) -> bytes:
        """Return the end of an artifact."""
        return self.kept.get(f"{task_id}/{n}/{name}", b"")[-limit_bytes:]
