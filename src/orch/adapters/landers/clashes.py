"""Conflicts in full: for each path the three blobs that don't merge, and what git made of them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from orch.adapters.landers.plumbing import Merged, read_merge
from orch.system.git import Git, GitError, GitOutput, decode, encode

_STAGE = re.compile(r"(\d{6}) ([0-9a-f]+) ([123])\t(.*)", re.DOTALL)
_REGULAR = frozenset({"100644", "100755"})
_CONFLICT = re.compile(rb"^<{7} .*\n(?:.*\n)*?={7}\r?\n(?:.*\n)*?>{7} ", re.MULTILINE)
_MARKER = re.compile(rb"(?:<{7}|>{7}|\|{7})(?: |$)|={7}\r?$")

BASE, OURS, THEIRS = "1", "2", "3"


@dataclass(frozen=True, slots=True)
class Clash:
    """A path that does not merge: mode and blob of each stage that is there."""

    path: str
    stages: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def is_text(self) -> bool:
        """Tell whether both sides have it as a file, so that its lines could be merged."""
        modes = [mode for mode, _ in self.stages.values()]
        return {OURS, THEIRS} <= self.stages.keys() and set(modes) <= _REGULAR

    def blob(self, stage: str) -> str | None:
        """Return a stage's blob."""
        found = self.stages.get(stage)
        return found[1] if found else None


@dataclass(frozen=True, slots=True)
class Clashed:
    """A merge that conflicts: what it made (with markers), and each clash."""

    merged: Merged
    clashes: tuple[Clash, ...]


async def clash(git: Git, ours: str, *, theirs: str) -> Clashed:
    """Merge two commits, keeping the stages of what does not merge."""
    args = ("merge-tree", "--write-tree", "--messages", "-z", ours, theirs)
    out = await git.run(*args)
    if out.exit_code not in {0, 1}:
        raise GitError(args, out.exit_code, stderr=out.stderr.decode("utf-8", "replace"))
    return read_clash(out)


def read_clash(out: GitOutput) -> Clashed:
    """Read what `merge-tree -z` printed with stages: tree, stages, an empty field, messages."""
    tree, _, rest = decode(out.stdout).partition("\0")
    if out.exit_code == 0:
        return Clashed(Merged(tree), ())
    listed, _, messages = rest.partition("\0\0")
    found: dict[str, dict[str, tuple[str, str]]] = {}
    for line in listed.split("\0"):
        if match := _STAGE.fullmatch(line):
            mode, blob, stage, path = match.groups()
            found.setdefault(path, {})[stage] = (mode, blob)
    names = "\0".join(found)
    named = GitOutput(1, encode(f"{tree}\0{names}\0\0{messages}"), b"")
    return Clashed(read_merge(named), tuple(Clash(p, s) for p, s in found.items()))


def leaves_markers(content: bytes, *, sides: tuple[bytes, ...]) -> bool:
    """Tell whether a content has lines like those around a conflict that no side had before."""
    lines = {line for line in content.split(b"\n") if _MARKER.match(line)}
    return bool(lines) and not lines <= {line for side in sides for line in side.split(b"\n")}


def has_conflict(content: bytes) -> bool:
    """Tell whether a content holds a whole conflict with its markers, as git writes it."""
    return b"\n>>>>>>> " in content and _CONFLICT.search(content) is not None
