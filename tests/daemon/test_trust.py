"""Prove that commands run only if the person knows them, and that trust is remembered."""

from pathlib import Path

import pytest

from orch.adapters.stores.memory import MemoryStore
from orch.core.project import Project
from orch.daemon.settings.effective import CONFIG
from orch.daemon.settings.source import Document, load
from orch.daemon.trust import Trust
from orch.system.paths import Home
from orch.testing.repositories import Repository

FILE = CONFIG.as_posix()


@pytest.fixture
def trust(registry: MemoryStore, home: Home) -> Trust:
    """Give the trust of a person who has trusted nothing yet."""
    return Trust(registry, home, lambda: 1.0)


def written(repository: Repository) -> Document:
    """Read the configuration of a checkout; the empty one if there is none."""
    found = load(repository.path / CONFIG)
    return found if isinstance(found, Document) else Document("", b"")


def pretend_pulled(repository: Repository, text: str) -> None:
    """Make a commit look like one that came from elsewhere: this checkout's reflog lacks it."""
    repository.commit({FILE: text})
    repository.git("reflog", "expire", "--expire=all", "--all")


async def test_no_configuration_needs_no_trust(trust: Trust, project: Project) -> None:
    """Without a file there is nothing to run."""
    verdict = await trust.judge(project, Document("", b""))
    assert verdict.trusted


async def test_one_s_own_hand_is_trusted_and_remembered(
    trust: Trust, project: Project, mine: Repository
) -> None:
    """What was trusted once stays so, wherever the same bytes come from later."""
    mine.write({FILE: "a = 1\n"})
    assert (await trust.judge(project, written(mine))).trusted
    pretend_pulled(mine, "a = 1\n")
    assert (await trust.judge(project, written(mine))).why == "trusted by its hash"


async def test_another_s_commit_waits_for_the_person(
    trust: Trust, project: Project, mine: Repository
) -> None:
    """It is trusted only once the person said so."""
    pretend_pulled(mine, "a = 1\n")
    verdict = await trust.judge(project, written(mine))
    assert not verdict.trusted
    assert verdict.settled
    assert "not made in this checkout" in verdict.why
    await trust.trust(project, written(mine))
    assert (await trust.judge(project, written(mine))).trusted


async def test_a_content_that_is_no_longer_there_is_not_judged_by_what_is(
    trust: Trust, project: Project, mine: Repository
) -> None:
    """What was read before git replaced the file does not profit from the new one."""
    pretend_pulled(mine, "foreign = 1\n")
    foreign = written(mine)
    mine.write({FILE: "mine = 1\n"})
    verdict = await trust.judge(project, foreign)
    assert not verdict.trusted
    assert not verdict.settled


async def test_a_link_is_trusted_only_by_its_content_s_hash(
    trust: Trust, project: Project, mine: Repository, tmp_path: Path
) -> None:
    """Where a link leads, nobody here may have written anything."""
    (tmp_path / "elsewhere.toml").write_text("a = 1\n")
    (mine.path / ".orch").mkdir()
    (mine.path / CONFIG).symlink_to(tmp_path / "elsewhere.toml")
    assert not (await trust.judge(project, written(mine))).trusted


async def test_without_git_nothing_is_proved(
    trust: Trust, project: Project, mine: Repository
) -> None:
    """A repository that git can't read makes nobody trusted."""
    mine.write({FILE: "a = 1\n", ".git/HEAD": "broken"})
    assert not (await trust.judge(project, written(mine))).trusted


async def test_what_a_bare_repository_has_came_by_a_push(
    trust: Trust, bare_project: Project
) -> None:
    """Nobody sits in front of it: only its hash can be trusted."""
    document = Document("", b"a = 1\n")
    assert not (await trust.judge(bare_project, document, bare=True)).trusted
    await trust.trust(bare_project, document)
    assert (await trust.judge(bare_project, document, bare=True)).trusted


async def test_the_removal_of_a_configuration_is_a_change_like_any_other(
    trust: Trust, project: Project, mine: Repository
) -> None:
    """A gate that somebody else takes away stays in force until the person agrees."""
    mine.commit({FILE: "a = 1\n"})
    trust.remember(project, written(mine))
    mine.git("rm", "-q", FILE)
    mine.git("commit", "-q", "-m", "Remove")
    mine.git("reflog", "expire", "--expire=all", "--all")
    nothing = Document("", b"")
    assert not (await trust.judge(project, nothing)).trusted
    await trust.trust(project, nothing)
    assert (await trust.judge(project, nothing)).trusted
    assert trust.last(project) is None


def test_what_was_in_force_is_kept(trust: Trust, project: Project, home: Home) -> None:
    """It outlives the daemon, and is for the owner's eyes only."""
    assert trust.last(project) is None
    trust.remember(project, Document("x", b"a = 1\n"))
    trust.remember(project, Document("x", b"a = 2\n"))
    last = trust.last(project)
    assert last is not None
    assert last.data == b"a = 2\n"
    (kept,) = (home.root / "trusted").iterdir()
    assert kept.stat().st_mode & 0o077 == 0
