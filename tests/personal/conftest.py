"""A person's home of the test's own, with the places and the memory that go with it."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from orch.personal.hooks import Hooks
from orch.personal.places import Places
from orch.personal.undo import Undo
from orch.system.paths import Home


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody whose configuration is changed."""

    home: Path

    @property
    def undo(self) -> Undo:
        """What orch remembers of it."""
        return Undo(Home(self.home / ".orch"))

    @property
    def places(self) -> Places:
        """Where their agents look."""
        return Places({"HOME": str(self.home), "PATH": "/nonexistent"})

    @property
    def hooks(self) -> Hooks:
        """Their hooks."""
        return Hooks(self.places, self.undo)

    def write(self, name: str, data: bytes) -> Path:
        """Give them a file."""
        path = self.home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return path

    def files(self) -> dict[str, bytes]:
        """Return all that is in their home beside orch's own, folders with nothing in them too."""
        return {
            str(path.relative_to(self.home)): path.read_bytes() if path.is_file() else b"(folder)"
            for path in sorted(self.home.rglob("*"))
            if ".orch" not in path.relative_to(self.home).parts[0]
        }


@pytest.fixture
def ada(tmp_path: Path) -> Person:
    """Give a person whose home is empty."""
    home = tmp_path / "ada"
    home.mkdir()
    return Person(home)
