"""Prove that landings go where the person means, and that no password is stored."""

from pathlib import Path

import pytest

from orch.daemon.initialise.remote import choose_remote
from orch.daemon.settings.problem import Problem

SSH = "git@github.com:ada/engine.git"
HTTPS = "https://github.com/ada/engine"
OTHER = "ssh://git@host.example/other.git"


@pytest.mark.parametrize(
    ("remotes", "wanted", "address"),
    [
        ([], "", None),
        ([("origin", SSH)], "", SSH),
        ([("up", SSH)], "", SSH),
        ([("up", OTHER), ("origin", SSH)], "", SSH),
        ([("up", OTHER), ("origin", SSH)], "up", OTHER),
        ([("origin", SSH)], ".", None),
        ([("fork", OTHER), ("up", SSH)], "ada/engine", SSH),
        ([("up", HTTPS)], "ada/engine", HTTPS),
        ([("origin", OTHER)], "ada/engine", "https://github.com/ada/engine.git"),
        ([], "https://host.example/x.git", "https://host.example/x.git"),
        ([], "file:///srv/x.git", "file:///srv/x.git"),
        ([("origin", "https://ada@host.example/x.git")], "", "https://ada@host.example/x.git"),
    ],
)
def test_the_remote_that_is_meant_is_chosen(
    tmp_path: Path, *, remotes: list[tuple[str, str]], wanted: str, address: str | None
) -> None:
    """By name, by owner and name, by address, or the one that git would take."""
    assert choose_remote(tmp_path, remotes, wanted=wanted) == address


def test_a_path_becomes_absolute(tmp_path: Path) -> None:
    """The daemon runs elsewhere than the person who wrote `../remote.git`."""
    (tmp_path / "bäre repo.git").mkdir()
    (tmp_path / "mine").mkdir()
    found = choose_remote(tmp_path / "mine", [("origin", "../bäre repo.git")])
    assert found == str((tmp_path / "bäre repo.git").resolve())


@pytest.mark.parametrize(
    ("remotes", "words"),
    [
        ([("a", SSH), ("b", OTHER)], "several remotes and none is origin: a, b"),
        ([("origin", "../gone.git")], "is not there"),
        ([("origin", "https://ada:s3cret@host.example/x.git")], "holds a password"),
        ([("origin", "https://ghp_s3cret@github.com/a/b")], "holds a password"),
    ],
)
def test_what_can_not_be_used_is_told(
    tmp_path: Path, remotes: list[tuple[str, str]], words: str
) -> None:
    """With a remedy, and without repeating a secret."""
    found = choose_remote(tmp_path, remotes)
    assert isinstance(found, Problem)
    assert words in found.what
    assert found.remedy
    assert "s3cret" not in str(found)
