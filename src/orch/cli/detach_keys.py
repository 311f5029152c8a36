"""Find the keys that detach in what is typed, however the terminal encodes them."""

import re
from dataclasses import dataclass, field

DEFAULT = "ctrl-p,ctrl-q"
"""As in docker: one after the other; $ORCH_DETACH_KEYS names others."""

_RELEASED = re.compile(rb"\x1b\[[0-9:;]+:3[u~]")


class BadKeys(ValueError):
    """$ORCH_DETACH_KEYS names no keys."""


def parse(names: str) -> tuple[re.Pattern[bytes], ...]:
    """Read "ctrl-p,ctrl-q" or "ctrl-a,d". Raises `BadKeys`."""
    words = [word.strip().lower() for word in names.split(",")]
    return tuple(_pattern(word) for word in words)


def _pattern(name: str) -> re.Pattern[bytes]:
    key = name.removeprefix("ctrl-")
    if len(key) != 1 or not key.isascii() or not key.isprintable():
        raise BadKeys(f"{name!r} is no key: write ctrl-] or a letter, with commas between")
    if key == name:
        return re.compile(re.escape(key.encode()))
    control = re.escape(bytes([ord(key.upper()) & 0x1F]))
    # The two newer ways in which terminals tell of a key with a modifier.
    code = str(ord(key)).encode()
    newer = rb"\x1b\[" + code + rb"(?::[0-9:]*)?;5(?::[12])?u"
    older = rb"\x1b\[27;5;" + code + rb"~"
    return re.compile(b"|".join((control, newer, older)))


@dataclass(slots=True)
class DetachKeys:
    """Holds back what may be the beginning of the sequence, until it is or is not."""

    keys: tuple[re.Pattern[bytes], ...]
    held: bytes = b""
    _next: int = field(default=0)

    def feed(self, data: bytes) -> tuple[bytes, bool]:
        """Return what to pass on, and whether the sequence is complete."""
        passed, at = b"", 0
        while at < len(data):
            hit = self.keys[self._next].match(data, at)
            if hit:
                self.held += hit.group()
                self._next += 1
                at = hit.end()
                if self._next == len(self.keys):
                    self.held, self._next = b"", 0
                    return passed, True
            elif self._next and (released := _RELEASED.match(data, at)):
                self.held += released.group()
                at = released.end()
            elif self._next:
                passed += self.give_up()
            else:
                begin = self.keys[0].search(data, at)
                stop = begin.start() if begin else len(data)
                passed += data[at:stop]
                at = stop
        return passed, False

    def give_up(self) -> bytes:
        """Return what was held back: the rest did not come."""
        held, self.held, self._next = self.held, b"", 0
        return held
