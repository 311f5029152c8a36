"""SQLite as the database of a store: one file, one writer, readers that never wait for it."""

import errno
import os
import sqlite3
import stat
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from typing import cast

import sqlalchemy as sa
from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import DBAPIError

from orch.adapters.stores.database import Database
from orch.adapters.stores.refusals import RowRefused
from orch.ports.errors import Permanent, Transient

OLDEST = (3, 35, 0)  # The first that tells with RETURNING what a statement wrote.
READERS = 4

_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_BROKEN = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_CLOSED = {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM}
_DISK = {sqlite3.SQLITE_IOERR}


def open_sqlite(path: Path, *, busy_timeout_s: float) -> Database:
    """Open the database in a file, which is made (mode 0600) if it is not there.

    Its schema is not looked at. Raises `Permanent` if this cannot be a database.
    """
    if sqlite3.sqlite_version_info < OLDEST:
        raise Permanent(
            f"SQLite {sqlite3.sqlite_version} is too old; 3.35 or newer is needed",
            remedy="Use a Python with a newer SQLite, or set [state] dsn to a PostgreSQL.",
        )
    translate = partial(translate_error, path)
    try:
        make_private(path)
        writer = _engine(path, size=1, busy_timeout_s=busy_timeout_s)
        event.listen(writer, "connect", _set_up_writer)
        event.listen(writer, "begin", _begin)
        reader = _engine(path, size=READERS, busy_timeout_s=busy_timeout_s)
        event.listen(reader, "connect", _set_up_reader)
    except OSError as error:
        raise Permanent(
            f"there can be no database at {path}: {error.strerror}",
            remedy=f"Make {path.parent} a folder that you may write to.",
        ) from error
    return Database(where=str(path), writer=writer, reader=reader, translate=translate)


def make_private(path: Path) -> None:
    """Make the file if it is missing, and close it to everybody but its owner.

    The file is never opened here: closing it again would drop the locks that SQLite holds on it
    for this process.
    """
    with suppress(FileExistsError):
        os.mknod(path, 0o600 | stat.S_IFREG)
    mode = path.stat().st_mode
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "it is not a file")
    if stat.S_IMODE(mode) & 0o077:
        path.chmod(0o600)


def _engine(path: Path, *, size: int, busy_timeout_s: float) -> Engine:
    # The driver begins no transactions of its own (isolation_level None), so that ours can
    # begin with the write lock and reads need none.
    return sa.create_engine(
        sa.URL.create("sqlite", database=str(path)),
        poolclass=sa.QueuePool,
        pool_size=size,
        max_overflow=0,
        hide_parameters=True,
        connect_args={
            "isolation_level": None,
            "check_same_thread": False,
            "timeout": busy_timeout_s,
        },
    )


def _set_up_writer(connection: sqlite3.Connection, _record: object) -> None:
    with closing(connection.cursor()) as cursor:
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute("PRAGMA journal_size_limit = 67108864")


def _set_up_reader(connection: sqlite3.Connection, _record: object) -> None:
    with closing(connection.cursor()) as cursor:
        cursor.execute("PRAGMA query_only = ON")


def _begin(connection: Connection) -> None:
    driver = cast("sqlite3.Connection", connection.connection.driver_connection)
    driver.execute("BEGIN IMMEDIATE")


def translate_error(path: Path, error: Exception) -> Exception | None:
    """Say an error of SQLite in the words of the port; None for what is a bug."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(error, sa.exc.TimeoutError):
        return Transient(f"all connections to {path} are in use")
    if isinstance(cause, OverflowError):
        return Permanent("a number is too large to be stored; nothing was written")
    if not isinstance(cause, sqlite3.Error):
        return None
    # The low byte is the kind of error, the rest says more about it.
    code = getattr(cause, "sqlite_errorcode", 0) & 0xFF
    if code in _BUSY:
        return Transient(f"the database {path} is locked by another process")
    return _lasting(path, cause, code=code)


def _lasting(path: Path, cause: sqlite3.Error, *, code: int) -> Permanent | None:
    if code == sqlite3.SQLITE_FULL:
        return Permanent(
            f"the disk of {path} is full; the last change was not written, all earlier ones are",
            remedy=f"Free space on the disk of {path.parent} (orch gc), then: orch restart",
        )
    if code in _BROKEN:
        return Permanent(
            f"{path} is damaged or no database ({cause}); it was left as it is",
            remedy=f"Put a backup in its place, or save what can be read: "
            f"sqlite3 '{path}' .recover | sqlite3 recovered.db",
        )
    if code in _CLOSED:
        return Permanent(
            f"the database {path} cannot be opened for writing ({cause})",
            remedy=f"Look at its owner and mode: ls -l '{path}'",
        )
    if code in _DISK:
        return Permanent(
            f"the disk of {path} does not read or write ({cause}); the last change may be lost",
            remedy="Look at the disk (df, dmesg), then: orch restart",
        )
    if code in {sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_TOOBIG, sqlite3.SQLITE_MISMATCH}:
        return RowRefused(f"the database refused a row ({cause}); nothing was written")
    return None
