"""A hub in memory: commits, refs and worktrees, as much of git as fakes need."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from orch.ports.workspace import Saved, Workspace

Files = dict[str, str]


def content_id(*parts: str) -> str:
    """Name a content as git would: by its hash."""
    return hashlib.sha1("\0".join(parts).encode(), usedforsecurity=False).hexdigest()


@dataclass(frozen=True, slots=True)
class FakeCommit:
    """A commit: its files and its parent."""

    files: Files
    parent: str | None


@dataclass(slots=True)
class FakeWorktree:
    """A worktree: where its HEAD is, which branch that is on, and what lies in it.

    `merging` is the commit whose merge is under way. It becomes the parent of the next one, for
    a commit here has only one.
    """

    head: str
    branch: str | None
    files: Files
    owner: tuple[str, int] | None
    made: Workspace | None = None
    merging: str | None = None


@dataclass(slots=True)
class FakeHub:
    """What the real hub keeps on disk: commits, refs, worktrees; shared by whoever needs it."""

    commits: dict[str, FakeCommit] = field(default_factory=dict)
    refs: dict[str, str] = field(default_factory=dict)
    worktrees: dict[str, FakeWorktree] = field(default_factory=dict)
    saved: list[Saved] = field(default_factory=list)

    def commit(self, files: Mapping[str, str], parent: str | None, *, message: str = "") -> str:
        """Make a commit and return its id; the same commit again has the same id."""
        listed = (f"{name}={text}" for name, text in sorted(files.items()))
        name = content_id(parent or "", message, *listed)
        self.commits[name] = FakeCommit(dict(files), parent)
        return name

    def history(self, commit: str | None) -> list[str]:
        """List a commit and all before it, the newest first."""
        line = []
        while commit is not None:
            line.append(commit)
            commit = self.commits[commit].parent
        return line

    def changed(self, old: str, files: Mapping[str, str]) -> tuple[str, ...]:
        """List what differs between a commit and some files."""
        before = self.commits[old].files
        names = sorted({*before, *files})
        return tuple(name for name in names if before.get(name) != files.get(name))

    def fork(self, one: str, other: str) -> str | None:
        """Find the newest commit that two have in common."""
        known = set(self.history(one))
        return next((commit for commit in self.history(other) if commit in known), None)
