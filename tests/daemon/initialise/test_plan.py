"""Prove that a repository is looked at rightly, and that what is in the way is told."""

from pathlib import Path

import pytest

from orch.adapters.stores.memory import MemoryStore
from orch.daemon.settings.effective import CONFIG
from orch.system.paths import Home
from orch.testing.repositories import (
    Repository,
    make_bare,
    make_empty,
    make_remote,
    make_repository,
    make_submodule,
)
from tests.daemon.initialise.conftest import Plan

FILE = CONFIG.as_posix()


async def test_a_plain_repository_needs_nothing_else(plan: Plan, mine: Repository) -> None:
    """No remote, no configuration, no agents: it works all the same."""
    found = await plan(mine.path)
    assert not found.problems
    assert found.top == mine.path
    assert found.base_branch == "main"
    assert found.remote is None
    assert found.steps == (
        "write .orch/config.toml",
        "keep .orch/ out of git, the configuration aside (.git/info/exclude)",
        "register the project; what passes its gate lands on main of this repository",
    )


async def test_planning_changes_nothing(plan: Plan, mine: Repository, home: Home) -> None:
    """The person can still say no."""
    before = mine.snapshot()
    await plan(mine.path)
    await plan(mine.path, git=True)
    assert mine.snapshot() == before
    assert not (home.root / "trusted").exists()


async def test_the_whole_repository_is_meant_from_any_of_its_folders(
    plan: Plan, mine: Repository, tmp_path: Path
) -> None:
    """From a folder below and from a linked worktree, the main checkout is the project."""
    mine.git("worktree", "add", "-q", "-b", "side", str(tmp_path / "linked"))
    for folder in (mine.path / "src", tmp_path / "linked"):
        assert (await plan(folder)).top == mine.path


async def test_a_submodule_is_a_repository_of_its_own(
    plan: Plan, mine: Repository, tmp_path: Path
) -> None:
    """Its own top is found, not that of the repository around it."""
    make_submodule(mine, tmp_path / "inner", at="lib")
    found = await plan(mine.path / "lib")
    assert found.top == mine.path / "lib"
    assert not found.problems


async def test_odd_paths_are_no_obstacle(plan: Plan, tmp_path: Path) -> None:
    """Spaces, quotes and letters of other alphabets are letters."""
    odd = make_repository(tmp_path / "mein 'Projekt' — ünï 日本")
    found = await plan(odd.path)
    assert not found.problems
    assert found.top == odd.path


@pytest.mark.parametrize(
    ("branches", "current", "chosen"),
    [
        (["main", "work"], "work", "main"),
        (["master", "work"], "work", "master"),
        (["trunk"], "trunk", "trunk"),
    ],
)
async def test_the_base_branch_is_found(
    plan: Plan, tmp_path: Path, *, branches: list[str], current: str, chosen: str
) -> None:
    """The usual names count before the branch that happens to be checked out."""
    repository = make_repository(tmp_path / "r", branch=branches[0])
    for branch in branches[1:]:
        repository.git("branch", branch)
    repository.git("switch", "-q", current)
    assert (await plan(repository.path)).base_branch == chosen


async def test_the_default_of_the_remote_counts_first(plan: Plan, tmp_path: Path) -> None:
    """A clone knows which branch its origin calls the default."""
    origin = make_repository(tmp_path / "origin", branch="develop")
    origin.git("branch", "main")
    origin.git("clone", "-q", ".", str(tmp_path / "clone"))
    found = await plan(tmp_path / "clone")
    assert found.base_branch == "develop"
    assert found.remote == str(origin.path)


async def test_a_detached_head_is_no_obstacle_where_a_branch_is_known(
    plan: Plan, mine: Repository, tmp_path: Path
) -> None:
    """Only where nothing tells the branch, the person must."""
    mine.git("switch", "-q", "--detach")
    assert (await plan(mine.path)).base_branch == "main"
    lost = make_repository(tmp_path / "lost", branch="trunk")
    lost.git("switch", "-q", "--detach")
    lost.git("branch", "-q", "-D", "trunk")
    (problem,) = (await plan(lost.path)).problems
    assert "HEAD is detached" in problem.what
    assert "git switch" in problem.remedy


async def test_a_configuration_that_is_there_is_checked(plan: Plan, mine: Repository) -> None:
    """It is never written over; what is wrong with it is told, all at once."""
    mine.write({FILE: "[landing]\nmod = 1\nmode = 'x'\n"})
    found = await plan(mine.path)
    assert [problem.line for problem in found.problems] == [2, 3]
    assert found.steps == ()
    mine.write({FILE: "[landing]\nmode = 'manual'\n"})
    found = await plan(mine.path)
    assert not found.problems
    assert found.text == ""
    assert "write .orch/config.toml" not in found.steps


async def test_a_base_branch_that_does_not_exist_is_told(plan: Plan, mine: Repository) -> None:
    """With its line, and the branch that was probably meant."""
    mine.write({FILE: "[landing]\nbase_branch = 'mian'\n"})
    (problem,) = (await plan(mine.path)).problems
    assert str(problem) == (
        f"{mine.path / CONFIG}:2: the base branch mian does not exist; did you mean main?"
    )


