"""Become another program without letting go of anything: the same process, the same children."""

import asyncio
import os
import sys
from collections.abc import Iterable

import msgspec

from orch.session_server.children import Children, Exit
from orch.session_server.values import Estate, Refused
from orch.system.paths import Home

_CHECK_S = 30.0


def default_program() -> tuple[str, ...]:
    """Return the command of the Python that runs now; the code may be newer than what runs."""
    return (sys.executable, "-P", "-m", "orch.session_server")


async def check_program(argv: tuple[str, ...], children: Children) -> None:
    """Try whether the program starts at all. Raises `Refused` if it does not.

    What can't be started must never take the place of what holds everybody's terminals.
    """
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[Exit] = loop.create_future()
    try:
        pid = _spawn_quietly([*argv, "--check"])
    except OSError as error:
        raise Refused(f"{argv[0]} can't be started: {error.strerror}; nothing changed") from error
    children.watch(pid, ended.set_result)
    try:
        async with asyncio.timeout(_CHECK_S):
            seen = await asyncio.shield(ended)
    except TimeoutError:
        os.kill(pid, 9)
        raise Refused(f"{' '.join(argv)} did not answer in time; nothing changed") from None
    if seen.code != 0:
        raise Refused(f"{' '.join(argv)} --check {seen.told}; nothing changed")


def _spawn_quietly(argv: list[str]) -> int:
    quiet = [(os.POSIX_SPAWN_OPEN, n, os.devnull, os.O_RDWR, 0) for n in range(3)]
    return os.posix_spawn(argv[0], argv, dict(os.environ), file_actions=quiet)


def become(argv: tuple[str, ...], home: Home, *, estate: Estate) -> None:
    """Replace this program. Returns never; raises `OSError` if it can't be done."""
    will = os.memfd_create("orch-estate", 0)
    os.write(will, msgspec.json.encode(estate))
    os.lseek(will, 0, os.SEEK_SET)
    handles = [will, *_handles(estate)]
    _share(handles, inheritable=True)
    words = [*argv, "--home", str(home.root), "--estate", str(will)]
    try:
        os.execv(argv[0], words)  # noqa: S606 - this very program, in a newer version
    finally:
        _share(handles, inheritable=False)
        os.close(will)


def inherit(will: int) -> Estate:
    """Read what the program before this one gave. Raises `msgspec.MsgspecError`."""
    with os.fdopen(will, "rb") as file:
        estate = msgspec.json.decode(file.read(), type=Estate)
    _share(_handles(estate), inheritable=False)
    return estate


def _share(handles: Iterable[int], *, inheritable: bool) -> None:
    for handle in handles:
        os.set_inheritable(handle, inheritable)


def _handles(estate: Estate) -> Iterable[int]:
    yield from (estate.lock, estate.listener)
    for given in estate.sessions:
        three = (given.handles.stdin, given.handles.stdout, given.handles.stderr)
        yield from {handle for handle in three if handle >= 0}
