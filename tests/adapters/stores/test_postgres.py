"""The PostgreSQL store keeps the contract of the store port, on a real server."""

from collections.abc import Iterator

import pytest

from orch.adapters.stores.opening import OpenStore, open_store
from orch.adapters.stores.registry import SqlRegistry
from orch.adapters.stores.sql import SqlStore
from orch.testing.store_suite import RegistrySuite, StoreSuite

pytestmark = pytest.mark.postgres


@pytest.fixture
def opened(postgres_emptied: str) -> Iterator[OpenStore]:
    """Open an empty database."""
    with open_store(postgres_emptied) as opened:
        yield opened


@pytest.fixture
def store(opened: OpenStore) -> SqlStore:
    """Give its store."""
    return opened.store


@pytest.fixture
def registry(opened: OpenStore) -> SqlRegistry:
    """Give its registry."""
    return opened.registry


class TestPostgresStore(StoreSuite):
    """The store's contract, on PostgreSQL."""


class TestPostgresRegistry(RegistrySuite):
    """The registry's contract, on PostgreSQL."""
