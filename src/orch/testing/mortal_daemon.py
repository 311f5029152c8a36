"""A daemon that kills itself at a named step: `python -m orch.testing.mortal_daemon STEP NTH FD`.

It tells the file descriptor FD when it serves.
"""

import asyncio
import os
import signal
import sys

from orch.daemon.app import Daemon
from orch.daemon.logs import configure
from orch.daemon.ready import Readiness
from orch.engine.kill_points import Step
from orch.system.paths import Home


def die_at(name: str, nth: int) -> Step:
    """Make a step that kills the process at the nth time that `name` is reached."""
    seen = 0

    def step(reached: str) -> None:
        nonlocal seen
        if reached == name:
            seen += 1
            if seen == nth:
                os.kill(os.getpid(), signal.SIGKILL)

    return step


def main() -> None:
    """Serve until the step is reached."""
    name, nth, ready = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    home = Home.default()
    configure(home)
    asyncio.run(Daemon(home, Readiness(ready), die_at(name, nth)).run())


if __name__ == "__main__":
    main()
