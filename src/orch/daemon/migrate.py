"""Moves the state between databases: `python -m orch.daemon.migrate FROM TO`."""

import sys

from orch.adapters.stores.migrate_state import Progress, migrate_state
from orch.ports.errors import Permanent, Transient
from orch.ports.store import NewerSchemaError
from orch.system.paths import Home


def main() -> int:
    """Copy everything, print the rows of each table; return 1 with the reason if nothing was."""
    source, target = (_address(word) for word in sys.argv[1:3])
    show = _show if sys.stderr.isatty() else _hide
    try:
        counts = migrate_state(source, target, progress=show)
    except (Permanent, Transient, NewerSchemaError) as error:
        remedy = error.remedy if isinstance(error, Permanent) else ""
        sys.stderr.write(f"orch: {error}\n" + (f"next: {remedy}\n" if remedy else ""))
        return 1
    width = max(len(table) for table in counts)
    for table, rows in counts.items():
        sys.stdout.write(f"{table:<{width}}  {rows:>10,}  same on both sides\n")
    return 0


def _address(word: str) -> str:
    return str(Home.default().database) if word == "sqlite" else word


def _show(progress: Progress) -> None:
    sys.stderr.write(f"\r{progress.table}: {progress.copied:,} of {progress.total:,}\x1b[K")
    if progress.copied >= progress.total:
        sys.stderr.write("\r\x1b[K")


def _hide(progress: Progress) -> None:
    del progress


if __name__ == "__main__":
    sys.exit(main())
