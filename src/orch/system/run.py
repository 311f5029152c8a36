"""Run a program to its end: bounded in time and output, its exit told by the kernel, none left."""

import asyncio
import errno
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from signal import SIGKILL
from typing import IO

from orch.system.bounds import scored
from orch.system.capture import Capture, Sink
from orch.system.process import Identity, Kin, Process, identify, kin, oom_kills
from orch.system.reap import Proof, all_gone, end, readable, told

_CHUNK_BYTES = 64 * 1024
_DRAIN_CHUNKS = 16
"""A pipe holds 1 MiB at most; a leftover that goes on printing is not waited for."""

SHORTAGES = frozenset({errno.EAGAIN, errno.ENOMEM, errno.ENFILE, errno.EMFILE, errno.ETXTBSY})
"""Errors of starting a program that say nothing about the program: later it may well work."""
_LEFTOVER_PATIENCE_S = 1.0
"""A helper that goes of itself may take that long on a loaded machine; nobody is to be blamed."""
_SHELL_KILLED = 128 + SIGKILL


class CannotStart(Exception):
    """The program did not even begin: it is missing, may not be run, or the folder is gone.

    `transient` says that the machine was short of something just then.
    """

    def __init__(self, argv: Sequence[str], error: OSError) -> None:
        """Word the system's error for a person."""
        super().__init__(f"can't start {argv[0]}: {error.strerror or error} ({error.filename})")
        self.argv = tuple(argv)
        self.errno = error.errno
        self.transient = error.errno in SHORTAGES


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What to run and within which bounds.

    `env` is the whole environment (None: this process's own). `stdin` None is /dev/null.
    `mark` ("NAME=value") is put into the environment and finds what leaves the process group.
    `output_cap_bytes` bounds each of stdout and stderr in memory: beginning and end are kept.
    `merge` sends stderr to where stdout goes; a `log` gets both: a file, which is made anew, or
    one that is shared. `grace_s` lies between TERM and KILL at the time-out. What the leader leaves
    behind is ended, unless `reap` is off. `score` is the kernel's for lack of memory, which all
    that it starts inherits, wherever that hides (a program that is missing is not told then).
    """

    argv: Sequence[str]
    cwd: str | Path | None = None
    env: Mapping[str, str] | None = None
    stdin: bytes | None = None
    timeout_s: float | None = None
    grace_s: float = 2.0
    mark: str = ""
    merge: bool = False
    output_cap_bytes: int = 16 * 1024 * 1024
    log: Path | Sink | None = None
    log_cap_bytes: int = 8 * 1024 * 1024
    reap: bool = True
    score: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Completed:
    """How it ended. Exactly one of `code` and `signal` is set, as the kernel tells it.

    `leftovers` names the processes that outlived the leader; `left` those that could not be
    ended either. `oom` is true where the leader was killed and the machine's count of kills for
    lack of memory went up meanwhile. `log_error` tells why the log is not whole.
    """

    argv: tuple[str, ...]
    code: int | None
    signal: int | None
    stdout: bytes = b""
    stderr: bytes = b""
    timed_out: bool = False
    truncated: bool = False
    leftovers: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    duration_s: float = 0.0
    oom: bool = False
    log_error: str = ""

    @property
    def ok(self) -> bool:
        """Tell whether it ended by itself with 0, in time."""
        return self.code == 0 and not self.timed_out

    @property
    def ending(self) -> str:
        """Say how it ended, for a person."""
        if self.timed_out:
            return f"timed out after {self.duration_s:.0f} s"
        if self.signal is not None:
            return f"killed by signal {self.signal}" + (" (out of memory)" if self.oom else "")
        return f"exit {self.code}"


async def run(order: Order) -> Completed:
    """Run a program in a session and process group of its own, and return how it ended.

    At the time-out the group is terminated, then killed; cancelling this call kills it. In both
    cases, and after a normal end, processes that carry the mark are ended too. Raises
    `CannotStart`; no exit status of the program is an exception.
    """
    started = time.monotonic()
    run_ = _Run(order)
    try:
        # Counted while the program starts: that takes as long, and nothing is out of memory yet.
        kills_before = oom_kills()
        timed_out, proof = await run_.to_the_end()
    finally:
        run_.close()
    code, number = run_.status()
    killed = number == SIGKILL or code == _SHELL_KILLED
    return Completed(
        argv=tuple(order.argv),
        code=code,
        signal=number,
        stdout=run_.out.data,
        stderr=run_.err.data if run_.err is not None else b"",
        timed_out=timed_out,
        truncated=run_.out.truncated or (run_.err is not None and run_.err.truncated),
        leftovers=() if timed_out else proof.found,
        left=proof.left,
        duration_s=time.monotonic() - started,
        oom=killed and not timed_out and oom_kills() > kills_before,
        log_error=run_.out.log_error,
    )


class _Run:
    """One program under way: its descriptors and what they said so far."""

    def __init__(self, order: Order) -> None:
        self._order = order
        self._loop = asyncio.get_running_loop()
        self._merged = order.merge or order.log is not None
        self.out = Capture(
            order.output_cap_bytes,
            log=order.log,
            log_cap_bytes=order.log_cap_bytes,
        )
        self.err = None if self._merged else Capture(order.output_cap_bytes)
        try:
            self._child = _spawn(order, merged=self._merged)
        except OSError as error:
            self.out.close()
            raise CannotStart(order.argv, error) from error
        self._pidfd = os.pidfd_open(self._child.pid)
        who = identify(self._child.pid)
        self._who = who if who is not None else Identity("", self._child.pid, -1)
        self._streams = self._listen()

    def _listen(self) -> dict[int, Capture]:
        """Read what it prints, a bounded piece a turn."""
        pairs = ((self._child.stdout, self.out), (self._child.stderr, self.err))
        streams = {pipe.fileno(): to for pipe, to in pairs if pipe is not None and to is not None}
        for handle, capture in streams.items():
            os.set_blocking(handle, False)
            self._loop.add_reader(handle, partial(self._read, handle, capture))
        return streams

    def _read(self, handle: int, capture: Capture) -> bool:
        """Take one piece; False when there is none."""
        try:
            chunk = os.read(handle, _CHUNK_BYTES)
        except BlockingIOError:
            return False
        if chunk:
            capture.take(chunk)
        else:
            self._loop.remove_reader(handle)
            self._streams.pop(handle, None)
        return bool(chunk)

    async def to_the_end(self) -> tuple[bool, Proof]:
        """Wait for the end of it all; say whether it had to be ended, and what else was."""
        try:
            timed_out = not await self._exited(self._order.timeout_s)
            grace_s = self._order.grace_s if timed_out else 0.0
            proof = await self._clean_up(grace_s=grace_s, timed_out=timed_out)
        except asyncio.CancelledError:
            await asyncio.shield(end(self._members, grace_s=0.0))
            raise
        return timed_out, proof

    async def _exited(self, timeout_s: float | None) -> bool:
        try:
            async with asyncio.timeout(timeout_s):
                await readable(self._pidfd)
        except TimeoutError:
            return False
        return True

    async def _clean_up(self, *, grace_s: float, timed_out: bool) -> Proof:
        """End what is there now; a helper that is just going of itself is no leftover."""
        if timed_out:
            return await end(self._members, grace_s=grace_s)
        self._child.wait()
        if not (self._order.mark or self._group_exists()):
            return Proof()
        await all_gone(self._members(), timeout_s=_LEFTOVER_PATIENCE_S)
        if not self._order.reap:
            return Proof(left=told(self._members()))
        return await end(self._members, grace_s=grace_s)

    def _group_exists(self) -> bool:
        """Ask for the group alone: walking the process table is dear for a short command."""
        try:
            os.killpg(self._who.pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            return True
        return True

    def _members(self) -> list[Process]:
        return kin(Kin(self._who, self._order.mark))

    def status(self) -> tuple[int | None, int | None]:
        """Return exit code and signal; one of them is None."""
        result = self._child.wait()
        return (result, None) if result >= 0 else (None, -result)

    def close(self) -> None:
        """Take what is still in the pipes, and let go of everything."""
        for handle, capture in list(self._streams.items()):
            self._loop.remove_reader(handle)
            for _ in range(_DRAIN_CHUNKS):
                if not self._read(handle, capture):
                    break
        for pipe in (self._child.stdout, self._child.stderr):
            if pipe is not None:
                pipe.close()
        self.out.close()
        # A cancelled call has killed its child but asked for no status: it must not stay a zombie.
        self._child.poll()
        os.close(self._pidfd)


def _spawn(order: Order, *, merged: bool) -> "subprocess.Popen[bytes]":
    """Start it in a session of its own: there it has no terminal to ask questions on."""
    with _stdin(order.stdin) as stdin:
        return subprocess.Popen(
            order.argv if order.score is None else scored(order.argv, order.score),
            cwd=order.cwd,
            env=_environment(order),
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT if merged else subprocess.PIPE,
            start_new_session=True,
        )


@contextmanager
def _stdin(data: bytes | None) -> Iterator[IO[bytes] | int]:
    """Offer the input as a file: it needs no pump, and a program may leave it unread."""
    if data is None:
        yield subprocess.DEVNULL
        return
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.seek(0)
        yield file


def _environment(order: Order) -> dict[str, str]:
    environment = dict(os.environ if order.env is None else order.env)
    if order.cwd is not None:
        # Some programs believe $PWD rather than the folder they were started in.
        environment["PWD"] = str(order.cwd)
    if order.mark:
        name, _, value = order.mark.partition("=")
        environment[name] = value
    return environment
