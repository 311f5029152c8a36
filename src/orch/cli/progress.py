"""Says on standard error what takes longer than a second, if a person is looking."""

import sys
from collections.abc import Callable

PATIENCE_S = 1.0
"""What is quicker than this needs no word."""


class working:  # noqa: N801 - it reads as what it is: `with working("gating"):`
    """A context in which something may take long; a word about it appears and goes again."""

    def __init__(self, what: str) -> None:
        """Say what is being done, without an ellipsis."""
        self._text = f"{what}…"
        self._shown = False
        self._cancel: Callable[[], None] | None = None

    def __enter__(self) -> None:
        if not sys.stderr.isatty():
            return
        from threading import Timer

        timer = Timer(PATIENCE_S, self._show)
        timer.daemon = True
        timer.start()
        self._cancel = timer.cancel

    def __exit__(self, *_: object) -> None:
        if self._cancel is not None:
            self._cancel()
        if self._shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()

    def _show(self) -> None:
        self._shown = True
        sys.stderr.write(self._text)
        sys.stderr.flush()
