"""What is read off a ref's file is what git says; where the file does not tell, git is asked."""

from pathlib import Path

import pytest

from orch.system.refs import peek
from orch.testing.repositories import make_bare, make_repository


def test_a_branch_is_read_off_its_file(tmp_path: Path) -> None:
    """In a repository with a checkout and in a bare one, also with a slash in its name."""
    repository = make_repository(tmp_path / "repo")
    repository.git("branch", "team/main")
    assert peek(repository.path, "refs/heads/main") == repository.head
    assert peek(repository.path, "refs/heads/team/main") == repository.head
    repository.commit({"new.txt": "new"})
    assert peek(repository.path, "refs/heads/main") == repository.head
    bare = make_bare(tmp_path / "bare.git", of=repository)
    assert peek(bare.path, "refs/heads/main") == repository.head


def test_what_a_file_does_not_tell_is_left_to_git(tmp_path: Path) -> None:
    """Packed, symbolic, missing, damaged refs, a linked worktree, and no repository at all."""
    repository = make_repository(tmp_path / "repo")
    repository.git("symbolic-ref", "refs/heads/alias", "refs/heads/main")
    assert peek(repository.path, "refs/heads/alias") is None
    assert peek(repository.path, "refs/heads/none") is None
    (repository.path / ".git/refs/heads/torn").write_text(repository.head[:17])
    assert peek(repository.path, "refs/heads/torn") is None
    repository.git("worktree", "add", "-q", "--detach", str(tmp_path / "linked"))
    assert peek(tmp_path / "linked", "refs/heads/main") is None
    (repository.path / ".git/refs/heads/torn").unlink()
    repository.git("pack-refs", "--all")
    assert peek(repository.path, "refs/heads/main") is None
    assert peek(tmp_path, "refs/heads/main") is None


@pytest.mark.parametrize("name", ["../../secret", ".hidden", "a//b", "a/", "main.lock", "a b"])
def test_names_that_git_would_not_take_lead_nowhere(tmp_path: Path, name: str) -> None:
    """A name is never a way out of the folder of refs."""
    repository = make_repository(tmp_path / "repo")
    (repository.path / ".git" / "secret").write_text(f"{repository.head}\n")
    assert peek(repository.path, f"refs/heads/{name}") is None
