"""Prove that the repository around a folder is found without git, as git would find it."""

from pathlib import Path

import pytest

from orch.daemon.git_folders import common_dir, repositories_around
from orch.testing.repositories import Repository, make_submodule


def asked(repository: Repository) -> Path:
    """Ask git for the shared directory."""
    return Path(repository.git("rev-parse", "--path-format=absolute", "--git-common-dir"))


def test_a_checkout_and_its_worktrees_share_one_directory(mine: Repository, tmp_path: Path) -> None:
    """A linked worktree belongs to the same repository, wherever it lies."""
    linked = tmp_path / "elsewhere" / "linked ä"
    mine.git("worktree", "add", "-q", "-b", "side", str(linked))
    assert common_dir(mine.path) == asked(mine)
    assert common_dir(linked) == asked(Repository(linked)) == asked(mine)


def test_a_bare_repository_is_its_own_directory(bare: Repository) -> None:
    """There is no checkout around it."""
    assert common_dir(bare.path) == bare.path.resolve()


def test_a_repository_with_a_separate_directory_is_found(tmp_path: Path, mine: Repository) -> None:
    """The pointer in .git leads to it."""
    away = tmp_path / "away"
    mine.git("clone", "-q", f"--separate-git-dir={tmp_path / 'kept.git'}", ".", str(away))
    assert common_dir(away) == (tmp_path / "kept.git").resolve()


def test_the_innermost_comes_first(tmp_path: Path, mine: Repository) -> None:
    """A submodule lies in its own repository and in the one around it."""
    make_submodule(mine, tmp_path / "inner", at="lib")
    found = list(repositories_around(mine.path / "lib"))
    assert found[0] == asked(Repository(mine.path / "lib"))
    assert found[1] == asked(mine)


@pytest.mark.parametrize("content", [b"", b"gitdir: ", b"\xff\xfe", b"gitdir: /nowhere/at/all"])
def test_a_broken_pointer_is_no_crash(tmp_path: Path, content: bytes) -> None:
    """Whatever stands in .git, the answer is a path or None."""
    (tmp_path / ".git").write_bytes(content)
    assert common_dir(tmp_path) is None or isinstance(common_dir(tmp_path), Path)


def test_a_folder_outside_of_any_repository_has_none(tmp_path: Path) -> None:
    """Nothing is found up to the root of the disk."""
    assert common_dir(tmp_path) is None
    assert not [found for found in repositories_around(tmp_path) if found.is_relative_to(tmp_path)]
