"""A daemon that ends itself at a named step: `python -m orch.testing.mortal_daemon STEP NTH FD`.

It tells the file descriptor FD when it serves. With `--signal STOP` it falls asleep instead.
"""

import argparse
import asyncio
import os
import signal

import orch

STEPS = {"KILL": signal.SIGKILL, "STOP": signal.SIGSTOP}


def serve(asked: argparse.Namespace) -> None:
    """Serve until the step is reached, as the version that was asked for."""
    orch.__version__ = asked.version
    # What names its version when it is imported must not be imported before.
    from orch.daemon.app import Daemon  # noqa: PLC0415
    from orch.daemon.logs import configure  # noqa: PLC0415
    from orch.daemon.ready import Readiness  # noqa: PLC0415
    from orch.system.paths import Home  # noqa: PLC0415

    seen = 0

    def step(reached: str) -> None:
        nonlocal seen
        if reached == asked.step:
            seen += 1
            if seen == asked.nth:
                os.kill(os.getpid(), STEPS[asked.signal])

    home = Home.default()
    configure(home)
    daemon = Daemon(home, Readiness(asked.ready), step, lease_s=asked.lease_s)
    asyncio.run(daemon.run())


def main() -> None:
    """Read what is asked for, and serve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("step")
    parser.add_argument("nth", type=int)
    parser.add_argument("ready", type=int)
    parser.add_argument("--signal", choices=STEPS, default="KILL")
    parser.add_argument("--lease-s", type=float, default=30.0)
    parser.add_argument("--version", default=orch.__version__)
    serve(parser.parse_args())


if __name__ == "__main__":
    main()
