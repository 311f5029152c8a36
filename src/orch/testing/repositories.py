"""Builds small real git repositories: what tests, contract suites and the demo work on."""

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from orch.core.project import Project

_ENVIRONMENT: Final = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@example.invalid",
    "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@example.invalid",
    "LC_ALL": "C",
}
FIRST: Final[Mapping[str, str]] = {"README.md": "# A project\n", "src/app.txt": "one\ntwo\nthree\n"}


@dataclass(frozen=True, slots=True)
class Repository:
    """A real repository on disk, driven as a person would; every call waits for git's end."""

    path: Path

    def git(self, *args: str, stdin: str = "") -> str:
        """Run git in the repository as Ada, and return what it printed."""
        env = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")} | _ENVIRONMENT
        given = stdin.encode("utf-8", "surrogateescape")
        done = subprocess.run(
            ("git", *args), cwd=self.path, env=env, input=given, capture_output=True, check=False
        )
        if done.returncode:
            raise AssertionError(f"git {' '.join(args)} in {self.path}: {done.stderr.decode()}")
        return done.stdout.decode("utf-8", "surrogateescape").removesuffix("\n")

    def write(self, files: Mapping[str, str | bytes]) -> None:
        """Write files, with the folders they need."""
        for name, content in files.items():
            file = self.path / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content.encode() if isinstance(content, str) else content)

    def commit(
        self, files: Mapping[str, str | bytes] | None = None, message: str = "Change"
    ) -> str:
        """Write files, commit all there is to commit, and return the commit."""
        self.write(files or {})
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        return self.head

    @property
    def head(self) -> str:
        """The commit that HEAD names."""
        return self.git("rev-parse", "HEAD")

    def snapshot(self) -> dict[str, bytes]:
        """Read every file of the repository and its .git, to compare byte by byte later."""
        files = (file for file in sorted(self.path.rglob("*")) if not file.is_dir())
        return {
            str(file.relative_to(self.path)): str(file.readlink()).encode()
            if file.is_symlink()
            else file.read_bytes()
            for file in files
        }


def make_repository(
    path: Path, files: Mapping[str, str | bytes] | None = None, *, branch: str = "main"
) -> Repository:
    """Make a repository with one commit of these files (`FIRST` unless told)."""
    repository = make_empty(path, branch=branch)
    repository.commit(FIRST if files is None else files, "Begin")
    return repository


def make_empty(path: Path, *, branch: str = "main") -> Repository:
    """Make a repository without a commit."""
    path.mkdir(parents=True)
    repository = Repository(path)
    repository.git("init", "-q", f"--initial-branch={branch}")
    return repository


def make_bare(path: Path, *, of: Repository | None = None) -> Repository:
    """Make a bare repository: empty, or with all that `of` has."""
    path.mkdir(parents=True)
    bare = Repository(path)
    bare.git("init", "-q", "--bare", "--initial-branch=main")
    if of is not None:
        of.git("push", "-q", str(path), "--all")
    return bare


def make_remote(repository: Repository, path: Path, *, name: str = "origin") -> Repository:
    """Make a bare repository beside it, and give it to the repository as its remote."""
    remote = make_bare(path, of=repository)
    repository.git("remote", "add", name, str(path))
    repository.git("fetch", "-q", name)
    return remote


def make_ignored(repository: Repository, files: Mapping[str, str | bytes]) -> None:
    """Write files and let .gitignore (committed) name each of them."""
    repository.write(files)
    with (repository.path / ".gitignore").open("a", encoding="utf-8") as ignore:
        ignore.writelines(f"/{name}\n" for name in files)
    repository.git("add", ".gitignore")
    repository.git("commit", "-q", "-m", "Ignore")


def make_submodule(repository: Repository, path: Path, *, at: str = "lib") -> Repository:
    """Make another repository and put it into this one as a submodule."""
    inner = make_repository(path, {"lib.txt": "library\n"})
    allow = ("-c", "protocol.file.allow=always")
    repository.git(*allow, "submodule", "add", "-q", str(path), at)
    repository.git("commit", "-q", "-m", "Add a submodule")
    return inner


def make_hook(repository: Repository, name: str, *, script: str) -> Path:
    """Install a hook in .git/hooks."""
    hook = repository.path / ".git" / "hooks" / name
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    hook.chmod(0o755)
    return hook


def make_project(
    home: Path, repository: Repository, *, remote: Repository | None = None
) -> Project:
    """Compose the project that `orch init` would register for a repository."""
    project_id = "p-test"
    return Project(
        id=project_id,
        name=repository.path.name,
        path=str(repository.path),
        hub=str(home / "repos" / f"{project_id}.git"),
        host_id="h-test",
        added_at=0.0,
        remote=str(remote.path) if remote else None,
    )
