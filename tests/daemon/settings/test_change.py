"""Prove that what a person asks for is done as a whole, or not at all."""

import pytest

from orch.adapters.stores.memory import MemoryStore
from orch.core.project import Project
from orch.daemon.settings.change import change
from orch.daemon.settings.effective import CONFIG
from orch.daemon.settings.reload import SettingsCache
from orch.system.paths import Home
from orch.testing.repositories import Repository

FILE = CONFIG.as_posix()


@pytest.fixture
def cache(home: Home, registry: MemoryStore) -> SettingsCache:
    """Give a cache that asks again at once for what was not trusted."""
    return SettingsCache(home, registry, patience_s=0)


def pretend_pulled(repository: Repository, text: str) -> None:
    """Make a commit look like one that came from elsewhere: this checkout's reflog lacks it."""
    repository.commit({FILE: text})
    repository.git("reflog", "expire", "--expire=all", "--all")


async def gate(cache: SettingsCache, project: Project) -> tuple[str, ...]:
    """Return the gate that is in force, as the engine asks for it."""
    return (await cache.project(project)).landing.quality_gate


async def test_a_key_that_orch_sets_is_trusted(
    cache: SettingsCache, project: Project, mine: Repository
) -> None:
    """`orch config set` is the person's own hand, whatever git thinks of the file."""
    mine.commit({FILE: 'landing.quality_gate = "mine"\n'})
    assert await change(cache, project, changes={"landing.quality_gate": "better"}) == ()
    assert await gate(cache, project) == ("better",)
    assert await change(cache, None, changes={"daemon.sessions": "2"}) == ()
    assert cache.host().sessions == 2


async def test_a_file_that_waits_for_trust_is_not_changed(
    cache: SettingsCache, project: Project, mine: Repository
) -> None:
    """A changed file would look like the person's own, commands of others included."""
    pretend_pulled(mine, 'landing.quality_gate = "evil"\n')
    (problem,) = await change(cache, project, changes={"limits.rounds": "1"})
    assert "orch trust" in problem.remedy
    assert "rounds" not in (mine.path / CONFIG).read_text()


async def test_a_bare_repository_s_file_is_not_changed(
    cache: SettingsCache, bare_project: Project
) -> None:
    """Orch commits nothing in the person's name; the remedy is theirs."""
    (problem,) = await change(cache, bare_project, changes={"limits.rounds": "1"})
    assert "push a commit" in problem.remedy
