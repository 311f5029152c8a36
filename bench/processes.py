"""Processes of the benchmarks: timed as a whole, and every one of them gone at the end."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from orch.system.process import Process, become_subreaper, processes, send

PATIENCE_S = 10.0
STEP_S = 0.05


def time_command(argv: Sequence[str], *, env: Mapping[str, str], cwd: Path) -> float:
    """Run a program from its start to its end, output thrown away; return the seconds it took.

    Raises `CalledProcessError` if it fails: a failure is quick, and no result.
    """
    started = time.perf_counter()
    subprocess.run(
        argv,
        env=env,
        cwd=cwd,
        check=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    return time.perf_counter() - started


@contextmanager
def nothing_left() -> Iterator[None]:
    """Become the parent of every orphan among our descendants, and end them all at the end."""
    become_subreaper()
    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
        end_descendants()


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def end_descendants() -> None:
    """End every process that we or our children started; kill those that take too long."""
    deadline = time.monotonic() + PATIENCE_S
    asked: set[int] = set()
    while found := descendants():
        late = time.monotonic() > deadline
        for process in found:
            if late or process.pid not in asked:
                with suppress(PermissionError):
                    send(process, signal.SIGKILL if late else signal.SIGTERM)
                asked.add(process.pid)
        _reap()
        time.sleep(STEP_S)
    _reap()


def descendants() -> list[Process]:
    """List the live processes below this one."""
    table = [process for process in processes() if not process.is_dead]
    found: list[Process] = []
    parents = {os.getpid()}
    while parents:
        children = [process for process in table if process.parent in parents]
        found += children
        parents = {process.pid for process in children}
    return found


def _reap() -> None:
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
