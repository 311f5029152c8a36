"""Runs the daemon in the foreground: `python -m orch.daemon [--ready-fd N]`."""

import argparse
import asyncio
import os
import sys

from orch.daemon.app import Daemon
from orch.daemon.lock import AlreadyRunning
from orch.daemon.logs import configure
from orch.daemon.ready import Readiness
from orch.daemon.service import read_environment_file
from orch.ports.errors import Permanent, Transient
from orch.ports.store import FencedError, NewerSchemaError
from orch.system.paths import Home, UnsafeDirectory


def main() -> int:
    """Serve until asked to stop; return the exit code. The reason of a refusal is told."""
    parser = argparse.ArgumentParser(prog="python -m orch.daemon", description=__doc__)
    parser.add_argument("--ready-fd", type=int, default=None, help="tell this pipe when it serves")
    arguments = parser.parse_args()
    home, readiness = Home.default(), Readiness(arguments.ready_fd)
    configure(home)
    os.environ.update(read_environment_file(home))
    try:
        asyncio.run(Daemon(home, readiness).run())
    except (AlreadyRunning, UnsafeDirectory, NewerSchemaError, FencedError, Transient) as error:
        return _refused(readiness, str(error) or "another daemon has taken over")
    except Permanent as error:
        return _refused(readiness, error.reason, remedy=error.remedy)
    except BaseExceptionGroup as group:
        if group.subgroup(FencedError) is None:
            raise
        return _refused(readiness, "another daemon has taken over; this one ends")
    return 0


def _refused(readiness: Readiness, message: str, *, remedy: str = "") -> int:
    readiness.refuse(message, remedy=remedy)
    sys.stderr.write(f"orch daemon: {message}\n" + (f"next: {remedy}\n" if remedy else ""))
    return 1


if __name__ == "__main__":
    sys.exit(main())
