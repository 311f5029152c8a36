"""What Codex says of itself beside the screen: its state (OSC 7501), its title, its notices."""

import re
from collections.abc import Mapping
from typing import Final

from orch.core.usage import Usage

STATE: Final = 7501
NOTICE: Final = 9
TITLES: Final = frozenset({0, 2})

ITEMS: Final = ("total-input-tokens", "total-output-tokens", "project-name")
"""What its title is made of, by a setting of its own."""

_TOKENS: Final = re.compile(r"([\d.]+)([KMB]?) in \| ([\d.]+)([KMB]?) out")
_SCALE: Final[Mapping[str, float]] = {"": 1, "K": 1e3, "M": 1e6, "B": 1e9}


def state_of(text: str) -> tuple[str, str]:
    """Read a state and, where it is blocked, by what; empty if there is none."""
    fields = dict(field.partition("=")[::2] for field in text.split(":"))
    return fields.get("state", ""), fields.get("kind", "")


def usage_of(title: str, *, model: str, turns: int) -> Usage | None:
    """Read the tokens so far, to three digits; which of them came from a cache is not told."""
    found = _TOKENS.search(title)
    if found is None:
        return None
    given, out = (float(found[n]) * _SCALE[found[n + 1]] for n in (1, 3))
    return Usage(input_tokens=round(given), output_tokens=round(out), model=model, turns=turns)
