"""The chain of the audit log: each entry carries the hash of the one before it.

The counterpart that keeps it in files is `orch.adapters.audit`.
"""

import hashlib
import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum

TEXT_LETTERS = 200
"""Longer texts are cut; how long they were, and their hash, stays."""

LIST_ITEMS = 50
DEPTH = 6
HIDDEN = "***"

_GENESIS = "0" * 64
_SECRET_NAME = re.compile(
    r"(?i)(secret|passw|token|credential|authorization|cookie|dsn$|api_?key|private_?key|\benv\b)"
)
_SECRET_TEXT = re.compile(
    r"""
    (?<=://)[^\s/@:]*:?[^\s/@]*(?=@)              # the user and password of an address
    | \b(?:sk|pk|rk)-[\w-]{16,}                   # keys of model providers
    | \bgh[pousr]_\w{16,} | \bgithub_pat_\w{16,}  # GitHub
    | \bgl(?:pat|rt)-[\w-]{16,} | \bxox[a-z]-[\w-]{10,}
    | \bAKIA[0-9A-Z]{16}\b | \bAIza[\w-]{30,} | \blin_api_\w{16,}
    | -----BEGIN\ [A-Z ]*PRIVATE\ KEY-----.*
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """Something that was asked for: when (epoch), by whom, what, and what became of it.

    `outcome` is "ok" or the word of an error's code. `pid` is the caller's process, 0 where
    nobody called.
    """

    at: float
    actor: str
    method: str
    outcome: str
    pid: int = 0
    params: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Link:
    """Where the chain stands: the number and the hash of its newest entry."""

    seq: int = 0
    hash: str = _GENESIS


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the log."""

    seq: int
    at: float
    actor: str
    pid: int
    method: str
    params: Mapping[str, object]
    outcome: str
    prev: str
    hash: str

    @property
    def link(self) -> Link:
        """Return where the chain stands with this entry."""
        return Link(self.seq, self.hash)


_FIELDS = tuple(field.name for field in fields(Entry))


class Break(StrEnum):
    """What was done to a chain that does not hold."""

    UNREADABLE = "unreadable"
    EDITED = "edited"
    DELETED = "deleted"
    REORDERED = "reordered"
    REPLACED = "replaced"
    TRUNCATED = "truncated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Where a chain does not hold: the number that was to come, and what is wrong there."""

    seq: int
    kind: Break
    why: str


def seal(command: Command, after: Link) -> Entry:
    """Put a command behind the newest entry of a chain."""
    body = asdict(command) | {"params": clean(command.params)}
    body |= {"seq": after.seq + 1, "prev": after.hash}
    return Entry(**body, hash=_hash(body))


def write(entry: Entry) -> bytes:
    """Write an entry as its line."""
    return _canonical(_body(entry)) + b"\n"


def parse(line: bytes) -> Entry | None:
    """Read a line; None if it is no entry."""
    try:
        found = json.loads(line)
        entry = Entry(**found)
    except (ValueError, TypeError, RecursionError):
        return None
    kinds = ((entry.seq, int), (entry.at, int | float), (entry.pid, int), (entry.params, dict))
    texts = (entry.actor, entry.method, entry.outcome, entry.prev, entry.hash)
    is_whole = all(isinstance(value, kind) for value, kind in kinds)
    return entry if is_whole and all(isinstance(text, str) for text in texts) else None


def check(line: bytes, after: Link, *, known: Iterable[Link] = ()) -> Entry | Fault:
    """Say whether a line is the next of the chain, or what was done to it.

    `known` are entries that are remembered elsewhere: one of their number must have their hash.
    """
    wanted = after.seq + 1
    entry = parse(line)
    if entry is None:
        return Fault(seq=wanted, kind=Break.UNREADABLE, why="this line is no entry")
    kind, why = _wrong(entry, after, known=known)
    return Fault(seq=wanted, kind=kind, why=why) if kind else entry


def _wrong(entry: Entry, after: Link, *, known: Iterable[Link]) -> tuple[Break | None, str]:
    wanted, body = after.seq + 1, _body(entry)
    said = body.pop("hash")
    if said != _hash(body):
        return Break.EDITED, f"entry {entry.seq} does not match its hash: it was edited"
    if entry.seq > wanted:
        missing = f"{wanted}" if entry.seq == wanted + 1 else f"{wanted} to {entry.seq - 1}"
        return Break.DELETED, f"missing: {missing}"
    if entry.seq < wanted:
        return Break.REORDERED, f"entry {entry.seq} stands behind entry {after.seq}"
    if entry.prev != after.hash:
        return Break.REPLACED, f"entry {entry.seq} follows another entry {after.seq} than this one"
    if any(one.seq == entry.seq and one.hash != entry.hash for one in known):
        return Break.REPLACED, f"entry {entry.seq} is another one than was written"
    return None, ""


def check_end(end: Link, *, known: Iterable[Link]) -> Fault | None:
    """Compare where a chain ends with what is remembered of it; it may have grown since."""
    for one in known:
        if one.seq > end.seq:
            why = f"it ends at {end.seq}, but entry {one.seq} was written"
            return Fault(seq=end.seq + 1, kind=Break.TRUNCATED, why=why)
    return None


def clean(params: Mapping[str, object]) -> dict[str, object]:
    """Take out secrets, cut what is long, and leave only what JSON can hold."""
    return {name: _clean(name, value, depth=DEPTH) for name, value in params.items()}


def _clean(name: str, value: object, *, depth: int) -> object:
    if _SECRET_NAME.search(name) and not isinstance(value, bool | int):
        return HIDDEN if value else value
    match value:
        case None | bool() | int():
            return value
        case float() if math.isfinite(value):
            return value
        case Mapping() if depth:
            return {str(k): _clean(str(k), v, depth=depth - 1) for k, v in value.items()}
        case list() | tuple() if depth:
            kept = [_clean(name, one, depth=depth - 1) for one in value[:LIST_ITEMS]]
            more = len(value) - LIST_ITEMS
            return [*kept, f"... and {more} more"] if more > 0 else kept
        case _:
            return _cut(str(value))


def _cut(text: str) -> str:
    if len(text) <= TEXT_LETTERS:
        return _SECRET_TEXT.sub(HIDDEN, text)
    digest = hashlib.sha256(text.encode(errors="replace")).hexdigest()[:16]
    # Secrets first: the cut could leave half of one, which no pattern knows any more.
    start = _SECRET_TEXT.sub(HIDDEN, text)[:TEXT_LETTERS]
    return f"{start}... ({len(text)} characters, sha256 {digest})"


def _body(entry: Entry) -> dict[str, object]:
    """Return the fields by their names; `asdict` would copy the parameters one by one."""
    return {name: getattr(entry, name) for name in _FIELDS}


def _hash(body: Mapping[str, object]) -> str:
    return hashlib.sha256(_canonical(body)).hexdigest()


def _canonical(body: Mapping[str, object]) -> bytes:
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()
