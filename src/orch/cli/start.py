"""Starts the daemon and waits for its word: no polling, and nothing of this terminal goes along."""

import fcntl
import json
import os
import select
import sys
from collections.abc import Callable
from typing import NoReturn

from orch.cli.hangups import await_end, serves
from orch.cli.home import home
from orch.cli.progress import working
from orch.wire.codes import Code, WireError
from orch.wire.launch import clean_environment, command

_QUIET_S = 1.0
_TAIL_BYTES = 2000


def start_daemon(*, instead: Callable[[], object] = lambda: None) -> bool:
    """Start the daemon unless it serves already; return True if this call started it.

    Several callers at once start one. `instead` ends the one before it: whoever would start one
    meanwhile waits for this one. One that is about to end is waited for. Raises `WireError` with
    the reason if it can't serve.
    """
    root = home()
    os.makedirs(f"{root}/logs", mode=0o700, exist_ok=True)  # noqa: PTH103
    lock = os.open(f"{root}/start.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        instead()
        if not serves():
            with working("waiting for the daemon that is there"):
                await_end()
        if serves():
            return False
        _launch(root)
    finally:
        os.close(lock)
    return True


def _launch(root: str) -> None:
    reading, writing = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child == 0:
        _become_daemon(root, writing)
    os.close(writing)
    os.waitpid(child, 0)
    with os.fdopen(reading, "rb") as answers:
        if not select.select([answers], [], [], _QUIET_S)[0] and sys.stderr.isatty():
            print("orch: starting the daemon…", file=sys.stderr)
        line = answers.readline()
    _judge(line, f"{root}/logs/daemon.err")


def _become_daemon(root: str, writing: int) -> NoReturn:
    """Leave the terminal, the parent and all open files behind, then run the daemon.

    The second fork makes it nobody's session leader, so that no terminal can come to own it.
    """
    try:
        os.setsid()
        if os.fork():
            os._exit(0)
        quiet = os.open(os.devnull, os.O_RDONLY)
        errors = os.open(f"{root}/logs/daemon.err", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.dup2(quiet, 0)
        os.dup2(errors, 1)
        os.dup2(errors, 2)
        os.dup2(writing, 3)
        os.set_inheritable(3, True)  # noqa: FBT003 - it takes no keywords
        os.closerange(4, 1024)
        os.chdir("/")
        argv = command("--ready-fd", "3")
        os.execve(argv[0], argv, clean_environment(os.environ))  # noqa: S606 - no shell is wanted
    finally:
        os._exit(127)


def _judge(line: bytes, errors: str) -> None:
    try:
        answer = json.loads(line) if line else {}
    except ValueError:
        answer = {}
    if answer.get("ready"):
        return
    if "message" in answer:
        remedy = answer.get("next") or "orch daemon logs"
        raise WireError(
            Code.UNAVAILABLE, f"the daemon did not start: {answer['message']}", next=remedy
        )
    raise WireError(
        Code.UNAVAILABLE,
        f"the daemon ended before it served: {_tail(errors) or 'it said nothing'}",
        kept="all that was stored",
        next=f"cat {errors}",
    )


def _tail(path: str) -> str:
    try:
        with open(path, "rb") as file:  # noqa: PTH123
            file.seek(max(0, os.fstat(file.fileno()).st_size - _TAIL_BYTES))
            return file.read().decode(errors="replace").strip().rpartition("\n")[2]
    except OSError:
        return ""
