"""Reap every child when the kernel tells of its end: leaders of sessions, and inherited orphans."""

import os
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Exit:
    """How a process ended; one of the two is set."""

    code: int | None
    signal: int | None

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
                result = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG)
            except ChildProcessError:
                return
            if result is None:
                return
            ended = self._watched.pop(result.si_pid, None)
            if ended:
                ended(_exit(result))


def _exit(result: os.waitid_result) -> Exit:
    if result.si_code == os.CLD_EXITED:
        return Exit(result.si_status, None)
    return Exit(None, result.si_status)
