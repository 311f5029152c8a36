"""Reap every child when the kernel tells of its end: leaders of sessions, and inherited orphans."""

import os
import resource
from collections.abc import Callable
from dataclasses import dataclass

_KB = 1024


@dataclass(frozen=True, slots=True)
class Exit:
    """How a process ended: `code` or `signal` is set.

    `cpu_s` is what it and those it waited for took, `peak_bytes` the memory of the largest.
    """

    code: int | None
    signal: int | None
    cpu_s: float | None = None
    peak_bytes: int | None = None

    @property
    def told(self) -> str:
        """Say it for a person."""
        return (
            f"exited with {self.code}" if self.signal is None else f"died of signal {self.signal}"
        )


class Children:
    """Knows whose end matters to whom."""

    def __init__(self) -> None:
        self._watched: dict[int, Callable[[Exit], None]] = {}

    def watch(self, pid: int, ended: Callable[[Exit], None]) -> None:
        """Call `ended` when this child has ended."""
        self._watched[pid] = ended

    def reap(self) -> None:
        """Take note of every child that has ended; called at SIGCHLD, which may stand for many."""
        while True:
            try:
                pid, status, usage = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            ended = self._watched.pop(pid, None)
            if ended:
                ended(_exit(os.waitstatus_to_exitcode(status), usage))


def _exit(code: int, usage: resource.struct_rusage) -> Exit:
    return Exit(
        code if code >= 0 else None,
        -code if code < 0 else None,
        cpu_s=usage.ru_utime + usage.ru_stime,
        peak_bytes=usage.ru_maxrss * _KB,
    )
