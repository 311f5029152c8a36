"""Dialogs of the programs themselves: which are known, and which keys answer them safely."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from orch.adapters.agents.faults import holds, limits
from orch.core.signs import Sign, SignKind, Trouble


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownDialog:
    """A dialog, told by its words; `version` is the one of the program that it was seen in.

    `keys` answer it where that can do no harm; without them a person decides. `trouble` is what
    a dialog tells that stands for an error.
    """

    ref: str
    version: str
    words: str
    keys: bytes = b""
    trouble: Trouble | None = None


def find_dialog(text: str, known: Iterable[KnownDialog]) -> KnownDialog | None:
    """Find the dialog that a text from the live part of a screen is."""
    return next((one for one in known if re.search(one.words, text, re.IGNORECASE)), None)


def stands_for(seen: Sign, trouble: Trouble) -> Iterator[Sign]:
    """Tell the error that a dialog stands for: no answer to it mends that, so nobody is asked."""
    told = replace(seen, trouble=trouble, ok=False)
    if limits(trouble):
        yield replace(told, kind=SignKind.LIMITED)
        return
    yield replace(told, kind=SignKind.TROUBLE)
    if holds(trouble):
        yield replace(seen, kind=SignKind.TURN_ENDED, ok=False)
