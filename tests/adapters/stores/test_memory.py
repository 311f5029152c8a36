"""The memory store keeps the contract of the store port."""

import pytest

from orch.adapters.stores.memory import MemoryStore
from orch.testing.store_suite import RegistrySuite, StoreSuite


@pytest.fixture
def store() -> MemoryStore:
    """Give an empty store."""
    return MemoryStore()


@pytest.fixture
def registry(store: MemoryStore) -> MemoryStore:
    """Give the registry of the same store, which is the store itself."""
    return store


class TestMemoryStore(StoreSuite):
    """The store's contract, in memory."""


class TestMemoryRegistry(RegistrySuite):
    """The registry's contract, in memory."""
