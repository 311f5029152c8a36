"""A person's terminal shows the session and is afterwards as it was before."""

import asyncio
import os
import sys
import termios
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from orch.adapters.session_hosts.builtin import BuiltinSessionHost
from orch.session_server.emulator import Emulator
from orch.system.paths import Home
from orch.system.process import processes
from orch.system.pty import OnTerminal, Program, resize, start_on_terminal
from orch.system.reap import readable
from orch.testing.session_server_kit import served
from orch.testing.session_values import PUPPETS, a_spec
from orch.testing.session_waits import PATIENCE_S, output

ATTACH = """
import sys
from orch.cli.terminal import attach
sys.exit(attach(sys.argv[1], sys.argv[2], read_only={}))
"""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """Give the test a home of its own."""
    return Home(tmp_path / "home")


@pytest.fixture
async def host(home: Home) -> AsyncIterator[BuiltinSessionHost]:
    """Give the test a host with one session that echoes."""
    async with served(home) as host:
        await host.start(a_spec(PUPPETS.echoes()))
        await output(host, "t1.1", contains=b"ready")
        yield host


@dataclass(slots=True)
class Person:
    """Somebody at a terminal in which `orch attach` runs."""

    started: OnTerminal
    screen: Emulator
    printed: bytes = b""

    @classmethod
    def attach(cls, home: Home, *, read_only: bool = False, keys: str = "") -> "Person":
        """Sit down and attach to the session."""
        argv = (sys.executable, "-c", ATTACH.format(read_only), str(home.session_socket), "t1.1")
        env = {"PATH": os.environ["PATH"]} | ({"ORCH_DETACH_KEYS": keys} if keys else {})
        started = start_on_terminal(Program(argv=argv, cwd="/", env=env), rows=24, cols=80)
        return cls(started, Emulator.blank(rows=24, cols=80))

    def type(self, keys: bytes) -> None:
        """Press keys."""
        os.write(self.started.master, keys)

    async def until(self, met: Callable[["Person"], bool]) -> "Person":
        """Look until this is so. Raises `TimeoutError`."""
        async with asyncio.timeout(PATIENCE_S):
            while not met(self):
                await readable(self.started.master)
                data = os.read(self.started.master, 65536)
                self.printed += data
                self.screen.feed(data)
        return self

    async def sees(self, text: str) -> "Person":
        """Look until the terminal shows this."""
        return await self.until(lambda person: text in person.screen.text)

    async def leaves(self) -> int:
        """Wait until the program has ended; return its exit code."""
        async with asyncio.timeout(PATIENCE_S):
            _, status = await asyncio.to_thread(os.waitpid, self.started.pid, 0)
        os.close(self.started.master)
        return os.waitstatus_to_exitcode(status)


def untouched() -> list[object]:
    """Tell how a terminal's driver is as long as no program has changed it."""
    program = Program(argv=("true",), cwd="/", env={"PATH": os.environ["PATH"]})
    started = start_on_terminal(program, rows=24, cols=80)
    os.waitpid(started.pid, 0)
    try:
        return list(termios.tcgetattr(started.master))
    finally:
        os.close(started.master)


def is_full_screen(person: Person) -> bool:
    """Tell whether the screen of full-screen programs is shown."""
    return person.screen.is_alternate


async def test_typing_and_detaching(home: Home, host: BuiltinSessionHost) -> None:
    """Keys reach the program, its output the terminal; the detach keys end only the view."""
    person = await Person.attach(home).sees("ready")
    person.type(b"hello\r")
    await person.sees("hello")
    person.type(b"\x10\x11")
    await person.sees("[detached from t1.1; it runs on]")
    assert await person.leaves() == 0
    assert b"\x10" not in (await host.read("t1.1", offset=0, limit=1000)).data
    await host.write("t1.1", b"still here\n")
    await output(host, "t1.1", contains=b"still here")


async def test_the_terminal_is_as_before(home: Home, host: BuiltinSessionHost) -> None:
    """Modes of the terminal's driver and of its screen are put back."""
    await host.write("t1.1", b"\x1b[?1049h\x1b[?25l\x1b[?2004h\x1b[?1003h full screen\n")
    await output(host, "t1.1", contains=b"full screen")
    person = Person.attach(home)
    await person.sees("full screen")
    assert is_full_screen(person)
    assert not termios.tcgetattr(person.started.master)[3] & termios.ICANON
    person.type(b"\x10\x11")
    await person.sees("detached")
    assert not is_full_screen(person)
    assert b"\x1b[?25h" in person.printed
    assert termios.tcgetattr(person.started.master) == untouched()
    await person.leaves()


async def test_who_only_looks_is_not_heard(home: Home, host: BuiltinSessionHost) -> None:
    """Keys of a read-only viewer do nothing, but Ctrl-C leaves."""
    person = await Person.attach(home, read_only=True).sees("ready")
    person.type(b"not heard\r")
    await host.write("t1.1", b"others\n")
    await person.sees("others")
    person.type(b"\x03")
    assert await person.leaves() == 0
    assert b"not heard" not in (await host.read("t1.1", offset=0, limit=1000)).data


async def test_a_new_size_is_passed_on(home: Home, host: BuiltinSessionHost) -> None:
    """The session takes the size of the terminal, at first and when it changes."""
    person = await Person.attach(home).sees("ready")
    assert (await host.probe("t1.1")).rows == 24
    resize(person.started.master, rows=30, cols=90)
    person.type(b"after\r")
    await person.sees("after")
    state = await host.probe("t1.1")
    assert (state.rows, state.cols) == (30, 90)
    person.type(b"\x10\x11")
    await person.leaves()


async def test_an_upgrade_is_survived(home: Home, host: BuiltinSessionHost) -> None:
    """The view comes back by itself when the server has become a newer one."""
    person = await Person.attach(home).sees("ready")
    await host.upgrade()
    await person.until(lambda one: one.printed.count(b"\x1b[2J") > 1)
    person.type(b"and on\r")
    await person.sees("and on")
    person.type(b"\x10\x11")
    assert await person.leaves() == 0


async def test_the_end_of_the_session_is_told(home: Home, host: BuiltinSessionHost) -> None:
    """How it ended stands below the last screen."""
    person = await Person.attach(home, keys="ctrl-]").sees("ready")
    await host.end("t1.1", grace_s=5)
    await person.sees("[t1.1 was ended by signal 15]")
    assert await person.leaves() == 0


async def test_a_lost_terminal_detaches(home: Home, host: BuiltinSessionHost) -> None:
    """When the window is closed the viewer goes, and the session stays."""
    person = await Person.attach(home).sees("ready")
    os.close(person.started.master)
    _, status = await asyncio.to_thread(os.waitpid, person.started.pid, 0)
    assert status
    assert person.started.pid not in {process.pid for process in processes()}
    await host.write("t1.1", b"still here\n")
    await output(host, "t1.1", contains=b"still here")


async def test_what_can_not_be_attached_to_is_told(home: Home, host: BuiltinSessionHost) -> None:
    """Nonsense in $ORCH_DETACH_KEYS, a session that is not there: one line, and what to do."""
    person = await Person.attach(home, keys="nonsense").sees("ORCH_DETACH_KEYS")
    assert await person.leaves() == 2
    await host.end("t1.1", grace_s=5, forget=True)
    person = await Person.attach(home).sees("no session t1.1")
    assert await person.leaves() == 1
