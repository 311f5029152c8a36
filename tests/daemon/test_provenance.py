"""Prove that a person's own hand is told from what came with other people's commits."""

from pathlib import Path

import pytest

from orch.daemon.provenance import Hand, whose_hand
from orch.testing.repositories import Repository, make_empty, make_remote, make_repository

FILE = ".orch/config.toml"


@pytest.fixture
def mine(tmp_path: Path) -> Repository:
    """Give a repository of the person's, with a remote."""
    repository = make_repository(tmp_path / "my project ä")
    make_remote(repository, tmp_path / "remote.git")
    repository.git("branch", "-q", "--set-upstream-to=origin/main")
    return repository


@pytest.fixture
def foreign(tmp_path: Path, mine: Repository) -> Repository:
    """Give another person's clone, who pushes a configuration."""
    mine.git("clone", "-q", str(tmp_path / "remote.git"), str(tmp_path / "other"))
    other = Repository(tmp_path / "other")
    other.commit({FILE: "foreign = 1\n"}, "Configure")
    other.git("push", "-q")
    return other


async def hand(repository: Repository) -> Hand:
    """Ask whose hand the file is from."""
    return await whose_hand(repository.path, FILE)


async def test_an_untracked_file_is_the_person_s(mine: Repository) -> None:
    """Nobody else puts files there that git does not know."""
    mine.write({FILE: "a = 1\n"})
    assert await hand(mine) is Hand.EDITED


async def test_an_ignored_file_is_the_person_s(mine: Repository) -> None:
    """What git ignores it does not bring either."""
    mine.commit({".gitignore": ".orch/\n"})
    mine.write({FILE: "a = 1\n"})
    assert await hand(mine) is Hand.EDITED


async def test_a_file_of_a_repository_without_commits_is_the_person_s(tmp_path: Path) -> None:
    """There is no commit that it could have come with."""
    empty = make_empty(tmp_path / "empty")
    empty.write({FILE: "a = 1\n"})
    assert await hand(empty) is Hand.EDITED


async def test_an_edit_is_the_person_s(mine: Repository, foreign: Repository) -> None:
    """Who has changed a file by hand has had it before their eyes."""
    mine.git("pull", "-q")
    mine.write({FILE: "foreign = 1\nmine = 2\n"})
    assert await hand(mine) is Hand.EDITED
    assert foreign.path.exists()


async def test_what_was_pulled_is_foreign(mine: Repository, foreign: Repository) -> None:
    """A pull by fast-forward, by merge and by rebase brings other people's content."""
    mine.git("pull", "-q")
    assert await hand(mine) is Hand.FOREIGN
    mine.commit({"x": "1"})
    assert await hand(mine) is Hand.FOREIGN, "a commit of other files changes nothing"
    foreign.commit({FILE: "foreign = 2\n"}, "Again")
    foreign.git("push", "-q")
    mine.git("pull", "-q", "--no-rebase", "--no-edit")
    assert await hand(mine) is Hand.FOREIGN
    foreign.commit({FILE: "foreign = 3\n"}, "Once more")
    foreign.git("pull", "-q", "--rebase")
    foreign.git("push", "-q")
    mine.git("pull", "-q", "--rebase")
    assert await hand(mine) is Hand.FOREIGN


async def test_what_was_cloned_is_foreign(tmp_path: Path, foreign: Repository) -> None:
    """A repository that somebody made is not trusted because it was cloned."""
    foreign.git("clone", "-q", str(tmp_path / "remote.git"), str(tmp_path / "clone"))
    assert await hand(Repository(tmp_path / "clone")) is Hand.FOREIGN


async def test_a_touched_file_is_still_foreign(mine: Repository, foreign: Repository) -> None:
    """New times alone are no edit."""
    mine.git("pull", "-q")
    (mine.path / FILE).touch()
    assert await hand(mine) is Hand.FOREIGN
    assert foreign.path.exists()


