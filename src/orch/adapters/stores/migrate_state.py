"""Copying all state from one database to another, of whatever kind, and proving that it is all."""

import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import Connection

from orch.adapters.stores.database import Database
from orch.adapters.stores.opening import open_database
from orch.adapters.stores.schema import HEAD, bring_up_to_date, read_version
from orch.adapters.stores.tables import METADATA, history_head, leases, meta
from orch.ports.errors import Permanent

_BUSY_TIMEOUT_S = 10.0
_SNAPSHOT = {
    "sqlite": "BEGIN",
    "postgresql": "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
}
# The target makes these by itself: links and counts by trigger, its version when it is opened.
_OWN = {meta.name, history_head.name}
COPIED = [t for t in METADATA.sorted_tables if t.name not in _OWN and not t.info.get("derived")]
COUNTED = [t for t in METADATA.sorted_tables if t.name not in _OWN]

Address = str | os.PathLike[str]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the copy of a table has come, in rows."""

    table: str
    copied: int
    total: int


def migrate_state(
    source: Address,
    target: Address,
    *,
    progress: Callable[[Progress], object] = lambda _: None,
    clock: Callable[[], float] = time.time,
    batch_rows: int = 2000,
) -> Mapping[str, int]:
    """Copy everything from `source` to `target`, and return how many rows each table then has.

    The source is read at one moment and stays as it is. The target is made if it is not there; it
    must be empty, and is written in one transaction: all of it or nothing. `batch_rows` are read
    and written at a time, and then reported as progress. Raises `Permanent` if a daemon holds the
    source, the target holds anything, or the counts differ at the end.
    """
    _refuse_missing(source)
    with open_database(source, busy_timeout_s=_BUSY_TIMEOUT_S) as from_:
        with from_.reading() as connection:
            _refuse_unfit(connection, from_.where, now=clock())
        with open_database(target, busy_timeout_s=_BUSY_TIMEOUT_S) as to:
            _refuse_itself(from_, to)
            bring_up_to_date(to)
            with _snapshot(from_) as old, to.writing() as new:
                _refuse_full(new, to.where)
                expected = _count(old)
                for table in COPIED:
                    for copied in _copy(table, old=old, new=new, batch_rows=batch_rows):
                        progress(Progress(table.name, copied, total=expected[table.name]))
                _copy_head(old, new)
                _refuse_loss(expected, _count(new))
                return expected


@contextmanager
def _snapshot(database: Database) -> Iterator[Connection]:
    """Read one moment of the database for as long as it takes."""
    with database.reading() as connection:
        connection.exec_driver_sql(_SNAPSHOT[connection.dialect.name])
        try:
            yield connection
        finally:
            connection.exec_driver_sql("ROLLBACK")


def _copy(table: sa.Table, *, old: Connection, new: Connection, batch_rows: int) -> Iterator[int]:
    """Copy a table, and give how many rows that makes after each batch of them."""
    done = 0
    asked = sa.select(table).order_by(*table.primary_key)
    rows = old.execute(asked, execution_options={"yield_per": batch_rows}).mappings()
    for part in rows.partitions():
        new.execute(sa.insert(table), [dict(row) for row in part])
        done += len(part)
        yield done


def _copy_head(old: Connection, new: Connection) -> None:
    head = old.execute(sa.select(history_head)).mappings().one()
    new.execute(sa.update(history_head).values(seq=head["seq"], orders=head["orders"]))


def _count(connection: Connection) -> dict[str, int]:
    counted = {t.name: sa.select(sa.func.count()).select_from(t) for t in COUNTED}
    return {name: connection.scalar(asked) or 0 for name, asked in counted.items()}


def _refuse_missing(source: Address) -> None:
    place = os.fspath(source).removeprefix("sqlite:///")
    if "://" not in place and not Path(place).exists():
        raise Permanent(
            f"there is no database at {place}",
            remedy="Give the file of the old state, usually $ORCH_HOME/orch.db",
        )


def _refuse_unfit(connection: Connection, where: str, *, now: float) -> None:
    version = read_version(connection)
    if version != HEAD:
        stands = "holds no state of orch" if version is None else f"has schema {version}"
        raise Permanent(
            f"{where} {stands}; schema {HEAD} is wanted. Nothing was copied",
            remedy="Let this version of orch open it once: orch up; orch down",
        )
    held = connection.execute(sa.select(leases).where(leases.c.expires_at > now)).first()
    if held is not None:
        raise Permanent(
            f"a daemon is at work on {where} (lease {held.name!r} of {held.holder}); "
            "nothing was copied",
            remedy="Stop it: orch down",
        )


def _refuse_itself(source: Database, target: Database) -> None:
    if source.where == target.where:
        raise Permanent(
            f"{source.where} is both what is copied and where to",
            remedy="Give two different databases.",
        )


def _refuse_full(new: Connection, where: str) -> None:
    full = [f"{name}: {n}" for name, n in _count(new).items() if n]
    if full:
        raise Permanent(
            f"{where} is not empty ({', '.join(full)}); it was left as it is",
            remedy="Give a new file or a newly made database (createdb).",
        )


def _refuse_loss(expected: Mapping[str, int], found: Mapping[str, int]) -> None:
    differ = [f"{t}: {n} became {found[t]}" for t, n in expected.items() if n != found[t]]
    if differ:
        raise Permanent(
            f"the copy is not complete ({', '.join(differ)}); the target was left empty",
            remedy="This is a fault of orch; keep using the old database and report it.",
        )
