"""Serve scripts from a file: `python -m orch.testing.model_server --scripts FILE [--port N]`.

Prints its address as the first line and serves until it is ended. GET /_/requests tells what
came and which faults fired; GET /_/release/GATE lets held answers go.
"""

# ruff: noqa: T201 - it tells its address to the one who started it

import argparse
import asyncio
import signal
from pathlib import Path

from orch.testing.model_server.script_file import parse_file
from orch.testing.model_server.server import ModelServer


async def serve(server: ModelServer) -> None:
    """Serve until TERM or INT."""
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    async with server:
        print(server.url(), flush=True)
        await ended.wait()


def main() -> None:
    """Read the arguments and serve."""
    parser = argparse.ArgumentParser(prog="python -m orch.testing.model_server")
    parser.add_argument("--scripts", type=Path, required=True, metavar="FILE")
    parser.add_argument("--port", type=int, default=0)
    given = parser.parse_args()
    scripts, faults = parse_file(given.scripts.read_text(encoding="utf-8"))
    asyncio.run(serve(ModelServer(scripts, faults, port=given.port)))


if __name__ == "__main__":
    main()
