"""Tells cheaply whether files of a checkout were touched: by their times and sizes."""

import os
from collections.abc import Sequence
from pathlib import Path

_MOST = 100
"""Of more files than this the first tell enough: it costs waiting, not correctness."""

Stamp = tuple[tuple[int, int, int] | None, ...]


def stamp(checkout: str, paths: Sequence[str]) -> Stamp:
    """Return what changes when somebody edits, removes or stages one of these files."""
    root = Path(checkout)
    named = [root / one for one in paths[:_MOST]]
    return tuple(_look(path) for path in (root / ".git" / "index", *named))


def _look(path: Path) -> tuple[int, int, int] | None:
    try:
        found = os.lstat(path)
    except (OSError, ValueError):
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
