"""What is known beside the tasks, in a database; the counterpart of `sql`."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy import Connection

from orch.adapters.stores.codec import decode
from orch.adapters.stores.database import Database
from orch.adapters.stores.leasing import next_lease
from orch.adapters.stores.rows import project_row
from orch.adapters.stores.tables import (
    events,
    history_head,
    leases,
    projects,
    task_counts,
    tasks,
    trust,
)
from orch.core.project import Project
from orch.core.task import FINAL, Status
from orch.ports.store import Lease

SLICE = 5000
"""How many events a step of pruning looks at: some milliseconds, in which no commit gets in."""


class SqlRegistry:
    """Keep projects, trust, leases and counts in a database: a `Registry`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def projects(self) -> Sequence[Project]:
        """List all registered projects, oldest first."""
        asked = sa.select(projects.c.body).order_by(projects.c.added_at, projects.c.id)
        with self._database.reading() as connection:
            return [decode(Project, body) for body in connection.scalars(asked)]

    def save_project(self, project: Project) -> None:
        """Insert or replace a project."""
        row = project_row(project)
        with self._database.writing() as connection:
            connection.execute(sa.delete(projects).where(projects.c.id == project.id))
            connection.execute(sa.insert(projects), row)

    def remove_project(self, project_id: str) -> None:
        """Forget a project and what was trusted in it."""
        with self._database.writing() as connection:
            connection.execute(sa.delete(projects).where(projects.c.id == project_id))
            connection.execute(sa.delete(trust).where(trust.c.project_id == project_id))

    def trusted(self, project_id: str) -> frozenset[str]:
        """Return the hashes of the configurations whose commands may run."""
        asked = sa.select(trust.c.digest).where(trust.c.project_id == project_id)
        with self._database.reading() as connection:
            return frozenset(connection.scalars(asked))

    def trust(self, project_id: str, digest: str, *, at: float) -> None:
        """Let the commands of the configuration with this hash run."""
        mine = (trust.c.project_id == project_id, trust.c.digest == digest)
        with self._database.writing() as connection:
            connection.execute(sa.delete(trust).where(*mine))
            connection.execute(
                sa.insert(trust), {"project_id": project_id, "digest": digest, "at": at}
            )

    def lease(self, name: str, *, holder: str, now: float, ttl_s: float) -> Lease:
        """Take or renew a lease; a live one of another holder is returned as it is."""
        wanted = Lease(name=name, holder=holder, epoch=0, expires_at=now + ttl_s)
        with self._database.writing() as connection:
            current = _read_lease(connection, name)
            after = next_lease(current, wanted, now=now)
            if after != current:
                _write_lease(connection, after)
            return after

    def counts(self) -> dict[tuple[str, Status], int]:
        """Count tasks by project and status, from a table that is kept at every change."""
        with self._database.reading() as connection:
            found = connection.execute(sa.select(task_counts).where(task_counts.c.n > 0))
            return {(row.project_id, Status(row.status)): row.n for row in found}

    def prune(self, *, before: float) -> int:
        """Delete the events older than `before` of tasks in a final status.

        Walks up the history slice by slice, each a transaction of its own, until a whole slice
        is younger; clocks may have been set back, but not over so many events.
        """
        gone, seq = 0, 0
        while True:
            with self._database.writing() as connection:
                last, is_old = _look_ahead(connection, above=seq, before=before)
                if not is_old:
                    return gone
                gone += _delete_between(connection, seqs=(seq, last), before=before)
            seq = last


def _read_lease(connection: Connection, name: str) -> Lease | None:
    asked = sa.select(leases).where(leases.c.name == name)
    row = connection.execute(asked).mappings().one_or_none()
    return None if row is None else Lease(**row)


def _write_lease(connection: Connection, lease: Lease) -> None:
    connection.execute(sa.delete(leases).where(leases.c.name == lease.name))
    row = {"holder": lease.holder, "epoch": lease.epoch, "expires_at": lease.expires_at}
    connection.execute(sa.insert(leases), row | {"name": lease.name})


def _look_ahead(connection: Connection, *, above: int, before: float) -> tuple[int, bool]:
    """Find where the slice above a seq ends, and whether anything in it is old."""
    ahead = (
        sa.select(events.c.seq, events.c.at)
        .where(events.c.seq > above)
        .order_by(events.c.seq)
        .limit(SLICE)
        .subquery()
    )
    last, oldest = connection.execute(
        sa.select(sa.func.max(ahead.c.seq), sa.func.min(ahead.c.at))
    ).one()
    return last or above, oldest is not None and oldest < before


def _delete_between(connection: Connection, *, seqs: tuple[int, int], before: float) -> int:
    over = sa.select(tasks.c.id).where(
        tasks.c.id == events.c.task_id, tasks.c.status.in_([status.value for status in FINAL])
    )
    after, last = seqs
    old = (events.c.seq > after, events.c.seq <= last, events.c.at < before, over.exists())
    connection.execute(sa.update(history_head).values(pruning=True))
    gone = connection.execute(sa.delete(events).where(*old)).rowcount
    connection.execute(sa.update(history_head).values(pruning=False))
    return gone
