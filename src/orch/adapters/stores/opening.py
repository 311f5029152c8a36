"""Opening a store by its address: which database it is, its schema brought up to date."""

import os
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from orch.adapters.stores.database import Database
from orch.adapters.stores.registry import SqlRegistry
from orch.adapters.stores.schema import bring_up_to_date
from orch.adapters.stores.sql import SqlStore
from orch.adapters.stores.sqlite import open_sqlite
from orch.ports.errors import Permanent

SQLITE = "sqlite:///"
POSTGRESQL = ("postgresql://", "postgres://")


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenStore:
    """A store and its registry, of one database; a context manager that closes both.

    `where` names the database for people; it holds no password.
    """

    where: str
    store: SqlStore
    registry: SqlRegistry
    database: Database

    def close(self) -> None:
        """Close all connections."""
        self.database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def open_store(address: str | os.PathLike[str], *, busy_timeout_s: float = 10.0) -> OpenStore:
    """Open the store at a path, `sqlite:///path` or `postgresql://user@host/name`.

    A file that is not there is made (mode 0600), the schema is brought up to date under a lock;
    a write waits up to `busy_timeout_s` for another writer. Raises `NewerSchemaError`,
    `Permanent` or `Transient`; none of their messages holds a password.
    """
    database = open_database(address, busy_timeout_s=busy_timeout_s)
    try:
        bring_up_to_date(database)
    except BaseException:
        database.close()
        raise
    return OpenStore(
        where=database.where,
        store=SqlStore(database),
        registry=SqlRegistry(database),
        database=database,
    )


def open_database(address: str | os.PathLike[str], *, busy_timeout_s: float) -> Database:
    """Open the database at an address, whatever schema it has."""
    place = os.fspath(address)
    if place.startswith(POSTGRESQL):
        from orch.adapters.stores.postgres import open_postgres  # noqa: PLC0415 - loads libpq

        return open_postgres(place, busy_timeout_s=busy_timeout_s)
    path = place.removeprefix(SQLITE)
    if not path or "://" in path:
        raise Permanent(
            f"there is no store of this kind: {path.partition('://')[0]}://…",
            remedy="Give a path, sqlite:///PATH or postgresql://USER@HOST/NAME",
        )
    return open_sqlite(Path(path).absolute(), busy_timeout_s=busy_timeout_s)