async def test_what_is_committed_here_is_the_person_s(mine: Repository) -> None:
    """The reflog of this checkout shows that the commit was made in it."""
    mine.commit({FILE: "a = 1\n"})
    mine.commit({"x": "1"})
    assert await hand(mine) is Hand.COMMITTED
    mine.git("switch", "-q", "-c", "elsewhere")
    assert await hand(mine) is Hand.COMMITTED


async def test_an_amended_commit_counts_as_the_one_before(
    mine: Repository, foreign: Repository
) -> None:
    """One's own commit stays one's own; another's does not become so."""
    mine.commit({FILE: "a = 1\n"})
    mine.git("commit", "-q", "--amend", "-m", "Better words")
    assert await hand(mine) is Hand.COMMITTED
    mine.git("reset", "-q", "--hard", "HEAD~1")
    mine.git("pull", "-q")
    mine.git("commit", "-q", "--amend", "-m", "Other words")
    assert await hand(mine) is Hand.FOREIGN
    assert foreign.path.exists()


async def test_what_git_only_staged_proves_nothing(mine: Repository, foreign: Repository) -> None:
    """It may have been added by hand, or taken from another branch: no commit tells."""
    mine.git("fetch", "-q")
    mine.git("checkout", "-q", "origin/main", "--", FILE)
    assert await hand(mine) is Hand.STAGED
    mine.git("rm", "-q", "-f", FILE)
    mine.commit({FILE: "a = 1\n"})
    mine.git("rm", "-q", "--cached", FILE)
    assert await hand(mine) is Hand.STAGED
    assert foreign.path.exists()


@pytest.mark.parametrize("way", ["merge", "cherry-pick", "rebase"])
async def test_nothing_is_decided_while_git_is_at_work(
    mine: Repository, foreign: Repository, way: str
) -> None:
    """Files in the middle of a merge, a pick or a rebase are nobody's yet."""
    mine.commit({FILE: "a = 1\n"})
    mine.git("fetch", "-q")
    with pytest.raises(AssertionError):
        mine.git(way, "origin/main")
    assert await hand(mine) is Hand.UNSETTLED
    assert foreign.path.exists()


async def test_nothing_is_decided_while_the_index_is_locked(mine: Repository) -> None:
    """A pull writes files first and moves HEAD last; in between nothing may look like an edit."""
    mine.write({FILE: "a = 1\n", ".git/index.lock": ""})
    assert await hand(mine) is Hand.UNSETTLED


async def test_a_file_that_was_deleted_here_is_the_person_s(mine: Repository) -> None:
    """Its removal is told from one that came with a commit."""
    mine.commit({FILE: "a = 1\n"})
    (mine.path / FILE).unlink()
    assert await hand(mine) is Hand.EDITED
    mine.commit(message="Remove")
    assert await hand(mine) is Hand.COMMITTED


async def test_a_file_that_a_pull_removed_is_foreign(mine: Repository, foreign: Repository) -> None:
    """Somebody else's removal of a gate is somebody else's change of it."""
    mine.git("pull", "-q")
    (foreign.path / FILE).unlink()
    foreign.commit(message="Remove")
    foreign.git("push", "-q")
    mine.git("pull", "-q")
    assert not (mine.path / FILE).exists()
    assert await hand(mine) is Hand.FOREIGN


async def test_attributes_do_not_make_a_pulled_file_look_edited(
    mine: Repository, foreign: Repository
) -> None:
    """Whoever writes .gitattributes can make git write other bytes than it stores."""
    foreign.commit({".gitattributes": f"{FILE} ident eol=crlf\n", FILE: "# $Id$\nforeign = 1\n"})
    foreign.git("push", "-q")
    mine.git("pull", "-q")
    assert b"$Id: " in (mine.path / FILE).read_bytes()
    assert b"\r\n" in (mine.path / FILE).read_bytes()
    assert await hand(mine) is Hand.FOREIGN