async def test_a_branch_that_only_the_remote_has_exists(
    plan: Plan, mine: Repository, tmp_path: Path
) -> None:
    """Work lands there; the person need not have it checked out."""
    make_remote(mine, tmp_path / "remote.git")
    mine.git("push", "-q", "origin", "main:release")
    mine.write({FILE: "[landing]\nbase_branch = 'release'\n"})
    found = await plan(mine.path)
    assert not found.problems
    assert found.base_branch == "release"


async def test_a_bare_repository_is_registered_as_it_is(plan: Plan, bare: Repository) -> None:
    """Nothing can be written there; the note says where its configuration comes from."""
    found = await plan(bare.path)
    assert not found.problems
    assert found.bare
    assert found.text == ""
    assert found.excludes == ()
    assert any("default branch" in note for note in found.notes)


async def test_no_repository_is_told(plan: Plan, tmp_path: Path) -> None:
    """`--git` is the remedy for a folder without one, and for one without a commit."""
    (tmp_path / "plain").mkdir()
    for folder in (tmp_path / "plain", make_empty(tmp_path / "empty").path):
        (problem,) = (await plan(folder)).problems
        assert "orch init --git" in problem.remedy


async def test_an_empty_bare_repository_is_told(plan: Plan, tmp_path: Path) -> None:
    """Only a push can give it a commit."""
    (problem,) = (await plan(make_bare(tmp_path / "b.git").path, git=True)).problems
    assert "push a first commit" in problem.remedy


@pytest.mark.parametrize(("kind", "words"), [("gone", "no such folder"), ("file", "is a file")])
async def test_a_path_that_is_no_folder_is_told(
    plan: Plan, tmp_path: Path, *, kind: str, words: str
) -> None:
    """Each in its own words."""
    (tmp_path / "file").touch()
    (problem,) = (await plan(tmp_path / kind)).problems
    assert words in problem.what


async def test_orch_s_own_folders_are_refused(plan: Plan, mine: Repository, home: Home) -> None:
    """A workspace is no project."""
    workspace = home.workspaces("p-1") / "t1"
    workspace.parent.mkdir(parents=True)
    mine.git("worktree", "add", "-q", "-b", "t1", str(workspace))
    (problem,) = (await plan(workspace)).problems
    assert "orch's own" in problem.what


async def test_a_repository_around_the_home_is_refused(
    plan: Plan, tmp_path: Path, registry: MemoryStore
) -> None:
    """Who keeps their home folder in git would have two files of one name."""
    home = make_repository(tmp_path / "dotfiles")
    (home.path / ".orch").mkdir()
    (tmp_path / "home").rmdir()
    (tmp_path / "home").symlink_to(home.path / ".orch")
    (problem,) = (await plan(home.path)).problems
    assert "set ORCH_HOME to another folder" in problem.remedy
    assert not registry.projects()


async def test_a_file_in_the_way_is_told(plan: Plan, mine: Repository) -> None:
    """`.orch` must be a folder."""
    mine.write({".orch": ""})
    (problem,) = (await plan(mine.path)).problems
    assert problem.remedy == "move it away"


async def test_a_repository_that_git_refuses_is_told_in_git_s_words(
    plan: Plan, mine: Repository
) -> None:
    """A broken repository is not taken for none."""
    (mine.path / ".git" / "HEAD").write_text("nonsense")
    (problem,) = (await plan(mine.path)).problems
    assert "git refuses this repository" in problem.what


async def test_what_was_found_is_in_the_text(plan: Plan, mine: Repository) -> None:
    """The gate is proposed, not invented."""
    mine.write({"Makefile": "test:\n\ttrue\n"})
    found = await plan(mine.path)
    assert 'quality_gate = "make test"' in found.text
    assert [command.source for command in found.commands] == ["Makefile"]


async def test_notes_say_what_may_surprise(plan: Plan, mine: Repository, tmp_path: Path) -> None:
    """A base branch that was never pushed, landings that stay here, a clone that lacks much."""
    make_remote(mine, tmp_path / "remote.git")
    mine.git("branch", "other")
    mine.write({FILE: "landing.base_branch = 'other'"})
    assert any("push it before" in note for note in (await plan(mine.path)).notes)
    assert any("are not pushed" in note for note in (await plan(mine.path, repo=".")).notes)
    mine.git("clone", "-q", "--depth=1", f"file://{mine.path}", str(tmp_path / "shallow"))
    assert any("shallow" in note for note in (await plan(tmp_path / "shallow")).notes)
    mine.git("config", "uploadpack.allowFilter", "true")
    address, partial = f"file://{mine.path}", tmp_path / "partial"
    mine.git("clone", "-q", "--filter=blob:none", address, str(partial))
    assert any("in a partial clone" in note for note in (await plan(partial)).notes)
