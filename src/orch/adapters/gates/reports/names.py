"""Names for failures that stay the same when lines move and wherever the checkout stands."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from orch.core.text import plain

_LONGEST: Final = 300
_ADDRESS: Final = re.compile(r"\b0x[0-9a-fA-F]{5,}\b")
_MOVING: Final = (
    (re.compile(r"\b(lines?) \d+(?:(?:-| to | and )\d+)?"), r"\1 _"),
    (re.compile(r"(?<=\S):\d+(?::\d+)?\b"), ""),
)
"""What is different once a line is added above."""


class Unreadable(Exception):
    """A report that does not tell all that failed; nothing can be compared with it."""


def name(*parts: str, roots: Sequence[str] = (), moving: bool = False) -> str:
    """Make a name of its parts; `roots` are folders that differ between two runs.

    With `moving` it is what a message says, from which the numbers of lines are left out. A long
    one is cut, and told apart by a digest.
    """
    text = " ".join(part for part in parts if part)
    for root in roots:
        text = text.replace(f"{root}/", "").replace(root, ".")
    for pattern, kept in _MOVING if moving else ():
        text = pattern.sub(kept, text)
    text = " ".join(plain(_ADDRESS.sub("0x_", text)).split())
    if len(text) <= _LONGEST:
        return text
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    return f"{text[:_LONGEST]}… {digest}"


def number(names: Iterable[str]) -> list[str]:
    """Tell apart what has the same name: three of a kind are more than two."""
    seen: Counter[str] = Counter()
    numbered = []
    for one in names:
        seen[one] += 1
        numbered.append(one if seen[one] == 1 else f"{one} #{seen[one]}")
    return numbered
