"""Prove that a session stays within its bounds without control groups, and why it ended."""

import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from orch.adapters.session_hosts.builtin import BuiltinSessionHost
from orch.ports.session_host import Liveness, SessionState, Signal
from orch.session_server.bounding import account
from orch.session_server.values import Record
from orch.system.paths import Home
from orch.system.process import read_process
from orch.testing.session_server_kit import served
from orch.testing.session_values import PUPPETS, a_spec
from orch.testing.session_waits import gone, output

EAT = "import time; held = bytearray(300_000_000); print('full', flush=True); time.sleep(100000)"
MANY = "for n in 1 2 3 4 5 6 7 8 9 10; do sleep 100000 & done; echo ready; wait"
HIDE = """
import os, sys
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.chdir("/")
        os.closerange(0, 1024)
        os.execve("/bin/sh", ["sh", "-c", f"echo $$ >{sys.argv[1]}; exec sleep 98720"], {})
    os._exit(0)
os.wait()
pid = int(open(sys.argv[1]).read())
while open(f"/proc/{pid}/comm").read().strip() != "sleep":
    pass
print(pid, flush=True)
"""


@pytest.fixture
async def host(home: Home, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[BuiltinSessionHost]:
    """Give a host whose server goes without control groups, as on most machines."""
    monkeypatch.setenv("ORCH_CGROUP", "off")
    async with served(home) as host:
        yield host


async def killed_outside(host: BuiltinSessionHost) -> SessionState:
    """Kill a session as nobody of orch's would."""
    started = await host.start(a_spec(PUPPETS.waits()))
    await output(host, "t1.1", contains=b"ready")
    assert started.pid is not None
    os.kill(started.pid, signal.SIGKILL)
    return await gone(host, "t1.1")


async def test_what_hides_is_found_without_groups(host: BuiltinSessionHost, tmp_path: Path) -> None:
    """No parent, no group, no environment, no folder: it still bears its session's score."""
    os.mkfifo(tmp_path / "pid")
    script = (sys.executable, "-c", HIDE, str(tmp_path / "pid"))
    await host.start(a_spec(PUPPETS.waits(), name="t2.1"))
    await host.start(a_spec(script))
    state = await gone(host, "t1.1")
    pid = int((await host.read("t1.1", offset=0, limit=100)).data)
    assert state.leftovers == (f"{pid} sleep",)
    assert read_process(pid) is None
    assert (await host.probe("t2.1")).liveness is Liveness.ALIVE


async def test_too_much_memory_is_told_as_such(host: BuiltinSessionHost) -> None:
    """The largest of its processes is killed, and nobody has to guess why."""
    spec = a_spec((sys.executable, "-c", EAT), memory_bytes=100_000_000)
    await host.start(spec)
    state = await gone(host, "t1.1")
    assert state.exit_signal == signal.SIGKILL
    assert state.cause.startswith("out of memory: it took ")
    assert "may have 100 MB" in state.cause
    assert (state.peak_memory_bytes or 0) > 100_000_000


async def test_enough_memory_is_no_trouble(host: BuiltinSessionHost) -> None:
    """Below its bound a session goes on; at its end it says what it took."""
    await host.start(a_spec(PUPPETS.says("bye", code=0), memory_bytes=500_000_000, processes=50))
    state = await gone(host, "t1.1")
    assert (state.exit_code, state.cause) == (0, "")
    assert state.cpu_s is not None
    assert (state.peak_memory_bytes or 0) > 0


async def test_too_many_processes_are_ended(host: BuiltinSessionHost) -> None:
    """The youngest go; the rest of the session goes on."""
    await host.start(a_spec(("sh", "-c", MANY), processes=1))
    state = await gone(host, "t1.1")  # The shell only waits for its children.
    assert state.cause.startswith("too many processes: ")
    assert state.cause.endswith("and it may have 1")
    assert state.exit_signal is None


async def test_processors_are_bounded_in_whole_ones(host: BuiltinSessionHost) -> None:
    """A session of half a processor sees one."""
    await host.start(a_spec(("nproc",), cpu=0.5))
    await gone(host, "t1.1")
    assert (await host.read("t1.1", offset=0, limit=100)).data.split() == [b"1"]
    assert len(os.sched_getaffinity(0)) == os.cpu_count()


async def test_a_kill_from_outside_is_told(host: BuiltinSessionHost) -> None:
    """As what it is: nobody of orch's did it, and it may have been for memory."""
    state = await killed_outside(host)
    assert state.cause.startswith("killed from outside")


async def test_a_kill_that_was_ordered_has_no_cause(host: BuiltinSessionHost) -> None:
    """By a signal, or by its end."""
    for name in ("t1.1", "t2.1"):
        await host.start(a_spec(PUPPETS.resists(), name=name))
        await output(host, name, contains=b"ready")
    await host.write("t1.1", Signal(number=signal.SIGKILL))
    assert (await gone(host, "t1.1")).cause == ""
    ended = await host.end("t2.1", grace_s=0.0)
    assert (ended.exit_signal, ended.cause) == (signal.SIGKILL, "")


def test_the_kernels_own_word_counts_most(tmp_path: Path) -> None:
    """What a control group has counted: time, memory, kills."""
    (tmp_path / "cpu.stat").write_text("usage_usec 1500000\nuser_usec 1\n")
    (tmp_path / "memory.peak").write_text("2000000\n")
    (tmp_path / "memory.events").write_text("low 0\noom 3\noom_kill 2\n")
    record = Record(name="t1.1", argv=("x",), cwd="/", cgroup=str(tmp_path), pid=7)
    record.exit_signal, record.memory_bytes = signal.SIGKILL, 1_000_000
    account(record)
    assert record.cause == "out of memory: the kernel killed it within its bound of 1 MB"
    assert (record.cpu_s, record.peak_memory_bytes) == (1.5, 2_000_000)
    record.exit_signal, record.exit_code, record.cause = None, 0, ""
    account(record)
    assert record.cause == "the kernel killed 2 of its processes for lack of memory"
