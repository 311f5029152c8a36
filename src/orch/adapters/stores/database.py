"""Connections to one database: a single one that writes, and others that read beside it."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from threading import RLock
from types import TracebackType
from typing import Self

from sqlalchemy import Connection, Engine


@dataclass(slots=True, eq=False, kw_only=True)
class Database:
    """An open database.

    `where` names it for people and holds no password. The writer's engine begins each
    transaction with the lock that lets one writer in at a time (`BEGIN IMMEDIATE`, an advisory
    lock); the reader's runs each statement on its own, so one statement sees one moment.
    `translate` turns an error of the driver into one of the port, or gives None for a bug.
    Within `pipeline`, statements given to the driver are sent without waiting for each answer;
    the answers are there, and errors are raised, when it ends.
    """

    where: str
    writer: Engine
    reader: Engine
    translate: Callable[[Exception], Exception | None]
    pipeline: Callable[[Connection], AbstractContextManager[object]] = nullcontext
    _lock: RLock = field(default_factory=RLock)
    _connection: Connection | None = None

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Run one transaction: committed at the end, rolled back if anything is raised."""
        with self._lock, self._translated():
            if self._connection is None or self._connection.closed:
                self._connection = self.writer.connect()
            connection = self._connection
            try:
                with connection.begin():
                    yield connection
            except Exception as error:
                if self.translate(error) is not None:
                    # It may be broken, and if it is sound it is cheap to replace.
                    self._drop_connection()
                raise

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Lend a connection that reads."""
        with self._translated(), self.reader.connect() as connection:
            yield connection

    def close(self) -> None:
        """Close all connections; nothing is pending, since every call is a transaction."""
        with self._lock:
            self._drop_connection()
            self.reader.dispose()
            self.writer.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _drop_connection(self) -> None:
        if self._connection is not None:
            connection, self._connection = self._connection, None
            connection.invalidate()
            connection.close()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            said = self.translate(error)
            if said is None:
                raise
            raise said from error
