"""The corners of the terminal library that its Python layer leaves out: formats and snapshots."""

# The library carries no types of its own; its values are converted where they leave this file.
# mypy: disable-error-code="attr-defined, no-untyped-call"

import weakref
from collections.abc import Callable
from typing import Any

from pyghostty import GhosttyError, Terminal, ffi, lib
from pyghostty.core import check, init_sized

_CONTINUATION_BYTES = 64 * 1024
"""How much of an unfinished escape sequence is kept, to be shown with what it belongs to."""

_TERMINAL_EXTRAS = ("modes", "scrolling_region", "tabstops", "pwd", "keyboard")
_SCREEN_EXTRAS = ("cursor", "style", "hyperlink", "protection", "kitty_keyboard", "charsets")


class CannotRestore(Exception):
    """A snapshot is damaged, or of another version of the library."""


class Ghost(Terminal):
    """A terminal of the library, new or adopted from a snapshot."""

    @classmethod
    def adopt(cls, snapshot: bytes) -> "Ghost":
        """Make the terminal that a snapshot was taken of. Raises `CannotRestore`."""
        handle = _decode(snapshot)
        ghost = cls.__new__(cls)
        ghost._t = handle  # noqa: SLF001 - the library has no constructor for this
        ghost._unknown_cb = ghost._reply_cb = ghost._cb_err = None  # noqa: SLF001
        ghost._free = weakref.finalize(ghost, lib.ghostty_terminal_free, handle[0])  # noqa: SLF001
        return ghost

    def keep_continuation(self) -> None:
        """Remember the beginning of a sequence that has not ended."""
        limit = ffi.new("size_t*", _CONTINUATION_BYTES)
        option = lib.GHOSTTY_TERMINAL_OPT_CONTINUATION_MAX_BYTES
        check(lib.ghostty_terminal_set(self._t[0], option, limit), "keep continuation")

    def continuation(self) -> bytes:
        """Return the beginning of a sequence that has not ended."""
        write = lib.ghostty_terminal_continuation_buf
        return _filled(lambda to, room, got: write(self._t[0], to, room, got))

    def snapshot(self) -> bytes:
        """Return all that there is to know of it, for `adopt`."""
        encode = lib.ghostty_snapshot_encode_buf
        return _filled(lambda to, room, got: encode(self._t[0], to, room, got))

    def format(self) -> bytes:
        """Return what makes a blank terminal show the active screen, with colours and modes."""
        options = init_sized("GhosttyFormatterTerminalOptions")
        options.emit = lib.GHOSTTY_FORMATTER_FORMAT_VT
        for name in _TERMINAL_EXTRAS:
            setattr(options.extra, name, True)
        for name in _SCREEN_EXTRAS:
            setattr(options.extra.screen, name, True)
        formatter = ffi.new("GhosttyFormatter*")
        made = lib.ghostty_formatter_terminal_new(ffi.NULL, formatter, self._t[0], options[0])
        check(made, "formatter")
        try:
            write = lib.ghostty_formatter_format_buf
            return _filled(lambda to, room, got: write(formatter[0], to, room, got))
        finally:
            lib.ghostty_formatter_free(formatter[0])


def _filled(call: Callable[[Any, int, Any], int]) -> bytes:
    """Ask how much there is, then take it."""
    got = ffi.new("size_t*")
    call(ffi.NULL, 0, got)
    if not got[0]:
        return b""
    buffer = ffi.new("uint8_t[]", got[0])
    check(call(buffer, got[0], got), "format")
    return bytes(ffi.buffer(buffer, got[0]))


def _decode(snapshot: bytes) -> Any:  # noqa: ANN401 - the library's handles have no types
    """Return the handle of the terminal in a snapshot."""
    decoder, terminal = ffi.new("GhosttySnapshotDecoder*"), ffi.new("GhosttyTerminal*")
    data = ffi.new("uint8_t[]", snapshot)
    try:
        new = lib.ghostty_snapshot_decoder_new_buf
        check(new(ffi.NULL, decoder, data, len(snapshot)), "snapshot decoder")
        try:
            _prepare(decoder[0])
            check(lib.ghostty_snapshot_decoder_decode(decoder[0], terminal), "snapshot")
        finally:
            lib.ghostty_snapshot_decoder_free(decoder[0])
    except GhosttyError as error:
        raise CannotRestore(str(error)) from error
    return terminal


def _prepare(decoder: Any) -> None:  # noqa: ANN401 - see above
    """Let the unfinished sequence through, and stay in the terminal."""
    limit, retain = ffi.new("size_t*", _CONTINUATION_BYTES), ffi.new("bool*", 1)
    choose = lib.ghostty_snapshot_decoder_set
    bound = lib.GHOSTTY_SNAPSHOT_DECODER_OPT_MAX_CONTINUATION_BYTES
    check(choose(decoder, bound, limit), "snapshot bound")
    keep = lib.GHOSTTY_SNAPSHOT_DECODER_OPT_RETAIN_CONTINUATION
    check(choose(decoder, keep, retain), "snapshot continuation")
