"""Fixtures for tests of `orch init`: a machine whose git knows a person, and what they type."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from orch.adapters.stores.memory import MemoryStore
from orch.daemon.initialise.plan import InitOrder, InitPlan, plan_init
from orch.daemon.initialise.write import InitResult, write_init
from orch.daemon.projects import Projects
from orch.daemon.trust import Trust
from orch.system.paths import Home
from orch.testing.repositories import Repository

Init = Callable[..., Awaitable[InitResult]]
Plan = Callable[..., Awaitable[InitPlan]]


@pytest.fixture(autouse=True)
def person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """Let git read a person's settings that the test owns, and return their home folder."""
    folder = tmp_path / "person"
    folder.mkdir()
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    return Repository(folder)


@pytest.fixture
def projects(registry: MemoryStore, home: Home) -> Projects:
    """Give the projects of a machine that has none."""
    return Projects(registry, home)


@pytest.fixture
def trust(registry: MemoryStore, home: Home) -> Trust:
    """Give the trust of a person who has trusted nothing yet."""
    return Trust(registry, home, lambda: 1.0)


@pytest.fixture
def plan(projects: Projects) -> Plan:
    """Give what plans `orch init` for a path, with no agent on PATH."""

    async def planned(path: Path, *, git: bool = False, repo: str = "") -> InitPlan:
        return await plan_init(projects, path, order=InitOrder(git=git, repo=repo, search="/none"))

    return planned


@pytest.fixture
def init(plan: Plan, projects: Projects, trust: Trust) -> Init:
    """Give what carries out `orch init --yes` for a path."""

    async def done(path: Path, **order: object) -> InitResult:
        planned = await plan(path, **order)
        return await write_init(planned, projects, trust=trust, approved=True)

    return done
