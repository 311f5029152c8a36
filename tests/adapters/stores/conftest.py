"""Fixtures of the store tests."""

from collections.abc import Iterator

import psycopg
import pytest

from orch.adapters.stores.opening import open_store
from orch.adapters.stores.tables import METADATA
from orch.testing.postgres import PostgresServer, postgres_dsn, postgres_server

__all__ = ["postgres_dsn", "postgres_server"]


@pytest.fixture(scope="session")
def _postgres_kept(postgres_server: PostgresServer) -> Iterator[str]:
    with postgres_server.database() as dsn:
        open_store(dsn).close()
        yield dsn


@pytest.fixture
def postgres_emptied(_postgres_kept: str) -> str:
    """Give a database with the schema and nothing in it.

    One database is emptied again and again: making one takes the server 0.3 s.
    """
    with psycopg.connect(_postgres_kept, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")  # Triggers are off.
        connection.execute(f"TRUNCATE {', '.join(METADATA.tables)}".encode())
        connection.execute("INSERT INTO history_head VALUES (1, 0, 0, false)")
    return _postgres_kept
