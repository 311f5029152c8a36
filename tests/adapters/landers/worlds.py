"""Real repositories for the lander's contract: a remote, a bare one, and one with a checkout."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest

from orch.adapters.hub import open_hub
from orch.adapters.landers.local import LocalLander
from orch.core.project import Project
from orch.ports.lander import Lander
from orch.testing.lander_values import FIRST, Files
from orch.testing.repositories import (
    Repository,
    make_bare,
    make_project,
    make_remote,
    make_repository,
)

KINDS: Final = ("remote", "bare", "elsewhere", "checkout")
PUSHED: Final = ("remote", "bare")


class GitWorld:
    """A project whose target is a branch of a real repository (`store`), and a colleague.

    `elsewhere`: a repository without remote whose checkout has another branch.
    """

    def __init__(self, folder: Path, kind: str) -> None:
        """Make the repositories, not yet the hub."""
        self.kind = kind
        self.person = make_repository(folder / "person ä", FIRST)
        self.store = self.person
        self.project: Project
        if kind == "remote":
            self.store = make_remote(self.person, folder / "remote.git")
            self.project = make_project(folder / "home", self.person, remote=self.store)
        else:
            self.store = (
                make_bare(folder / "bare.git", of=self.person) if kind == "bare" else self.person
            )
            self.project = make_project(folder / "home", self.store)
        if kind == "elsewhere":
            self.person.git("checkout", "-q", "-b", "work")
        self.colleague = Repository(folder / "colleague")
        self.colleague.path.mkdir()
        self.colleague.git("clone", "-q", str(self.store.path), ".")
        self.lander: Lander = LocalLander()
        self._changes = 0

    async def open(self) -> "GitWorld":
        """Make the hub."""
        await open_hub(self.project)
        return self

    @property
    def hub(self) -> Repository:
        """The project's hub."""
        return Repository(Path(self.project.hub))

    def change(self, files: Files, *, on: str = "") -> str:
        """Commit as an agent does, in a clone that the hub fetches from."""
        self._at(on or self.tip())
        commit = self._commit(files)
        self.publish()
        return commit

    def branch(self, name: str, files: Files) -> str:
        """Commit to a branch of the person's repository (pushed there if it is bare)."""
        self._at(self.tip())
        commit = self._commit(files)
        self.colleague.git("push", "-q", self.project.path, f"HEAD:refs/heads/{name}")
        return commit

    def publish(self) -> None:
        """Bring the colleague's HEAD into the hub, as an attempt's head."""
        self._changes += 1
        ref = f"refs/orch/attempts/t{self._changes}/1"
        self.colleague.git("push", "-q", self.project.hub, f"HEAD:{ref}")

    def advance(self, files: Files) -> str:
        """Commit to the target as somebody else."""
        if self.kind == "checkout":
            return self._commit(files, self.person)
        self._at(self.tip())
        commit = self._commit(files)
        self.colleague.git("push", "-q", "origin", "HEAD:main")
        return commit

    def rewind(self, to: str) -> None:
        """Force the target back."""
        if self.kind == "checkout":
            self.person.git("reset", "-q", "--hard", to)
        else:
            self.store.git("update-ref", "refs/heads/main", to)

    def repeat(self, commit: str) -> str:
        """Cherry-pick."""
        where = self.person if self.kind == "checkout" else self.colleague
        if where is self.colleague:
            self._at(self.tip())
        where.git("fetch", "-q", self.project.hub, commit)
        where.git("cherry-pick", commit)
        if where is self.colleague:
            where.git("push", "-q", "origin", "HEAD:main")
        return where.head

    def read(self, commit: str) -> Mapping[str, str]:
        """Read all files of a commit, from the hub."""
        names = self.hub.git("ls-tree", "-r", "--name-only", commit).splitlines()
        return {name: self.hub.git("cat-file", "blob", f"{commit}:{name}") + "\n" for name in names}

    def message(self, commit: str) -> str:
        """Read a commit's message."""
        return self.hub.git("log", "-1", "--format=%B", commit)

    def cut_off(self) -> None:
        """Take the target's disk away."""
        self.store.path.rename(self.store.path.with_name("unplugged"))

    def refuse(self, reason: str) -> None:
        """Let a hook of the target refuse."""
        folder = self.store.path / "hooks"
        folder.mkdir(exist_ok=True)
        (folder / "pre-receive").write_text(f"#!/bin/sh\necho '{reason}' >&2\nexit 1\n")
        (folder / "pre-receive").chmod(0o755)

    def dirty(self, path: str) -> None:
        """Edit a file of the checkout."""
        self.person.write({path: "edited by the person\n"})

    def clean(self) -> None:
        """Take all edits back."""
        self.person.git("checkout", "-q", "--", ".")

    def seen(self) -> Mapping[str, str]:
        """Read the files of the checkout."""
        files = (f for f in self.person.path.rglob("*") if f.is_file() and ".git" not in f.parts)
        return {str(f.relative_to(self.person.path)): f.read_text() for f in files}

    def worktree(self, at: str) -> Repository:
        """Make a worktree of the hub, as an agent has one."""
        self._changes += 1
        place = self.hub.path.parent / f"worktree-{self._changes}"
        self.hub.git("worktree", "add", "-q", "--detach", str(place), at)
        return Repository(place)

    def teach(self, one: str, other: str, *, resolution: Files) -> None:
        """Merge two commits in a worktree of the hub, as an agent does."""
        worktree = self.worktree(one)
        with pytest.raises(AssertionError):
            worktree.git("merge", "-q", other)
        worktree.commit({n: c for n, c in resolution.items() if c is not None}, "Resolve")

    def tip(self) -> str:
        """Return the commit that the target names."""
        return self.store.git("rev-parse", "refs/heads/main")

    def _at(self, commit: str) -> None:
        self.colleague.git("fetch", "-q", "origin")
        if self.hub.path.exists():
            self.colleague.git("fetch", "-q", str(self.hub.path), "+refs/orch/*:refs/orch/*")
        self.colleague.git("checkout", "-q", "--detach", "-f", commit)

    def _commit(self, files: Files, where: Repository | None = None) -> str:
        repository = where or self.colleague
        for name, content in files.items():
            if content is None:
                (repository.path / name).unlink()
        return repository.commit({n: c for n, c in files.items() if c is not None})
