"""Accounts for every line and every path of a merge, by arithmetic of its own (invariant I5)."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from orch.adapters.landers.plumbing import Entry

_SECTION = re.compile(rb"^(?=diff --git )", re.MULTILINE)
_MODE = re.compile(rb"^(old|new|deleted file|new file) mode (\d+)$", re.MULTILINE)
_INDEX = re.compile(rb"^index ([0-9a-f]+)\.\.([0-9a-f]+)", re.MULTILINE)
_BEFORE = frozenset({b"old", b"deleted file"})


def net_lines(patch: bytes) -> Counter[bytes]:
    """Count for each line how often a patch adds it, less how often it removes it.

    Lines that only moved count nothing, so that it does not matter where a diff puts a hunk
    among repeated lines, or whether a file was renamed. Modes and binary contents count as
    lines of their own.
    """
    return _net(_sections(patch))


def _sections(patch: bytes) -> list[bytes]:
    return [section.rstrip(b"\n") for section in _SECTION.split(patch)]


def _net(sections: Iterable[bytes]) -> Counter[bytes]:
    net: Counter[bytes] = Counter()
    for section in sections:
        header, _, body = section.partition(b"\n@@ ")
        _count_header(net, header)
        lines = body.split(b"\n")[1:]
        for line in lines:
            if line[:1] in {b"+", b"-"}:
                net[line[1:]] += 1 if line[:1] == b"+" else -1
    return Counter({line: count for line, count in net.items() if count})


def _count_header(net: Counter[bytes], header: bytes) -> None:
    for when, mode in _MODE.findall(header):
        net[b"\0mode " + mode] += -1 if when in _BEFORE else 1
    blobs = _INDEX.search(header)
    if blobs is not None and b"\nBinary files " in header:
        net[b"\0blob " + blobs[1]] -= 1
        net[b"\0blob " + blobs[2]] += 1


@dataclass(frozen=True, slots=True)
class Difference:
    """Lines that a landing loses, and lines that it brings from nowhere."""

    lost: tuple[bytes, ...] = ()
    foreign: tuple[bytes, ...] = ()


def compare(source: bytes, landed: bytes, *, already: bytes) -> Difference:
    """Find the lines in which a landing is not its source.

    All three are patches; `already` is what the target did since the branch began. What it has
    done already (another task mended the same fault) need not be done again. A file that it has
    changed in exactly the same way (the beginning of a stacked branch landed) is left out of both:
    a line of it that came or went elsewhere as well says nothing of this landing.
    """
    mine, theirs = _sections(source), _sections(already)
    same = set(mine) & set(theirs)
    wanted = _net(one for one in mine if one not in same)
    before = _net(one for one in theirs if one not in same)
    done = net_lines(landed)
    lost, foreign = list[bytes](), list[bytes]()
    for line in wanted.keys() | done.keys():
        missing = wanted[line] - done[line]
        if missing * before[line] > 0 and abs(missing) <= abs(before[line]):
            continue
        # Something the source adds is missing, or something it removes is still there.
        if missing:
            (lost if missing * wanted[line] > 0 else foreign).append(line)
    return Difference(tuple(sorted(lost)), tuple(sorted(foreign)))


class Agreement(StrEnum):
    """What the path-by-path merge says of a landed tree."""

    SAME = "same"
    OTHER = "other"
    OPEN = "open"


def agree(
    source: Sequence[Entry], landed: Sequence[Entry], *, target: Sequence[Entry]
) -> tuple[Agreement, tuple[str, ...]]:
    """Merge path by path and compare with what was landed; also name the paths in question.

    A path that one side changed is taken from that side. Where both changed it differently, or
    a rename may be involved, this says `OPEN`: contents have to be merged to know.
    """
    mine, done, theirs = _by_path(source), _by_path(landed), _by_path(target)
    wrong, open_ = [], []
    for path in mine.keys() | done.keys():
        if path in mine and path in theirs:
            same = _after(mine[path]) == _after(theirs[path])
            if not same:
                open_.append(path)
            elif path in done:
                wrong.append(path)
        elif path not in mine or path not in done or _after(mine[path]) != _after(done[path]):
            wrong.append(path)
    if wrong and (_may_rename(source) or _may_rename(target)):
        return Agreement.OPEN, tuple(sorted(wrong + open_))
    if wrong:
        return Agreement.OTHER, tuple(sorted(wrong))
    return (Agreement.OPEN if open_ else Agreement.SAME), tuple(sorted(open_))


def _by_path(entries: Sequence[Entry]) -> Mapping[str, Entry]:
    return {entry.path: entry for entry in entries}


def _after(entry: Entry) -> tuple[str, str]:
    return entry.new_mode, entry.new


def _may_rename(entries: Sequence[Entry]) -> bool:
    return any(entry.status == "D" for entry in entries)
