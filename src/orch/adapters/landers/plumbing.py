"""The few git commands that landing is made of, each run in the hub and without a checkout."""

import errno
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from orch.core.text import plain
from orch.ports.errors import Permanent, Transient
from orch.system.file_lock import Locked
from orch.system.git import Git, GitError, GitOutput, GitTimeout, decode, redact, split_z

_DETAIL_CHARS = 4000
_SHORT = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EAGAIN, errno.EMFILE, errno.ENFILE})
_NOT_STARTED = 127
"""The folder is not there: maybe its disk is not there just now."""
_PASSING = re.compile(
    r"\.lock|no space left|quota exceeded|cannot allocate|out of memory|resource temporarily",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Merged:
    """The tree that a merge makes, or the paths where it does not merge."""

    tree: str
    conflicts: tuple[str, ...] = ()
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """How one path changed: modes and object ids, before and after (zeros: not there)."""

    path: str
    old_mode: str
    new_mode: str
    old: str
    new: str
    status: str


@asynccontextmanager
async def git_edge() -> AsyncIterator[None]:
    """Turn failures of git and of the disk into the two kinds that a port may raise."""
    try:
        yield
    except GitTimeout as error:
        raise Transient(f"git {error.argv[0]} gave {error.stderr}") from error
    except GitError as error:
        told = f"git {error.argv[0]} failed: {last_lines(error.stderr)}"
        if error.exit_code < 0 or error.exit_code == _NOT_STARTED or _PASSING.search(error.stderr):
            raise Transient(told) from error
        raise Permanent(told) from error
    except Locked as error:
        raise Transient(str(error)) from error
    except OSError as error:
        if error.errno in _SHORT:
            raise Transient(f"{error.strerror}: {error.filename}") from error
        raise Permanent(f"{error.strerror}: {error.filename}") from error


def last_lines(text: str, count: int = 6) -> str:
    """Keep the end of what git said, without credentials or control characters."""
    lines = [line.strip() for line in plain(redact(text)).splitlines() if line.strip()]
    return "".join(c for c in "; ".join(lines[-count:]) if c.isprintable()) or "no message"


_known_bases: dict[tuple[str, str, str], tuple[str, ...]] = {}
"""What two commits have in common never changes, and is asked for at each step of a landing."""

_KNOWN_BASES = 1024


async def merge_bases(git: Git, one: str, *, other: str) -> tuple[str, ...] | None:
    """Return all best common ancestors (none: no common history), or None if a commit is gone.

    Raises `GitError` where the machine was short of something: that says nothing of the commits.
    """
    key = (str(git.directory), one, other)
    if key not in _known_bases:
        args = ("merge-base", "--all", one, other)
        out = await git.run(*args)
        if out.exit_code not in {0, 1}:
            told = out.stderr.decode("utf-8", "replace")
            if _PASSING.search(told):
                raise GitError(args, out.exit_code, stderr=told)
            return None
        if len(_known_bases) >= _KNOWN_BASES:
            _known_bases.clear()
        _known_bases[key] = tuple(out.text.split())
    return _known_bases[key]


async def is_ancestor(git: Git, older: str, *, of: str) -> bool:
    """Tell whether a commit is reached from another (`of`); False if either is not here."""
    return await git.ok("merge-base", "--is-ancestor", older, of)


_MERGE = ("merge-tree", "--write-tree", "--name-only", "--messages", "-z")


async def merge(git: Git, ours: str, *, theirs: str) -> Merged:
    """Merge two commits into a tree, writing objects and nothing else."""
    args = (*_MERGE, ours, theirs)
    out = await git.run(*args)
    if out.exit_code not in {0, 1}:
        raise GitError(args, out.exit_code, stderr=out.stderr.decode("utf-8", "replace"))
    return read_merge(out)


def read_merge(out: GitOutput) -> Merged:
    """Read what `merge-tree -z --name-only` printed."""
    tree, _, rest = decode(out.stdout).partition("\0")
    if out.exit_code == 0:
        return Merged(tree)
    names, _, messages = rest.partition("\0\0")
    conflicts = tuple(dict.fromkeys(name for name in names.split("\0") if name))
    return Merged(tree, conflicts, _told(messages)[:_DETAIL_CHARS])


def _told(messages: str) -> str:
    """Pick the sentences out of `count, paths…, kind, sentence` groups."""
    fields = iter(messages.split("\0"))
    sentences = []
    for count in fields:
        if not count.strip().isdigit():
            break
        for _ in range(int(count)):
            next(fields, "")
        next(fields, "")
        sentences.append(next(fields, "").strip())
    return "\n".join(s for s in sentences if not s.startswith("Auto-merging"))


_known_entries: dict[tuple[str, str], list[Entry]] = {}
"""How two commits differ is in their names; what makes a candidate and what checks it ask both."""

_KNOWN_ENTRIES = 20_000


async def entries(git: Git, *pairs: tuple[str, str]) -> list[list[Entry]]:
    """Compare pairs of commits (before, after), path by path, without rename detection."""
    found = {pair: _known_entries[pair] for pair in pairs if pair in _known_entries}
    if asked := list(dict.fromkeys(pair for pair in pairs if pair not in found)):
        lines = "".join(f"{after} {before}\n" for before, after in asked)
        options = ("--stdin", "-r", "-z", "--raw", "--no-renames")
        raw = await git.raw("diff-tree", *options, stdin=lines)
        found |= zip(asked, read_raw(raw, [after for _, after in asked]), strict=True)
        _remember(found)
    return [found[pair] for pair in pairs]


def _remember(found: Mapping[tuple[str, str], list[Entry]]) -> None:
    _known_entries.update(found)
    # Each entry counts, and one for each pair.
    if sum(1 + len(some) for some in _known_entries.values()) > _KNOWN_ENTRIES:
        _known_entries.clear()


def read_raw(raw: bytes, heads: Sequence[str]) -> list[list[Entry]]:
    """Read `diff-tree --stdin -z --raw`; a commit without a difference has no lines at all."""
    found: list[list[Entry]] = [[] for _ in heads]
    fields = iter(split_z(raw))
    at = -1
    for field in fields:
        if not field.startswith(":"):
            at = heads.index(field.strip(), at + 1)
            continue
        old_mode, new_mode, old, new, status = field[1:].split(" ")
        found[at].append(Entry(next(fields), old_mode, new_mode, old, new, status[:1]))
    return found


_PATCH = ("-r", "-p", "-U0", "--full-index", "--no-renames", "--no-ext-diff", "--no-textconv")


async def patch(git: Git, pair: tuple[str, str]) -> bytes:
    """Print the zero-context patch between two commits (before, after)."""
    return await git.raw("diff-tree", *_PATCH, "--no-color", *pair)


async def patch_ids(git: Git, *pairs: tuple[str, str]) -> list[str]:
    """Return the verbatim id of each pair's zero-context patch ("" for an empty one)."""
    lines = "".join(f"{after} {before}\n" for before, after in pairs)
    stream = await git.raw("diff-tree", "--stdin", *_PATCH, "--no-color", stdin=lines)
    # Each patch begins with its commit's id, by which git tells patches apart.
    out = await git("patch-id", "--verbatim", stdin=stream)
    ids = {commit: found for found, commit in (line.split() for line in out.splitlines())}
    return [ids.get(after, "") for _, after in pairs]
