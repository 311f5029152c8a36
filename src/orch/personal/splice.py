"""Changes JSON by inserting and removing text, so that everything else stays as it was written."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

_BLANK = re.compile(r"[ \t\r\n]*")
_INDENT = re.compile(r"\n([ \t]+)\S")
_DECODER = json.JSONDecoder()


@dataclass(frozen=True, slots=True)
class Splice:
    """A change of a text: at this offset, `old` becomes `new`."""

    at: int
    old: str
    new: str

    def apply(self, text: str) -> str:
        """Make the change. The text must have `old` there."""
        return text[: self.at] + self.new + text[self.at + len(self.old) :]

    def inverse(self) -> "Splice":
        """Return the change that takes this one back."""
        return Splice(self.at, self.new, self.old)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A member of an object (`key`), or an element of an array, and where it stands.

    `start` is where its text begins, `at` where its value does, `end` is behind it.
    """

    key: str | None
    value: object
    start: int
    at: int
    end: int


@dataclass(frozen=True, slots=True)
class Container:
    """An object or array: its items, and where its inside begins and ends."""

    items: tuple[Item, ...]
    start: int
    end: int

    def find(self, key: str) -> Item | None:
        """Return the member that counts: readers of JSON take the last one of a name."""
        return next((item for item in reversed(self.items) if item.key == key), None)


def root(text: str) -> Container:
    """Read the outermost object of a text that is known to be a JSON object."""
    return container(text, _blank(text, 0))


def container(text: str, at: int) -> Container:
    """Read the object or array whose bracket is at an offset."""
    is_object = text[at] == "{"
    items: list[Item] = []
    here = _blank(text, at + 1)
    while text[here] not in "}]":
        items.append(item := _item(text, here, is_object=is_object))
        here = _blank(text, item.end)
        if text[here] == ",":
            here = _blank(text, here + 1)
    return Container(tuple(items), at + 1, here)


def _item(text: str, start: int, *, is_object: bool) -> Item:
    key, at = None, start
    if is_object:
        key, behind = _DECODER.raw_decode(text, start)
        at = _blank(text, _blank(text, behind) + 1)
    value, end = _DECODER.raw_decode(text, at)
    return Item(key=key, value=value, start=start, at=at, end=end)


def _blank(text: str, at: int) -> int:
    found = _BLANK.match(text, at)
    return found.end() if found else at


@dataclass(frozen=True, slots=True)
class Layout:
    """How a text is laid out: its line end, and what one level is indented by."""

    newline: str
    unit: str

    @classmethod
    def of(cls, text: str) -> "Layout":
        """Read it off a text; two blanks if nothing is indented there."""
        found = _INDENT.search(text)
        return cls("\r\n" if "\r\n" in text else "\n", found[1] if found else "  ")

    def dump(self, value: object, *, depth: int) -> str:
        """Write a value as it would stand at this depth."""
        lines = json.dumps(value, indent=self.unit, ensure_ascii=False).split("\n")
        return (self.newline + self.unit * depth).join(lines)

    def gap(self, depth: int) -> str:
        """Return what stands before an item of this depth."""
        return self.newline + self.unit * depth


def append(
    text: str, inside: Container, *, value: object, depth: int, key: str | None = None
) -> Splice:
    """Return the change that adds an item, the last one, to a container; `depth` is the item's.

    What is written on one line stays on one line.
    """
    layout = Layout.of(text)
    name = "" if key is None else json.dumps(key, ensure_ascii=False) + ": "
    is_flat = bool(inside.items) and "\n" not in text[inside.start : inside.end]
    shown = json.dumps(value, ensure_ascii=False) if is_flat else layout.dump(value, depth=depth)
    if inside.items:
        gap = " " if is_flat else layout.gap(depth)
        return Splice(inside.items[-1].end, "", f",{gap}{name}{shown}")
    body = f"{layout.gap(depth)}{name}{shown}{layout.gap(depth - 1)}"
    return Splice(inside.start, text[inside.start : inside.end], body)


def remove(text: str, inside: Container, *, index: int) -> Splice:
    """Return the change that takes an item out, with the comma and the blanks that it brought."""
    items = inside.items
    if len(items) == 1:
        return Splice(inside.start, text[inside.start : inside.end], "")
    if index == 0:
        return Splice(items[0].start, text[items[0].start : items[1].start], "")
    before, after = items[index - 1].end, items[index].end
    return Splice(before, text[before:after], "")


def apply(text: str, splices: Sequence[Splice]) -> str:
    """Make changes one after the other; each one's offset counts after those before it."""
    for splice in splices:
        text = splice.apply(text)
    return text
