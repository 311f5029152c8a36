"""The SQLite store keeps the contract of the store port, in a file that only its owner reads."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from orch.adapters.stores.opening import OpenStore, open_store
from orch.adapters.stores.registry import SqlRegistry
from orch.adapters.stores.sql import SqlStore
from orch.testing.store_suite import RegistrySuite, StoreSuite


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Name a file in a folder whose name is no plain word."""
    folder = tmp_path / "Daten für orch 漢"
    folder.mkdir()
    return folder / "orch.db"


@pytest.fixture
def opened(path: Path) -> Iterator[OpenStore]:
    """Open a new database."""
    with open_store(path) as opened:
        yield opened


@pytest.fixture
def store(opened: OpenStore) -> SqlStore:
    """Give its store."""
    return opened.store


@pytest.fixture
def registry(opened: OpenStore) -> SqlRegistry:
    """Give its registry."""
    return opened.registry


class TestSqliteStore(StoreSuite):
    """The store's contract, on SQLite."""


class TestSqliteRegistry(RegistrySuite):
    """The registry's contract, on SQLite."""
