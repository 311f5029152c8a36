"""The version of a database's schema: found out, refused or brought up to date."""

from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import Connection

from orch import __version__
from orch.adapters.stores.database import Database
from orch.adapters.stores.tables import METADATA, meta
from orch.ports.errors import Permanent
from orch.ports.store import NewerSchemaError

HEAD = "0001"
"""The newest migration; known without looking, so that an open that has nothing to do is fast."""

VERSION_TABLE = "orch_schema"
"""Where the version stands; a name of our own, since others keep theirs in `alembic_version`."""

SCRIPTS = Path(__file__).parent / "migrations"


def bring_up_to_date(database: Database) -> None:
    """Migrate the schema to `HEAD`, in one transaction, under the lock that writers take.

    Of two that open a new database at once, the second waits and finds nothing left to do.
    Raises `NewerSchemaError` for the database of a newer version and `Permanent` for one that
    belongs to something else; neither is touched.
    """
    with database.reading() as connection:
        if read_version(connection) == HEAD:
            return
    with database.writing() as connection:
        version = read_version(connection)
        if version is None:
            _refuse_strangers(connection, database.where)
        elif version not in known_versions():
            raise NewerSchemaError(_newer(connection, database.where, version=version))
        migrate(connection, HEAD)


def read_version(connection: Connection) -> str | None:
    """Read which migration the schema stands at; None if there is no schema of ours."""
    if not sa.inspect(connection).has_table(VERSION_TABLE):
        return None
    table = sa.table(VERSION_TABLE, sa.column("version_num", sa.Text))
    return connection.scalar(sa.select(table.c.version_num))


def known_versions() -> list[str]:
    """List the migrations that this version of orch knows, oldest first."""
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - slow, and seldom needed

    scripts = ScriptDirectory(str(SCRIPTS))
    return [script.revision for script in scripts.walk_revisions()][::-1]


def migrate(connection: Connection, revision: str) -> None:
    """Run the migrations up to `revision` within the transaction of `connection`."""
    from alembic.config import Config  # noqa: PLC0415 - slow, and seldom needed
    from alembic.runtime.environment import EnvironmentContext  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    scripts = ScriptDirectory(str(SCRIPTS))

    def plan(found: str, _context: object) -> object:
        return scripts._upgrade_revs(revision, found)  # noqa: SLF001 - as alembic.command does

    with EnvironmentContext(Config(), scripts, fn=plan) as environment:
        environment.configure(connection=connection, version_table=VERSION_TABLE)
        environment.run_migrations()
    connection.execute(sa.delete(meta).where(meta.c.name == "written_by"))
    connection.execute(sa.insert(meta).values(name="written_by", value=__version__))


def _refuse_strangers(connection: Connection, where: str) -> None:
    there = sa.inspect(connection).get_table_names()
    if taken := sorted(set(there) & set(METADATA.tables)):
        raise Permanent(
            f"{where} holds tables that orch did not make: {', '.join(taken)}; nothing was changed",
            remedy="Give orch a database of its own: [state] dsn in $ORCH_HOME/config.toml",
        )


def _newer(connection: Connection, where: str, *, version: str) -> str:
    writer = connection.scalar(sa.select(meta.c.value).where(meta.c.name == "written_by"))
    return (
        f"{where} was made by a newer orch ({writer}, schema {version}); this one is {__version__} "
        f"and knows schemas up to {HEAD}. Nothing was changed. Install orch {writer} or newer, "
        "or restore a backup from before the upgrade."
    )
