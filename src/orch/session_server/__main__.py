"""Start the session server of a home, or find that it runs: `python -m orch.session_server`."""

import argparse
import asyncio
import logging
import os
import socket
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TextIO

from orch.session_server.lock import take_lock
from orch.session_server.server import Server
from orch.session_server.upgrade import inherit
from orch.system.paths import Home

log = logging.getLogger(__name__)

_LINGER_S = 10.0
_FIRST_IS_STARTING_S = 50.0
_RETRY_S = 0.01
"""Only who starts while another one is starting asks twice."""

_LOG_BYTES = 1024 * 1024

READY, FAILED = 0, 1


def main(argv: list[str] | None = None) -> int:
    """Run the command; 0 once a server of this home answers, whoever started it."""
    wanted = _parse(argv)
    if wanted.check:
        return READY
    home = Home(Path(wanted.home).absolute()) if wanted.home else Home.default()
    if wanted.estate is not None:
        estate = inherit(wanted.estate)
        _log_to(sys.stderr)
        server = Server(home, lock=estate.lock, linger_s=wanted.linger)
        asyncio.run(server.serve(estate=estate))
        return READY
    _close_inherited()
    if wanted.foreground:
        return _start(home, wanted, ready=lambda: None)
    return _detach(home, wanted)


def _parse(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="orch.session_server", description=__doc__)
    parser.add_argument("--home", help="the $ORCH_HOME to serve")
    parser.add_argument("--foreground", action="store_true", help="do not detach")
    parser.add_argument(
        "--linger", type=float, default=_LINGER_S, help="seconds to stay when nobody needs it"
    )
    parser.add_argument("--check", action="store_true", help="only see whether it would start")
    parser.add_argument("--estate", type=int, help=argparse.SUPPRESS)
    return parser.parse_args(argv)


def _detach(home: Home, wanted: argparse.Namespace) -> int:
    """Fork twice, so that no parent, terminal or session of the caller is left; wait till ready."""
    reader, writer = os.pipe()
    if os.fork():
        os.close(writer)
        told = os.read(reader, 1)
        with suppress(ChildProcessError):
            os.wait()
        return READY if told else FAILED
    os.close(reader)
    os.setsid()
    if os.fork():
        os._exit(READY)
    status = FAILED
    try:
        status = _start(home, wanted, ready=lambda: _tell(writer))
    except BaseException:
        log.exception("the session server failed")
    finally:
        logging.shutdown()
        os._exit(status)


def _start(home: Home, wanted: argparse.Namespace, *, ready: Callable[[], None]) -> int:
    """Become the server, or see that another one answers."""
    deadline = time.monotonic() + _FIRST_IS_STARTING_S
    while (lock := take_lock(home)) is None:
        if _answers(home):
            ready()
            return READY
        if time.monotonic() > deadline:
            sys.stderr.write(f"{home.session_server_lock} is held, but no server answers\n")
            return FAILED
        time.sleep(_RETRY_S)
    _log_to(_log_file(home) if not wanted.foreground else sys.stderr)
    os.chdir("/")
    server = Server(home, lock=lock, linger_s=wanted.linger)
    asyncio.run(server.serve(ready=ready))
    return READY


def _tell(ready: int) -> None:
    """Let the one who waits for us go."""
    os.write(ready, b"y")
    os.close(ready)


def _answers(home: Home) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(str(home.session_socket))
        except OSError:
            return False
    return True


def _close_inherited() -> None:
    """Let go of what the caller had open: a server lives too long to hold on to it."""
    for handle in [int(entry.name) for entry in Path("/proc/self/fd").iterdir()]:
        if handle > sys.stderr.fileno():
            with suppress(OSError):
                os.close(handle)


def _log_file(home: Home) -> TextIO:
    """Make the log, which stays small, the place where all words go."""
    path = home.session_server_log
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size > _LOG_BYTES:
        path.replace(path.with_suffix(".log.1"))
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(handle, 2)
    os.close(handle)
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    os.close(nothing)
    return sys.stderr


def _log_to(stream: TextIO) -> None:
    layout = "%(asctime)s %(levelname)s %(name)s: %(message)s"
    logging.basicConfig(stream=stream, level=logging.INFO, format=layout)


if __name__ == "__main__":
    sys.exit(main())
