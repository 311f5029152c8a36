"""The memory store keeps the contract of the store port."""

import subprocess
import sys

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


def test_no_database_is_loaded_for_it() -> None:
    """Simulations, the core, the ports and the wire start without SQLAlchemy."""
    program = (
        "import sys, orch.adapters.stores.memory, orch.core.task, orch.ports.store\n"
        "sys.exit(bool({'sqlalchemy', 'alembic', 'psycopg', 'sqlite3'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
