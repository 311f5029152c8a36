"""PostgreSQL as the database of a store: one commit at a time, each at once visible to all."""

from contextlib import AbstractContextManager
from functools import partial
from typing import cast

import psycopg
import sqlalchemy as sa
from psycopg import errors
from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import ArgumentError, DBAPIError

from orch.adapters.stores.database import Database
from orch.adapters.stores.refusals import RowRefused
from orch.ports.errors import Permanent, Transient

READERS = 4

# Whoever writes holds this advisory lock until the end of the transaction, so commits become
# visible in the order of their numbers. It has to be taken by a statement of its own: what
# follows then sees all that was committed before.
BEGIN = "BEGIN ISOLATION LEVEL READ COMMITTED; SELECT pg_advisory_xact_lock(7163491201)"

# A server may be set up to confirm commits that are not on disk yet; ours must be.
DURABLE = """
SELECT set_config('synchronous_commit', 'on', false)
WHERE current_setting('synchronous_commit') = 'off'
"""

_REMEDY = "Look at [state] dsn in $ORCH_HOME/config.toml and try: psql with the same address"


def open_postgres(dsn: str, *, busy_timeout_s: float) -> Database:
    """Open the database at `postgresql://…`; its schema is not looked at.

    Connects only when used. Raises `Permanent` for an address that cannot be read; a password
    in it stays out of every message.
    """
    try:
        url = sa.make_url(dsn).set(drivername="postgresql+psycopg")
    except (ArgumentError, ValueError):
        # The cause would hold the address, and with it the password.
        raise Permanent("the address of the PostgreSQL cannot be read", remedy=_REMEDY) from None
    where = name_place(url)
    writer = _engine(url, size=1, busy_timeout_s=busy_timeout_s)
    event.listen(writer, "begin", _begin)
    return Database(
        where=where,
        writer=writer,
        reader=_engine(url, size=READERS, busy_timeout_s=busy_timeout_s),
        translate=partial(translate_error, where),
        pipeline=_pipeline,
    )


def name_place(url: sa.URL) -> str:
    """Name a database for people: where it is, and nothing that opens it."""
    host = url.host or url.query.get("host") or "this machine"
    port = f":{url.port}" if url.port else ""
    return f"the PostgreSQL database {url.database!r} at {host}{port}"


def _engine(url: sa.URL, *, size: int, busy_timeout_s: float) -> Engine:
    # Autocommit: a read is one statement and needs no transaction around it; the writer's
    # transactions begin with a statement of ours.
    lock_timeout_ms = int(busy_timeout_s * 1000)
    options = f"{url.query.get('options', '')} -c lock_timeout={lock_timeout_ms}"
    engine = sa.create_engine(
        url.difference_update_query(["options"]),
        poolclass=sa.QueuePool,
        pool_size=size,
        max_overflow=0,
        isolation_level="AUTOCOMMIT",
        hide_parameters=True,
        connect_args={
            "options": options.strip(),
            "application_name": "orch",
            "connect_timeout": 10,
        },
    )
    event.listen(engine, "connect", _set_up)
    return engine


def _set_up(connection: psycopg.Connection, _record: object) -> None:
    connection.execute(DURABLE)


def _begin(connection: Connection) -> None:
    _driver(connection).execute(BEGIN, prepare=False)


def _pipeline(connection: Connection) -> AbstractContextManager[object]:
    return _driver(connection).pipeline()


def _driver(connection: Connection) -> psycopg.Connection:
    return cast("psycopg.Connection", connection.connection.driver_connection)


def translate_error(where: str, error: Exception) -> Exception | None:
    """Say an error of PostgreSQL in the words of the port; None for what is a bug."""
    if isinstance(error, sa.exc.TimeoutError):
        return Transient(f"all connections to {where} are in use")
    cause = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(cause, errors.DiskFull):
        return Permanent(
            f"the disk of {where} is full; the last change was not written, all earlier ones were",
            remedy="Free space on the server's disk, then: orch restart",
        )
    return _refused(where, cause) if isinstance(cause, psycopg.Error) else None


def _refused(where: str, cause: psycopg.Error) -> Exception | None:
    said = _line(cause)
    match cause:
        case errors.InsufficientPrivilege() | errors.ReadOnlySqlTransaction():
            return Permanent(f"{where} lets this user not write ({said})", remedy=_REMEDY)
        case psycopg.IntegrityError():
            return RowRefused(f"{where} refused a row ({said}); nothing was written")
        case psycopg.DataError() | errors.ProgramLimitExceeded():
            return Permanent(f"{where} cannot hold a value ({said}); nothing was written")
        case psycopg.OperationalError() | errors.InFailedSqlTransaction():
            return _operational(where, cause)
        case _:
            return None


def _operational(where: str, cause: psycopg.Error) -> Exception:
    said = _line(cause)
    if cause.sqlstate is None and any(sign in said for sign in _REFUSED):
        return Permanent(f"{where} cannot be opened ({said})", remedy=_REMEDY)
    if isinstance(cause, errors.LockNotAvailable):
        return Transient(f"{where} is locked by another daemon")
    return Transient(f"{where} does not answer ({said})")


# A server refuses a connection in words; the states of the SQL standard come only later.
_REFUSED = (
    "authentication failed",
    "no password supplied",
    "does not exist",
    "no pg_hba.conf entry",
    "permission denied",
)


def _line(cause: psycopg.Error) -> str:
    return " ".join(str(cause).split("\n")[0].split())
