"""Git runs the same whatever the person, the environment and the repository have set up."""

import asyncio
import os
from pathlib import Path

import pytest

from orch.system.git import Git, GitError, GitTimeout, redact, split_z
from orch.testing.repositories import Repository, make_hook, make_repository


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """Give a repository."""
    return make_repository(tmp_path / "größe repo")


@pytest.fixture
def git(repository: Repository) -> Git:
    """Give git bound to it."""
    return Git(repository.path)


async def test_output(git: Git, repository: Repository) -> None:
    """Output comes as text without its last line end, or as bytes."""
    assert await git("rev-parse", "HEAD") == repository.head
    assert await git.raw("cat-file", "blob", "HEAD:src/app.txt") == b"one\ntwo\nthree\n"
    assert split_z(await git.raw("ls-files", "-z")) == ["README.md", "src/app.txt"]
    assert await git("hash-object", "--stdin", stdin="x\n") == await git(
        "hash-object", "--stdin", stdin=b"x\n"
    )
    assert await git.beginning("cat-file", "blob", "HEAD:src/app.txt", limit_chars=5) == "one\nt"


async def test_failure(git: Git) -> None:
    """A failure tells the command, the exit code and what git said, and hides passwords."""
    address = "https://me:secret@127.0.0.1:1/x"
    with pytest.raises(GitError) as caught:
        await git("ls-remote", address)
    assert caught.value.exit_code == 128
    assert "127.0.0.1" in str(caught.value)
    assert "secret" not in str(caught.value) + caught.value.stderr + " ".join(caught.value.argv)
    assert redact(address) == "https://***@127.0.0.1:1/x"
    assert not await git.ok("rev-parse", "--verify", "-q", "nothing")
    assert (await git.run("rev-parse", "nothing")).exit_code == 128


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("https://token@host/x.git", "https://***@host/x.git"),
        ("https://ada:word@host/x.git", "https://***@host/x.git"),
        ("ssh://git@host:22/x.git", "ssh://git@host:22/x.git"),
        ("ssh://ada:word@host/x.git", "ssh://***@host/x.git"),
        ("git+ssh://git@host/x.git", "git+ssh://git@host/x.git"),
        ("git@host:x.git", "git@host:x.git"),
    ],
)
def test_an_address_is_shown_without_its_secrets(address: str, shown: str) -> None:
    """The name that ssh signs in with is none: without it the address can't be used."""
    assert redact(f"fetching from {address}: no") == f"fetching from {shown}: no"


async def test_a_git_that_was_killed_has_not_answered(
    git: Git, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is no "no": also who asks by the exit code gets an error."""
    dying = tmp_path / "bin" / "git"
    dying.parent.mkdir()
    dying.write_text("#!/bin/sh\necho half an answer\nkill -9 $$\n")
    dying.chmod(0o755)
    monkeypatch.setenv("PATH", f"{dying.parent}:{os.environ['PATH']}")
    for call in (git, git.raw, git.run, git.ok):
        with pytest.raises(GitError, match="killed by signal 9") as caught:
            await call("merge-base", "HEAD", "HEAD")
        assert caught.value.exit_code == -9


async def test_missing_folder(tmp_path: Path) -> None:
    """In a folder that isn't there nothing is ok, and running git there is an error."""
    git = Git(tmp_path / "gone")
    assert not await git.ok("status")
    with pytest.raises(GitError, match="can't start git"):
        await git("status")


async def test_time_out(git: Git, repository: Repository) -> None:
    """A git that hangs is ended with all that it started."""
    os.mkfifo(repository.path / "pipe")
    with pytest.raises(GitTimeout, match="no answer within"):
        await git("-c", "alias.hang=!cat pipe", "hang", timeout_s=0.2)


async def test_cancelled(git: Git, repository: Repository) -> None:
    """Cancelling a call ends git."""
    os.mkfifo(repository.path / "pipe")
    os.mkfifo(repository.path / "begun")
    call = asyncio.create_task(git("-c", "alias.hang=!echo > begun; cat pipe", "hang"))
    await asyncio.to_thread((repository.path / "begun").read_bytes)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call


async def test_environment_is_not_inherited(git: Git, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a caller's environment says to git is not heard."""
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    monkeypatch.setenv("GIT_INDEX_FILE", "/nowhere")
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Somebody")
    assert await git("rev-parse", "--is-inside-work-tree") == "true"


async def test_settings_of_the_person(
    git: Git, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The person's own configuration counts only where it is asked for."""
    (tmp_path / ".gitconfig").write_text("[user]\n\tname = Person\n[core]\n\tpager = false\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert (await git.run("config", "user.name")).exit_code == 1
    assert await git.person()("config", "user.name") == "Person"
    assert await git.person()("config", "core.pager") == "cat"
    assert await git.with_config(("user.name", "Other"))("config", "user.name") == "Other"


async def test_hooks_and_monitors_do_not_run(git: Git, repository: Repository) -> None:
    """Neither hooks nor a file system monitor of the repository run for orch."""
    make_hook(repository, "pre-commit", script="touch ran; exit 1")
    repository.git("config", "core.fsmonitor", "touch ran; false")
    repository.write({"new": "new"})
    await git("add", "-A")
    names = {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "b"}
    names |= {"GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "b"}
    await git("commit", "-q", "-m", "New", env=names)
    assert await git("status", "--porcelain") == ""


async def test_looking_writes_nothing(git: Git, repository: Repository) -> None:
    """A look at the status does not refresh the index, which may be the person's."""
    os.utime(repository.path / "README.md", (1, 1))
    before = repository.snapshot()
    assert await git("status", "--porcelain") == ""
    assert repository.snapshot() == before


async def test_parts_of_a_repository(git: Git, repository: Repository, tmp_path: Path) -> None:
    """Another index, another folder and another store of objects can take part."""
    other = git.with_index(tmp_path / "index")
    assert await other("ls-files") == ""
    await other("read-tree", "HEAD")
    assert await other("write-tree") == repository.git("rev-parse", "HEAD^{tree}")
