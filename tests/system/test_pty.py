"""Programs are started on terminals and pipes of their own, and get nothing else of ours."""

import os
import select
from pathlib import Path

import pytest

from orch.system.pty import OnPipes, OnTerminal, Program, resize, start_on_pipes, start_on_terminal


def program(script: str, cwd: str = "/") -> Program:
    """Order a shell script."""
    return Program(argv=("sh", "-c", script), cwd=cwd, env={"PATH": os.environ["PATH"]})


def read_all(handle: int) -> bytes:
    """Read until the other side has closed."""
    data = b""
    while True:
        select.select([handle], [], [])
        try:
            piece = os.read(handle, 65536)
        except OSError:
            return data
        if not piece:
            return data
        data += piece


def open_descriptors() -> set[str]:
    """Name what is open in this process."""
    return {entry.name for entry in Path("/proc/self/fd").iterdir()}


def end(started: OnTerminal | OnPipes) -> int:
    """Wait for the end and return the exit code."""
    return os.waitstatus_to_exitcode(os.waitpid(started.pid, 0)[1])


def test_a_terminal_controls_its_session(tmp_path: Path) -> None:
    """The program leads a session on a terminal of the right size, in the right folder."""
    script = "stty size; pwd; ps -o sid= -p $$; echo $$; echo yes >/dev/tty; exit 5"
    started = start_on_terminal(program(script, str(tmp_path)), rows=33, cols=99)
    rows, folder, session, pid, tty = read_all(started.master).decode().split("\r\n")[:5]
    assert (rows, folder, tty) == ("33 99", str(tmp_path), "yes")
    assert int(session) == int(pid) == started.pid
    assert end(started) == 5
    os.close(started.master)


def test_nothing_of_ours_is_inherited() -> None:
    """A program holds no terminal of another one, and no signal is ignored for it."""
    other = start_on_terminal(program("read line"), rows=9, cols=9)
    started = start_on_pipes(program("ls /proc/self/fd; grep SigIgn /proc/self/status"))
    os.close(started.stdin)
    printed = read_all(started.stdout).decode().split()
    assert "SigIgn:" in printed
    ignored = int(printed[-1], 16)
    assert not ignored & (1 << 12 | 1 << 24)
    open_there = {int(word) for word in printed[: printed.index("SigIgn:")]}
    assert not os.get_inheritable(other.master)
    assert other.master not in open_there - {0, 1, 2, 3}
    assert end(started) == 0
    for handle in (started.stdout, started.stderr, other.master):
        os.close(handle)
    end(other)


def test_pipes_are_three() -> None:
    """Output and errors come apart; the end of the input is seen."""
    started = start_on_pipes(program("cat; echo bad >&2; exit 2"))
    os.write(started.stdin, b"in\n")
    os.close(started.stdin)
    assert read_all(started.stdout) == b"in\n"
    assert read_all(started.stderr) == b"bad\n"
    assert end(started) == 2
    os.close(started.stdout)
    os.close(started.stderr)


def test_a_new_size_is_told() -> None:
    """The program gets SIGWINCH and finds the new size."""
    script = "trap 'stty size; exit 0' WINCH; echo ready; while :; do sleep 0.01; done"
    started = start_on_terminal(program(script), rows=24, cols=80)
    select.select([started.master], [], [])
    assert os.read(started.master, 100).strip() == b"ready"
    resize(started.master, rows=50, cols=101)
    assert read_all(started.master).strip() == b"50 101"
    assert end(started) == 0
    os.close(started.master)


def test_what_can_not_start_leaves_nothing(tmp_path: Path) -> None:
    """A missing program or folder is an error, the own folder stays, no descriptor is lost."""
    before, here = open_descriptors(), Path.cwd()
    for order in (
        Program(argv=("no-such-program",), cwd="/", env={}),
        Program(argv=("/etc/hostname",), cwd="/", env={}),
        program("true", str(tmp_path / "gone")),
    ):
        with pytest.raises(OSError, match=r"."):
            start_on_terminal(order, rows=1, cols=1)
        with pytest.raises(OSError, match=r"."):
            start_on_pipes(order)
    assert open_descriptors() == before
    assert Path.cwd() == here
