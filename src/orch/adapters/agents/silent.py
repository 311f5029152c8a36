"""The reader of a program that nothing is known of: it shows only that it prints, or doesn't."""

from collections.abc import Sequence

from orch.core.signs import Sign
from orch.ports.agent import HookRecord, Reply, Writing
from orch.ports.session_host import Screen, Stretch


class SilentReader:
    """Reads nothing and says nothing; other readers begin with it and add what they can."""

    speaks: bool = False

    def read(self, stretch: Stretch, *, at: float) -> Sequence[Sign]:
        """Find no sign in bytes."""
        del stretch, at
        return ()

    def look(self, screen: Screen, *, at: float) -> Sequence[Sign]:
        """Find no sign on a screen."""
        del screen, at
        return ()

    def hook(self, record: HookRecord) -> Sequence[Sign]:
        """Find no sign in what a hook told."""
        del record
        return ()

    def replies(self) -> Sequence[Reply]:
        """Want nothing written."""
        return ()

    def say(self, text: str, *, ref: str) -> Writing | None:
        """Refuse: nothing is known of how the program takes input."""
        del text, ref
        return None

    def answer(self, ref: str, *, choice: str, text: str = "") -> Writing | None:
        """Refuse: it never asks."""
        del ref, choice, text
        return None

    def interrupt(self) -> Writing | None:
        """Refuse: nothing is known of how a turn of it is broken off."""

    def close(self) -> Writing | None:
        """Leave it alone: it exits by itself."""
