"""Fixtures for tests of the daemon's knowledge of projects: a home, a store, a repository."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from orch.adapters.stores.memory import MemoryStore
from orch.core.project import Project
from orch.system.paths import Home
from orch.testing.repositories import Repository, make_bare, make_project, make_repository
from tests.daemon.served import Served, serving


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """Give a home of the test's own."""
    home = Home(tmp_path / "home")
    home.root.mkdir(mode=0o700)
    return home


@pytest.fixture
def registry() -> MemoryStore:
    """Give a registry that knows nothing."""
    return MemoryStore()


@pytest.fixture
def mine(tmp_path: Path) -> Repository:
    """Give the person's repository."""
    return make_repository(tmp_path / "mine")


@pytest.fixture
def project(home: Home, mine: Repository) -> Project:
    """Give the project of the person's repository."""
    return make_project(home.root, mine)


@pytest.fixture
def bare(tmp_path: Path, mine: Repository) -> Repository:
    """Give a bare repository with what is in the person's."""
    return make_bare(tmp_path / "bare.git", of=mine)


@pytest.fixture
def bare_project(project: Project, bare: Repository) -> Project:
    """Give the project of the bare repository."""
    return replace(project, id="p-bare", path=str(bare.path))


@pytest.fixture
async def served(home: Home, tmp_path: Path) -> AsyncIterator[Served]:
    """Give a daemon that serves the wire, over memory."""
    async with serving(home, tmp_path) as running:
        yield running
