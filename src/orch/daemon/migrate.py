"""Takes all state from one database to another: `python -m orch.daemon.migrate FROM TO`."""

import argparse
import os
import sys

from orch.adapters.stores.migrate_state import Progress, migrate_state
from orch.daemon.lock import is_held
from orch.daemon.settings.host_file import HostFile
from orch.ports.errors import Permanent, Transient
from orch.ports.store import NewerSchemaError
from orch.system.paths import Home

_CONFIGURED = frozenset({"postgres", "postgresql"})


def address(word: str, home: Home) -> str:
    """Turn what a person types into the address of a database.

    `sqlite` is the database of this home, `postgres` the one that its configuration names; all
    else is an address or the path of a file. Raises `Permanent` if none is configured.
    """
    if word == "sqlite":
        return str(home.database)
    if word not in _CONFIGURED:
        return word
    dsn = HostFile(home, os.environ).look().effective.host.dsn
    if not dsn:
        raise Permanent(
            "no PostgreSQL database is configured",
            remedy="orch config set --global state.dsn postgresql://user@host/name",
        )
    return dsn


def main(argv: list[str] | None = None) -> int:
    """Copy, compare the counts, and print them; return the exit code."""
    parser = argparse.ArgumentParser(prog="orch state migrate", description=__doc__)
    parser.add_argument("source")
    parser.add_argument("target")
    wanted = parser.parse_args(argv)
    home = Home.default()
    try:
        if is_held(home):
            raise Permanent("a daemon writes to the database", remedy="orch daemon stop")  # noqa: TRY301 - told below, like all refusals
        counts = migrate_state(
            address(wanted.source, home), address(wanted.target, home), progress=_tell
        )
    except (Permanent, Transient, NewerSchemaError) as error:
        remedy = error.remedy if isinstance(error, Permanent) else ""
        sys.stderr.write(f"orch: {error}\n" + (f"next: {remedy}\n" if remedy else ""))
        return 1
    for table, count in sorted(counts.items()):
        sys.stdout.write(f"{table:<20} {count:>12,} rows, the same in both\n")
    return 0


def _tell(progress: Progress) -> None:
    if sys.stderr.isatty():
        line = f"{progress.table}: {progress.copied:,} of {progress.total:,}"
        sys.stderr.write(f"\r\x1b[K{line}" + ("\n" if progress.copied == progress.total else ""))


if __name__ == "__main__":
    sys.exit(main())
