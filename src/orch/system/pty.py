"""Start programs on a terminal or on pipes of their own, in sessions of their own."""

import fcntl
import os
import shutil
import struct
import termios
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from signal import SIGPIPE, SIGXFSZ
from typing import cast


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """What to start: `env` is the whole environment, the program is looked up on its PATH."""

    argv: Sequence[str]
    cwd: str
    env: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class OnTerminal:
    """A program on a terminal: what is written to `master` is typed, what is read was printed."""

    pid: int
    master: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OnPipes:
    """A program on pipes, told from our end of them."""

    pid: int
    stdin: int
    stdout: int
    stderr: int


def start_on_terminal(program: Program, *, rows: int, cols: int) -> OnTerminal:
    """Start a program on a new terminal, which is also the one that controls it.

    The master is not inherited by any other program and does not block. Raises `OSError` if the
    program or the folder is missing or can't be used; then nothing was started.
    """
    master, slave = os.openpty()
    try:
        _speak_utf8(slave)
        resize(master, rows=rows, cols=cols)
        # Opening a terminal by name is what makes it the controlling one of a new session.
        actions: list[tuple[object, ...]] = [
            (os.POSIX_SPAWN_OPEN, 0, os.ttyname(slave), os.O_RDWR, 0),
            (os.POSIX_SPAWN_DUP2, 0, 1),
            (os.POSIX_SPAWN_DUP2, 0, 2),
        ]
        pid = _spawn(program, actions)
        os.set_blocking(master, False)
    except BaseException:
        os.close(master)
        raise
    finally:
        os.close(slave)
    return OnTerminal(pid=pid, master=master)


def start_on_pipes(program: Program) -> OnPipes:
    """Start a program on three pipes; our ends don't block. Raises `OSError` like the other."""
    ends = [os.pipe() for _ in range(3)]
    theirs = (ends[0][0], ends[1][1], ends[2][1])
    ours = (ends[0][1], ends[1][0], ends[2][0])
    try:
        pid = _spawn(program, [(os.POSIX_SPAWN_DUP2, end, n) for n, end in enumerate(theirs)])
    except BaseException:
        for handle in ours:
            os.close(handle)
        raise
    finally:
        for handle in theirs:
            os.close(handle)
    for handle in ours:
        os.set_blocking(handle, False)
    return OnPipes(pid=pid, stdin=ours[0], stdout=ours[1], stderr=ours[2])


def resize(master: int, *, rows: int, cols: int) -> None:
    """Set a terminal's size; its foreground programs are told by SIGWINCH if it is a new one."""
    fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))


def _spawn(program: Program, actions: Sequence[tuple[object, ...]]) -> int:
    path = _find(program)
    with _inside(program.cwd):
        return os.posix_spawn(
            path,
            list(program.argv),
            dict(program.env),
            file_actions=cast("Sequence[tuple[int, int, int]]", actions),
            setsid=True,
            setsigmask=[],
            # Python ignores these two, and what is ignored would stay so in the program.
            setsigdef=[SIGPIPE, SIGXFSZ],
        )


def _find(program: Program) -> str:
    name = program.argv[0]
    if "/" in name:
        return name
    found = shutil.which(name, path=program.env.get("PATH", os.defpath))
    if found is None:
        raise FileNotFoundError(2, "no such program on its PATH", name)
    return str(Path(found).absolute())


@contextmanager
def _inside(folder: str) -> Iterator[None]:
    """Stand in a folder meanwhile: the system's spawn takes none. Only for a lone thread."""
    before = os.open(".", os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.chdir(folder)
        yield
    finally:
        os.fchdir(before)
        os.close(before)


def _speak_utf8(terminal: int) -> None:
    """Let erasing in a line erase characters, not bytes."""
    with suppress(termios.error):
        mode = termios.tcgetattr(terminal)
        mode[0] |= getattr(termios, "IUTF8", 0x4000)
        termios.tcsetattr(terminal, termios.TCSANOW, mode)
