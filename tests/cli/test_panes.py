"""Prove that `orch attach` and `orch pane` show a window of tmux, and leave it as it was."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from orch.adapters.session_hosts.tmux.host import TmuxSessionHost
from orch.cli.panes import is_inside, plan
from orch.session_server.emulator import Emulator
from orch.system.paths import Home
from orch.system.pty import OnTerminal, Program, start_on_terminal
from orch.system.reap import readable
from orch.testing.session_values import PUPPETS, a_spec
from orch.testing.session_waits import output
from orch.testing.tmux_kit import why_no_tmux, windowed

PATIENCE_S = 60.0
ENTER = "import sys; from orch.cli.panes import enter; sys.exit(enter(sys.argv[2:], read_only={}))"
NEEDS_TMUX = pytest.mark.skipif(bool(why_no_tmux()), reason=why_no_tmux() or "tmux is here")
TERMINAL = ("tmux", "-S", "/run/a.sock", "%3")


@pytest.fixture
async def host(tmp_path: Path) -> AsyncIterator[TmuxSessionHost]:
    """Give a host with two sessions that echo."""
    async with windowed(Home(tmp_path / "home")) as host:
        for name in ("t1.1", "t2.1"):
            await host.start(a_spec(PUPPETS.echoes(), name=name))
            await output(host, name, contains=b"ready")
        yield host


@dataclass(slots=True)
class Viewer:
    """Somebody at a terminal in which a window of tmux is shown."""

    started: OnTerminal
    screen: Emulator

    @classmethod
    async def enter(
        cls, host: TmuxSessionHost, session: str, *, read_only: bool = False
    ) -> "Viewer":
        """Sit down and look at a session."""
        terminal = (await host.probe(session)).terminal
        argv = (sys.executable, "-c", ENTER.format(read_only), "enter", *terminal)
        env = {"PATH": os.environ["PATH"], "TERM": "xterm-256color", "LANG": "C.UTF-8"}
        started = start_on_terminal(Program(argv=argv, cwd="/", env=env), rows=30, cols=100)
        return cls(started, Emulator.blank(rows=30, cols=100))

    def type(self, keys: bytes) -> None:
        """Press keys."""
        os.write(self.started.master, keys)

    async def sees(self, text: str) -> None:
        """Look until the terminal shows this. Raises `TimeoutError`."""
        async with asyncio.timeout(PATIENCE_S):
            while text not in self.screen.text:
                await readable(self.started.master)
                self.screen.feed(os.read(self.started.master, 65536))

    async def leaves(self) -> int:
        """Press the keys that detach, and look until the program has ended."""
        self.type(b"\x02d")
        async with asyncio.timeout(PATIENCE_S):
            with suppress(OSError):  # So the kernel tells that nobody has the terminal any more.
                while True:
                    await readable(self.started.master)
                    os.read(self.started.master, 65536)
        _, status = await asyncio.to_thread(os.waitpid, self.started.pid, 0)
        os.close(self.started.master)
        return os.waitstatus_to_exitcode(status)


@NEEDS_TMUX
async def test_two_people_look_at_two_windows(host: TmuxSessionHost) -> None:
    """Each at the one that was asked for, in its own size; detaching ends the view only."""
    one, two = await Viewer.enter(host, "t1.1"), await Viewer.enter(host, "t2.1")
    for viewer, session in ((one, "t1.1"), (two, "t2.1")):
        await viewer.sees(f"{session}*")
        viewer.type(f"to {session}\r".encode())
        assert f"to {session}" in (await output(host, session, contains=b"to t")).decode()
    assert (await host.probe("t1.1")).cols == 100
    assert [await one.leaves(), await two.leaves()] == [0, 0]
    sessions = await host.tmux.do(("list-sessions", "-F", "#{session_name}"))
    assert sessions.split() == ["orch"]
    assert (await host.probe("t1.1")).liveness == "alive"


@NEEDS_TMUX
async def test_who_only_looks_is_not_heard(host: TmuxSessionHost) -> None:
    """Nor does the window take the size of whoever only looks."""
    viewer = await Viewer.enter(host, "t1.1", read_only=True)
    await viewer.sees("t1.1*")
    viewer.type(b"not heard\r")
    await host.write("t1.1", b"others\n")
    await viewer.sees("others")
    assert await viewer.leaves() == 0
    page = await host.read("t1.1", offset=0, limit=1000)
    assert b"not heard" not in page.data
    assert (await host.probe("t1.1")).cols == 80


def test_inside_of_the_same_tmux_the_client_switches() -> None:
    """Instead of a tmux in a tmux; another server counts as outside."""
    assert is_inside(TERMINAL, {"TMUX": "/run/a.sock,123,0"})
    assert not is_inside(TERMINAL, {"TMUX": "/run/b.sock,123,0"})
    assert not is_inside(TERMINAL, {})
    outside = plan(TERMINAL, view="view", where=("orch", "@5"), read_only=True)
    flags = ["-f", "read-only,ignore-size"]
    view = ["new-session", *flags, "-s", "view", "-t", "=orch"]
    assert outside == ["tmux", "-S", "/run/a.sock", *view, ";", "select-window", "-t", ":@5"]
