"""Prove that `--git` makes a repository a person would have made, or leaves the folder alone."""

from pathlib import Path

import pytest

from orch.daemon.initialise.first_commit import FirstCommit
from orch.daemon.initialise.write import write_init
from orch.daemon.projects import Projects
from orch.daemon.settings.effective import CONFIG
from orch.daemon.trust import Trust
from orch.ports.errors import Permanent
from orch.system.paths import Home
from orch.testing.repositories import Repository, make_empty, make_hook
from tests.daemon.initialise.conftest import Init, Plan


@pytest.fixture
def folder(tmp_path: Path) -> Repository:
    """Give a folder with files, which is no repository yet."""
    folder = Repository(tmp_path / "my föld er")
    folder.path.mkdir()
    folder.write({"app.py": "1\n", "[x]*.txt": "2\n", "skip.log": "3\n", ".gitignore": "*.log\n"})
    return folder


async def test_a_folder_becomes_a_repository(init: Init, folder: Repository) -> None:
    """Its files are the first commit; ignored ones and orch's own are not among them."""
    result = await init(folder.path, git=True)
    assert folder.git("ls-files", "-z").split("\0")[:-1] == [".gitignore", "[x]*.txt", "app.py"]
    assert folder.git("rev-parse", "--abbrev-ref", "HEAD") == "main"
    assert folder.git("status", "--porcelain", "-uall") == "?? .orch/config.toml"
    assert result.did[0].startswith("make a git repository")


async def test_an_empty_folder_gets_an_empty_commit(init: Init, tmp_path: Path) -> None:
    """Work can start from nothing, too."""
    (tmp_path / "new").mkdir()
    await init(tmp_path / "new", git=True)
    assert Repository(tmp_path / "new").git("ls-tree", "HEAD") == ""


async def test_a_repository_without_commits_gets_one(init: Init, tmp_path: Path) -> None:
    """What was staged is in it, on the branch that it already has; hooks do not run."""
    empty = make_empty(tmp_path / "empty", branch="trunk")
    make_hook(empty, "pre-commit", script="exit 1")
    empty.write({"a.txt": "1", "b.txt": "2"})
    empty.git("add", "a.txt")
    result = await init(empty.path, git=True)
    assert empty.git("ls-tree", "--name-only", "HEAD") == "a.txt\nb.txt"
    assert empty.git("symbolic-ref", "--short", "HEAD") == "trunk"
    assert 'base_branch = "trunk"' in (empty.path / CONFIG).read_text()
    assert result.did[-1].endswith("lands on trunk of this repository")


async def test_a_known_identity_is_used(init: Init, folder: Repository, person: Repository) -> None:
    """The repository gets one of its own only where git knows none."""
    person.write({".gitconfig": "[user]\nname = Grace\nemail = grace@example.com\n"})
    await init(folder.path, git=True)
    assert folder.git("log", "-1", "--format=%an <%ae>") == "Grace <grace@example.com>"
    assert "user" not in (folder.path / ".git" / "config").read_text()


async def test_a_missing_identity_is_made_up_and_said(init: Init, folder: Repository) -> None:
    """It is set in this repository alone, and the person is told."""
    result = await init(folder.path, git=True)
    name, email = folder.git("log", "-1", "--format=%an\n%ae").split("\n")
    assert folder.git("config", "--local", "user.name") == name
    assert "@" in email
    assert any(f"{name} <{email}>" in step for step in result.did)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (".env", "looks like a secret"),
        ("config/.env.local", "looks like a secret"),
        ("id_ed25519", "looks like a secret"),
        ("server.pem", "looks like a secret"),
        ("node_modules/x/index.js", "what tools made"),
        (".venv/bin/python", "what tools made"),
    ],
)
async def test_what_should_not_be_committed_is_told(
    plan: Plan, folder: Repository, *, name: str, words: str
) -> None:
    """It could never be taken out of the history again; a .gitignore is the remedy."""
    folder.write({name: "x"})
    (problem,) = (await plan(folder.path, git=True)).problems
    assert words in problem.what
    assert name in problem.what
    assert ".gitignore" in problem.remedy
    assert not (folder.path / ".git").exists()


async def test_an_example_of_a_secret_is_none(plan: Plan, folder: Repository) -> None:
    """`.env.example` is meant to be shared."""
    folder.write({".env.example": "KEY="})
    assert not (await plan(folder.path, git=True)).problems


async def test_a_repository_inside_is_told(plan: Plan, folder: Repository) -> None:
    """Git would store a pointer to nowhere in its place."""
    inner = make_empty(folder.path / "inner")
    inner.commit({"x": "1"})
    (problem,) = (await plan(folder.path, git=True)).problems
    assert "another repository: inner/" in problem.what


async def test_a_very_large_file_is_told(plan: Plan, folder: Repository) -> None:
    """Nobody wants it in every clone for ever."""
    with (folder.path / "data.bin").open("wb") as file:
        file.truncate(60 * 1024 * 1024)
    (problem,) = (await plan(folder.path, git=True)).problems
    assert "very large files: data.bin" in problem.what


async def test_a_failure_takes_the_repository_back(
    plan: Plan, folder: Repository, home: Home, *, projects: Projects, trust: Trust
) -> None:
    """The folder is as it was."""
    planned = await plan(folder.path, git=True)
    before = folder.snapshot()
    (home.root / "host-id").mkdir()
    with pytest.raises(Permanent):
        await write_init(planned, projects, trust=trust, approved=True)
    assert folder.snapshot() == before


async def test_a_failure_gives_an_empty_repository_its_index_back(
    plan: Plan, tmp_path: Path, home: Home, *, projects: Projects, trust: Trust
) -> None:
    """What was staged is staged, the rest is not, and there is no commit."""
    empty = make_empty(tmp_path / "empty")
    empty.write({"a.txt": "1", "b.txt": "2"})
    empty.git("add", "a.txt")
    planned = await plan(empty.path, git=True)
    assert isinstance(planned.first_commit, FirstCommit)
    (home.root / "host-id").mkdir()
    with pytest.raises(Permanent):
        await write_init(planned, projects, trust=trust, approved=True)
    assert empty.git("status", "--porcelain") == "A  a.txt\n?? b.txt"
    with pytest.raises(AssertionError):
        empty.git("rev-parse", "--verify", "HEAD")
