"""A terminal without a window: what a session's output looks like, as text, redraw or snapshot."""

# The library carries no types of its own; its values are converted where they leave this file.
# mypy: disable-error-code="attr-defined, no-untyped-call"

from pyghostty import ffi

from orch.session_server.ghostty import Ghost
from orch.session_server.skimming import MARGINS, skim

_FOREGROUND, _BACKGROUND = (229, 229, 229), (17, 17, 17)
"""Programs that ask for colours are told of a dark terminal; silence makes some of them wait."""

_LEAVE_ALTERNATE = b"\x1b[?1049l"
_AFRESH = b"\x1b[?1049l\x1b[?6l\x1b[?69l\x1b[r\x1b[0m\x1b[?7h\x1b[4l\x1b[H\x1b[2J"
"""Whatever a viewer's terminal showed before: one screen, no margins, nothing on it."""

_SIDE_MARGINS = 69
_GRAPHICS_REPLY = b"\x1b_G"


class Emulator:
    """Follows one terminal's output."""

    def __init__(self, ghost: Ghost) -> None:
        self._ghost = ghost
        ghost.keep_continuation()

    @classmethod
    def blank(cls, *, rows: int, cols: int) -> "Emulator":
        """Make one that has seen nothing."""
        return cls(Ghost(cols, rows, scrollback=0, fg=_FOREGROUND, bg=_BACKGROUND))

    @classmethod
    def restore(cls, snapshot: bytes) -> "Emulator":
        """Make one that is where the snapshot was taken. Raises `CannotRestore`."""
        return cls(Ghost.adopt(snapshot))

    @property
    def rows(self) -> int:
        """The height of the screen."""
        return int(self._ghost.size[1])

    @property
    def cols(self) -> int:
        """The width of the screen."""
        return int(self._ghost.size[0])

    @property
    def cursor(self) -> tuple[int, int]:
        """The cursor's row and column, from 0."""
        col, row = self._ghost.cursor
        return int(row), int(col)

    @property
    def is_alternate(self) -> bool:
        """Tell whether the screen of full-screen programs is shown."""
        return bool(self._ghost.get("active_screen", "int"))

    @property
    def title(self) -> str:
        """What the program called its window."""
        found = self._ghost.get("title", "GhosttyString")
        return bytes(ffi.buffer(found.ptr, found.len)).decode(errors="replace") if found.len else ""

    @property
    def text(self) -> str:
        """What the screen shows, a line per row, what is blank at the ends left out."""
        return str(self._ghost.text())

    def feed(self, data: bytes) -> None:
        """Take output."""
        skimmed = skim(data, rows=self.rows)
        if skimmed is None:
            self._ghost.feed(data)
            return
        head, tail = skimmed
        self._ghost.feed(head)
        self._ghost.feed(tail if self._scrolls_whole else data[len(head) :])

    @property
    def _scrolls_whole(self) -> bool:
        """Tell whether the scrolling margins are the edges of the screen."""
        has_side_margins = bool(self._ghost.mode(_SIDE_MARGINS))
        return not has_side_margins and not MARGINS.search(self._ghost.format())

    def feed_and_answer(self, data: bytes) -> bytes:
        """Take output and return what a terminal replies to the questions in it."""
        replies: list[bytes] = []
        self._ghost.on_reply(replies.append)
        try:
            self._ghost.feed(data)
        finally:
            self._ghost.on_reply(None)
        # Pictures would be drawn by viewers' terminals, which may not know how.
        return b"".join(reply for reply in replies if not reply.startswith(_GRAPHICS_REPLY))

    def resize(self, *, rows: int, cols: int) -> None:
        """Take a new size."""
        self._ghost.resize(cols, rows)

    def snapshot(self) -> bytes:
        """Return all there is to know, for `restore`."""
        return self._ghost.snapshot()

    def redraw(self) -> bytes:
        """Return the bytes that make another terminal of this size show the same.

        Both screens, colours, modes and the cursor; and the beginning of a sequence whose rest
        has not come yet.
        """
        under = b""
        if self.is_alternate:
            primary = Ghost.adopt(self._ghost.snapshot())
            primary.feed(_LEAVE_ALTERNATE)
            under = primary.format()
        return _AFRESH + under + self._ghost.format() + self._ghost.continuation()
