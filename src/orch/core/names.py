"""Names: short ids, slugs for branches, and pronounceable names of workers that never collide."""

import re
import unicodedata

_HEADS = "bdfghjklmnprstvz"
_VOWELS = "aeiou"
_SYLLABLES = [head + vowel for head in _HEADS for vowel in _VOWELS]
_COUNT = len(_SYLLABLES)
# A step that has no factor in common with the number of two-syllable names walks through all of
# them before one comes again, and puts neighbours far apart, so that people don't mix them up.
_STEP = 2731


def task_id(number: int) -> str:
    """Name a task by its number: t1, t2 and so on."""
    return f"t{number}"


def landing_id(number: int) -> str:
    """Name a landing by its number: l1, l2 and so on."""
    return f"l{number}"


def number(name: str) -> int:
    """Read the number of a task or a landing back; 0 if it has none."""
    digits = name[1:]
    return int(digits) if digits.isascii() and digits.isdecimal() else 0


def worker_name(serial: int) -> str:
    """Name a worker by its serial number (from 1); different numbers, different names.

    The first 6,400 names have two syllables; each later block adds a syllable.
    """
    index, length = serial - 1, 2
    while index >= _COUNT**length:
        index -= _COUNT**length
        length += 1
    place = index * _STEP % _COUNT**length
    syllables = []
    for _ in range(length):
        place, digit = divmod(place, _COUNT)
        syllables.append(_SYLLABLES[digit])
    return "".join(syllables)


def slug(title: str, *, limit: int = 40) -> str:
    """Make a part of a branch name of a title: lower-case ASCII words joined by hyphens.

    Empty if the title has no letter or digit that ASCII knows; cut at a word where possible.
    """
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    words = re.findall(r"[a-z0-9]+", plain)
    chosen = ""
    for word in words:
        longer = f"{chosen}-{word}" if chosen else word[:limit]
        if len(longer) > limit:
            break
        chosen = longer
    return chosen
