"""What was probably meant: the known word nearest to an unknown one."""

import difflib
from collections.abc import Iterable

SIMILAR = 0.6
"""Below this ratio a suggestion confuses more than it helps."""


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that is most like `word`, or None if none is like it."""
    folded = {name.lower(): name for name in known}
    found = difflib.get_close_matches(word.lower(), folded, n=1, cutoff=SIMILAR)
    return folded[found[0]] if found else None


def nearest_key(path: str, known: Iterable[str]) -> str | None:
    """Return the dotted key that was probably meant by `path`.

    A key that stands in the wrong table (`quality_gate` without `[landing]`) is found by its
    last part; else the likeness of the whole path decides, then that of its last part.
    """
    keys = list(known)
    last = path.rpartition(".")[2]
    misplaced = [key for key in keys if key.rpartition(".")[2] == last]
    if len(misplaced) == 1:
        return misplaced[0]
    if (whole := nearest(path, keys)) is not None:
        return whole
    ends = {key.rpartition(".")[2]: key for key in keys}
    end = nearest(last, ends)
    return ends[end] if end is not None else None


def hint(found: str | None) -> str:
    """Put a suggestion into words: "" if there is none."""
    return f"did you mean {found}?" if found else ""
