"""Prove that `orch init` does all of what it planned, once, or leaves nothing."""

from pathlib import Path

import pytest

from orch.adapters.stores.memory import MemoryStore
from orch.daemon.initialise.write import write_init
from orch.daemon.projects import Projects
from orch.daemon.settings.effective import CONFIG
from orch.daemon.settings.reload import SettingsCache
from orch.daemon.trust import Trust
from orch.ports.errors import Permanent
from orch.system.paths import Home
from orch.testing.repositories import Repository, make_remote
from tests.daemon.initialise.conftest import Init, Plan

FILE = CONFIG.as_posix()


async def test_a_repository_becomes_a_project(
    init: Init, mine: Repository, *, projects: Projects, home: Home
) -> None:
    """Its configuration is written and in force; git does not see what orch keeps there."""
    mine.write({"Makefile": "test:\n\ttrue\n"})
    result = await init(mine.path)
    assert projects.all() == [result.project]
    assert len(result.did) == 3
    settings = await SettingsCache(home, projects.registry).project(result.project)
    assert settings.landing.quality_gate == ("make test",)
    mine.write({".orch/plans/x.md": "x"})
    assert mine.git("status", "--porcelain", "-uall").split("\n") == [
        "?? .orch/config.toml",
        "?? Makefile",
    ]


async def test_the_second_time_does_nothing(init: Init, mine: Repository) -> None:
    """It says so by having done nothing, and not a byte has changed."""
    first = await init(mine.path)
    before = mine.snapshot()
    second = await init(mine.path)
    assert second.did == ()
    assert second.project == first.project
    assert mine.snapshot() == before


async def test_what_is_missing_is_added(init: Init, mine: Repository) -> None:
    """A clone of a project that has a configuration needs only the rest."""
    mine.commit({FILE: "# ours\n"})
    (mine.path / ".git" / "info" / "exclude").write_text("*.log")
    result = await init(mine.path)
    assert (mine.path / CONFIG).read_text() == "# ours\n"
    assert len(result.did) == 2
    lines = (mine.path / ".git" / "info" / "exclude").read_text().splitlines()
    assert lines[0] == "*.log"
    assert lines[-2:] == ["/.orch/*", "!/.orch/config.toml"]


async def test_an_approved_configuration_of_others_is_trusted(
    init: Init, mine: Repository, home: Home, *, projects: Projects
) -> None:
    """`--yes` counts as having seen it."""
    mine.commit({FILE: 'landing.quality_gate = "x"'})
    mine.git("reflog", "expire", "--expire=all", "--all")
    result = await init(mine.path)
    settings = await SettingsCache(home, projects.registry).project(result.project)
    assert settings.landing.quality_gate == ("x",)


async def test_without_approval_nothing_of_others_is_trusted(
    plan: Plan, mine: Repository, home: Home, *, projects: Projects, trust: Trust
) -> None:
    """The project is registered, and its commands wait."""
    mine.commit({FILE: 'landing.quality_gate = "x"'})
    mine.git("reflog", "expire", "--expire=all", "--all")
    result = await write_init(await plan(mine.path), projects, trust=trust, approved=False)
    with pytest.raises(Permanent, match="do not run yet"):
        await SettingsCache(home, projects.registry).project(result.project)


async def test_landings_go_where_the_person_says(
    init: Init, mine: Repository, tmp_path: Path
) -> None:
    """The remote is kept until another is named."""
    remote = make_remote(mine, tmp_path / "remote.git")
    assert (await init(mine.path)).project.remote == str(remote.path)
    mine.git("remote", "remove", "origin")
    assert (await init(mine.path)).project.remote == str(remote.path)
    moved = await init(mine.path, repo=".")
    assert moved.project.remote is None
    assert moved.did == ("let what passes the gate land on main of this repository",)


async def test_a_plan_with_problems_is_not_carried_out(
    init: Init, tmp_path: Path, registry: MemoryStore
) -> None:
    """The error has the words and the remedy of the first problem."""
    with pytest.raises(Permanent, match="no such folder") as raised:
        await init(tmp_path / "gone")
    assert raised.value.remedy
    assert not registry.projects()


async def test_a_failure_leaves_nothing(
    plan: Plan, mine: Repository, home: Home, *, projects: Projects, trust: Trust
) -> None:
    """What was done before the failing step is taken back."""
    planned = await plan(mine.path)
    before = mine.snapshot()
    (home.root / "host-id").unlink()
    (home.root / "host-id").mkdir()
    with pytest.raises(Permanent, match="nothing was left"):
        await write_init(planned, projects, trust=trust, approved=True)
    assert mine.snapshot() == before
    assert not projects.all()


async def test_a_file_that_appears_meanwhile_is_not_written_over(
    plan: Plan, mine: Repository, *, projects: Projects, trust: Trust
) -> None:
    """Between the plan and the person's yes, somebody may have written one."""
    planned = await plan(mine.path)
    mine.write({FILE: "# mine\n"})
    with pytest.raises(Permanent, match="nothing was left"):
        await write_init(planned, projects, trust=trust, approved=True)
    assert (mine.path / CONFIG).read_text() == "# mine\n"
    assert [path.name for path in (mine.path / ".orch").iterdir()] == ["config.toml"]


async def test_a_bare_repository_is_only_registered(init: Init, bare: Repository) -> None:
    """Not a file of it changes."""
    before = bare.snapshot()
    result = await init(bare.path)
    assert result.project.path == str(bare.path)
    assert result.project.name == "bare"
    assert bare.snapshot() == before
