"""Questions about a person's repository are answered truly, and never by writing to it."""

from pathlib import Path

import pytest

from orch.system.repository import (
    configured_hooks,
    contact_config,
    excludes,
    is_lfs_pointer,
    is_partial,
    is_repository,
    look,
)
from orch.testing.repositories import (
    Repository,
    make_bare,
    make_empty,
    make_remote,
    make_repository,
    make_submodule,
)


@pytest.fixture
def person(tmp_path: Path) -> Repository:
    """Give a repository in an awkward place."""
    return make_repository(tmp_path / "my größe", branch="trunk")


async def test_ordinary(person: Repository) -> None:
    """A repository is found from any folder in it."""
    found = await look(person.path / "src")
    assert found is not None
    assert found.top == person.path
    assert found.common_dir == person.path / ".git"
    assert (found.bare, found.empty, found.detached) == (False, False, False)
    assert (found.shallow, found.partial) == (False, False)
    assert (found.branch, found.head) == ("trunk", person.head)
    assert found.default_branch == "trunk"
    assert found.remote is None


async def test_none(tmp_path: Path) -> None:
    """A folder that is no repository, and one that isn't there, are none."""
    assert await look(tmp_path) is None
    assert not await is_repository(tmp_path / "gone")


async def test_empty(tmp_path: Path) -> None:
    """An empty repository has a branch and no commit."""
    found = await look(make_empty(tmp_path / "empty").path)
    assert found is not None
    assert (found.empty, found.branch, found.head) == (True, "main", None)


async def test_detached(person: Repository) -> None:
    """A detached HEAD has a commit and no branch; the default is the only branch there is."""
    person.git("checkout", "-q", "--detach")
    found = await look(person.path)
    assert found is not None
    assert (found.detached, found.head) == (True, person.head)
    assert found.default_branch == "trunk"


async def test_bare_and_remotes(person: Repository, tmp_path: Path) -> None:
    """A bare repository is known as such; of several remotes `origin` counts."""
    remote = make_remote(person, tmp_path / "remote.git")
    found = await look(remote.path)
    assert found is not None
    assert (found.bare, found.top) == (True, remote.path)
    person.git("remote", "add", "fork", str(make_bare(tmp_path / "fork.git").path))
    found = await look(person.path)
    assert found is not None
    assert found.remote == ("origin", str(remote.path))
    assert len(found.remotes) == 2


async def test_worktree(person: Repository, tmp_path: Path) -> None:
    """A linked worktree is a repository whose common folder is elsewhere."""
    person.git("worktree", "add", "-q", str(tmp_path / "linked"))
    found = await look(tmp_path / "linked")
    assert found is not None
    assert (found.top, found.common_dir) == (tmp_path / "linked", person.path / ".git")


async def test_shallow_and_partial(person: Repository, tmp_path: Path) -> None:
    """Clones that lack something are recognised."""
    person.commit({"a": "a"})
    person.git("config", "uploadpack.allowFilter", "true")
    url = f"file://{person.path}"
    person.git("clone", "-q", "--depth=1", url, str(tmp_path / "shallow"))
    person.git("clone", "-q", "--filter=blob:none", url, str(tmp_path / "partial"))
    shallow, partial = await look(tmp_path / "shallow"), await look(tmp_path / "partial")
    assert shallow is not None
    assert partial is not None
    assert (shallow.shallow, shallow.partial) == (True, False)
    assert (partial.shallow, partial.partial) == (False, True)
    assert await is_partial(tmp_path / "partial")


async def test_submodules_and_large_files(person: Repository, tmp_path: Path) -> None:
    """Submodules and the patterns of Git LFS are listed."""
    make_submodule(person, tmp_path / "lib", at="deep/lib")
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"
    person.commit({".gitattributes": "*.bin filter=lfs diff=lfs -text\n*.txt text\n", "x": pointer})
    found = await look(person.path)
    assert found is not None
    assert found.submodules == ("deep/lib",)
    assert found.lfs == ("*.bin",)
    assert is_lfs_pointer(person.path / "x")
    assert not is_lfs_pointer(person.path / "README.md")
    assert not is_lfs_pointer(person.path / "gone")


async def test_settings(
    person: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the repository says about contact, hooks and what is ignored is read."""
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".gitconfig").write_text("[core]\n\texcludesFile = ~/ignore\n")
    (tmp_path / "ignore").write_text(".idea/\n")
    person.write({".git/info/exclude": "/mine\n"})
    assert (await excludes(person.path)).split() == [".idea/", "/mine"]
    assert await configured_hooks(person.path) is None
    person.git("config", "core.hooksPath", ".husky")
    person.git("config", "http.proxy", "http://127.0.0.1:1")
    person.git("config", "credential.helper", "store")
    assert await configured_hooks(person.path) == ".husky"
    settings = await contact_config(person.path)
    assert dict(settings) == {"http.proxy": "http://127.0.0.1:1", "credential.helper": "store"}


async def test_looking_writes_nothing(person: Repository) -> None:
    """The person's repository is the same afterwards, to the byte."""
    before = person.snapshot()
    await look(person.path)
    assert person.snapshot() == before
