"""Prove what a session host promises of daemons that come and go, with real windows of tmux."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace

import pytest

from orch.adapters.session_hosts.tmux.host import TmuxSessionHost
from orch.adapters.session_hosts.tmux.kept import Kept
from orch.adapters.session_hosts.tmux.program import Tmux
from orch.ports.errors import Permanent, Transient
from orch.ports.session_host import FactKind, Liveness
from orch.system import reap
from orch.system.paths import Home
from orch.system.run import Order, run
from orch.testing.session_values import PUPPETS, a_spec
from orch.testing.session_waits import PATIENCE_S, gone, now, output
from orch.testing.tmux_kit import kill_server

SHOW_ENVIRONMENT = ("sh", "-c", 'tr "\\0" "\\n" </proc/$$/environ')
START_AND_DIE = """
import asyncio, os
from pathlib import Path
from orch.adapters.session_hosts.tmux.birth import Birth
from orch.adapters.session_hosts.tmux.host import TmuxSessionHost
from orch.adapters.session_hosts.tmux.program import Tmux
from orch.system.paths import Home
from orch.system.run import Order, run
from orch.testing.session_values import PUPPETS, a_spec

async def die(self, *_, **__):
    os._exit(9)

Birth.record = die
home = Home(Path({home!r}))
asyncio.run(TmuxSessionHost(home, Tmux.of(home)).start(a_spec(PUPPETS.says("here"))))
"""


@asynccontextmanager
async def another(home: Home, *, tmux: Tmux | None = None) -> AsyncIterator[TmuxSessionHost]:
    """Give what the next daemon of this home has."""
    host = TmuxSessionHost(home, tmux or Tmux.of(home))
    try:
        yield host
    finally:
        await host.close()


async def test_a_session_outlives_the_host(home: Home, host: TmuxSessionHost) -> None:
    """The next one finds it alive, talks to it, and reads all that it printed."""
    first = await host.start(a_spec(PUPPETS.echoes()))
    await output(host, "t1.1", contains=b"ready")
    await host.close()
    async with another(home) as following:
        state = await following.probe("t1.1")
        assert (state.liveness, state.pid) == (Liveness.ALIVE, first.pid)
        await following.write("t1.1", b"hello\n")
        printed = await output(following, "t1.1", contains=b"hello")
        assert printed == b"ready\r\nhello\r\n"


async def test_an_end_is_known_that_no_host_saw(home: Home, host: TmuxSessionHost) -> None:
    """The window stays with the exit code, until somebody has noted it."""
    state = await host.start(a_spec(PUPPETS.talks()))
    await output(host, "t1.1", contains=b"to-err")
    await host.close()
    assert state.pid
    await host.tmux.do(("send-keys", "-t", state.terminal[-1], "over", "Enter"))
    await reap.gone(state.pid)
    async with another(home) as following:
        ended = await gone(following, "t1.1")
        assert (ended.exit_code, ended.exit_signal) == (0, None)
        page = await following.read("t1.1", offset=0, limit=1000)
        assert b"got over" in page.data
        assert "got over" in (await following.screen("t1.1")).text


async def test_what_a_dead_server_held_is_gone(host: TmuxSessionHost) -> None:
    """Its programs are hung up; nobody saw how they ended, so it counts for no success."""
    await host.start(a_spec(PUPPETS.waits()))
    await output(host, "t1.1", contains=b"ready")
    await kill_server(host.tmux)
    state = await gone(host, "t1.1")
    assert (state.exit_code, state.exit_signal) == (None, None)
    assert "tmux server" in state.how


async def test_what_ignores_the_hang_up_is_unknown(host: TmuxSessionHost) -> None:
    """That there is something to ask for is told; it lives, out of reach, and can be ended."""
    deaf = ("sh", "-c", "trap '' HUP; echo ready; while :; do sleep 100000; done")
    await host.start(a_spec(deaf))
    await output(host, "t1.1", contains=b"ready")
    cursor = await now(host)
    await kill_server(host.tmux)
    async with asyncio.timeout(PATIENCE_S), aclosing(host.events(after=cursor)) as news:
        while (fact := await anext(news)).kind is FactKind.GREW:
            pass  # What it printed is in its transcript before that is told.
        assert fact.kind is FactKind.GAP
    state = await host.probe("t1.1")
    assert state.liveness is Liveness.UNKNOWN
    with pytest.raises(Transient):
        await host.write("t1.1", b"x")
    ended = await host.end("t1.1", grace_s=5)
    assert (ended.liveness, ended.exit_code, ended.left) == (Liveness.GONE, None, ())


async def test_a_window_that_a_person_closes_is_no_success(host: TmuxSessionHost) -> None:
    """It is gone, with neither code nor signal."""
    state = await host.start(a_spec(PUPPETS.waits()))
    await host.start(a_spec(PUPPETS.waits(), name="t2.1"))
    await output(host, "t1.1", contains=b"ready")
    await host.tmux.do(("kill-window", "-t", state.terminal[-1]))
    ended = await gone(host, "t1.1")
    assert (ended.exit_code, ended.exit_signal) == (None, None)
    assert (await host.probe("t2.1")).liveness is Liveness.ALIVE


async def test_a_server_that_hangs_says_nothing(home: Home, host: TmuxSessionHost) -> None:
    """What it holds is unknown, not gone; later all is as it was."""
    await host.start(a_spec(PUPPETS.waits()))
    server = int(await host.tmux.do(("display-message", "-p", "#{pid}")))
    impatient = replace(host.tmux, patience_s=0.2)
    os.kill(server, signal.SIGSTOP)
    try:
        async with another(home, tmux=impatient) as asking:
            assert (await asking.probe("t1.1")).liveness is Liveness.UNKNOWN
            with pytest.raises(Transient):
                await asking.write("t1.1", b"x")
    finally:
        os.kill(server, signal.SIGCONT)
    assert (await host.probe("t1.1")).liveness is Liveness.ALIVE


async def test_what_was_of_the_boot_before_is_gone(home: Home, host: TmuxSessionHost) -> None:
    """Whatever has its process number now."""
    await host.start(a_spec(PUPPETS.waits()))
    await host.close()
    path = home.tmux_sessions / "t1.1" / "state.json"
    boot = (await host.list())[0].boot_id
    await host.close()
    before = path.read_text()
    path.write_text(before.replace(boot, "another-boot"))
    async with another(home) as following:
        state = await gone(following, "t1.1")
        assert (state.exit_code, state.exit_signal) == (None, None)
        assert "started anew" in state.how


async def test_a_half_done_start_is_finished(home: Home, host: TmuxSessionHost) -> None:
    """The daemon died between window and recorder: the next one lets the program go."""
    script = START_AND_DIE.format(home=str(home.root))
    died = await run(Order(argv=(sys.executable, "-c", script), reap=False))
    assert died.code == 9
    state = await gone(host, "t1.1")
    assert state.exit_code == 0
    assert (await host.read("t1.1", offset=0, limit=100)).data == b"here"


async def test_a_start_that_never_began_is_forgotten(home: Home, host: TmuxSessionHost) -> None:
    """The daemon died before there was a window: it can be started as if for the first time."""
    await host.start(a_spec(PUPPETS.says("x"), name="t2.1"))
    await gone(host, "t2.1")
    await host.close()
    text = (home.tmux_sessions / "t2.1" / "state.json").read_text()
    folder = home.tmux_sessions / "t1.1"
    folder.mkdir()
    for one, other in (('"ended"', '"starting"'), ("t2.1", "t1.1"), ('"pid"', '"no_pid"')):
        text = text.replace(one, other)
    (folder / "state.json").write_text(text)
    async with another(home) as following:
        assert [state.name for state in await following.list()] == ["t2.1"]
        state = await following.start(a_spec(PUPPETS.waits()))
        assert state.liveness is Liveness.ALIVE


async def test_a_message_that_was_only_noted_is_delivered(
    home: Home, host: TmuxSessionHost
) -> None:
    """The daemon died before tmux had it: given again, it arrives, and then never again."""
    await host.start(a_spec(PUPPETS.echoes()))
    await output(host, "t1.1", contains=b"ready")
    await host.close()
    Kept(home.tmux_sessions / "t1.1").note_message("m1", at=7)
    async with another(home) as following:
        for _ in range(2):
            told = await following.write("t1.1", b"once\n", message_id="m1")
            assert (told.duplicate, told.offset) == (True, 7)
        await following.write("t1.1", b"last\n")
        printed = await output(following, "t1.1", contains=b"last")
        assert printed.count(b"once") == 1


async def test_a_message_that_tmux_had_is_not_doubled(home: Home, host: TmuxSessionHost) -> None:
    """The daemon died before it knew: tmux itself knows."""
    await host.start(a_spec(PUPPETS.echoes()))
    await output(host, "t1.1", contains=b"ready")
    await host.write("t1.1", b"once\n", message_id="m1")
    await host.close()
    async with another(home) as following:
        assert (await following.write("t1.1", b"once\n", message_id="m1")).duplicate
        await following.write("t1.1", b"last\n")
        printed = await output(following, "t1.1", contains=b"last")
        assert printed.count(b"once") == 1


async def test_who_scrolls_does_not_eat_input(host: TmuxSessionHost) -> None:
    """Somebody looks at what was printed before: a message arrives all the same, byte by byte."""
    state = await host.start(a_spec(PUPPETS.echoes()))
    await output(host, "t1.1", contains=b"ready")
    await host.tmux.do(("copy-mode", "-t", state.terminal[-1]))
    await host.write("t1.1", "q \x01 grün; 'quoted' #{pane_id} %H\n".encode())
    printed = await output(host, "t1.1", contains=b"%H")
    assert "q \x01 grün; 'quoted' #{pane_id} %H" in printed.decode()


async def test_the_environment_is_what_was_ordered(home: Home, host: TmuxSessionHost) -> None:
    """Nothing of tmux's own or of the daemon's is in it, but for the kind of terminal."""
    spec = a_spec(SHOW_ENVIRONMENT)
    odd = (("ODD", "a b;'\"$HOME\n#{x}"), ("EMPTY", ""))
    await host.start(replace(spec, env=(*spec.env, *odd)))
    await gone(host, "t1.1")
    printed = (await host.read("t1.1", offset=0, limit=10_000)).data.decode()
    names = {line.partition("=")[0] for line in printed.splitlines() if "=" in line}
    ordered = {"PATH", "LANG", "ODD", "EMPTY", "TERM", "PWD", "ORCH_SESSION", "ORCH_SESSION_MARK"}
    assert names == ordered
    assert "ODD=a b;'\"$HOME\r\n#{x}\r\n" in printed
    assert not list(home.tmux_sessions.glob("t1.1/order-*"))


async def test_a_recorder_that_died_is_replaced(home: Home, host: TmuxSessionHost) -> None:
    """By the next daemon; offsets go on."""
    await host.start(a_spec(PUPPETS.echoes()))
    await output(host, "t1.1", contains=b"ready")
    await host.close()
    recorder = Kept(home.tmux_sessions / "t1.1").recorder()
    assert recorder
    os.kill(recorder[0], signal.SIGKILL)
    await reap.gone(recorder[0])
    async with another(home) as following:
        await following.write("t1.1", b"more\n")
        assert (await output(following, "t1.1", contains=b"more")).endswith(b"more\r\n")


async def test_a_program_that_is_no_program_is_refused(host: TmuxSessionHost, home: Home) -> None:
    """Found out by the kernel only: the order is refused, and leaves nothing."""
    home.root.mkdir(exist_ok=True)
    broken = home.root / "broken"
    broken.write_bytes(b"\x7fELF and nothing more")
    broken.chmod(0o755)
    with pytest.raises(Permanent, match="broken"):
        await host.start(a_spec((str(broken),)))
    assert await host.list() == ()
    assert not list(home.tmux_sessions.iterdir())


async def test_pipes_are_refused(host: TmuxSessionHost) -> None:
    """A window has a terminal: pipes are for the session server."""
    with pytest.raises(Permanent):
        await host.start(a_spec(PUPPETS.waits(), stdio="pipes"))


async def test_the_persons_own_server_stays_theirs(home: Home, host: TmuxSessionHost) -> None:
    """Their windows and settings stay, whatever those are; orch's windows are as they must be."""
    await host.list()
    persons = Tmux.of(home, socket=str(home.sockets / "persons.sock"))
    odd = (("base-index", "7"), ("remain-on-exit", "off"), ("window-size", "smallest"))
    settings = tuple(("set-option", "-g", name, value) for name, value in odd)
    mine = ("new-session", "-d", "-s", "mine", "sleep 100000")
    stays = ("set-option", "-t", "mine", "destroy-unattached", "off")
    alone = ("set-option", "-g", "destroy-unattached", "on")
    await persons.start(home, mine, stays, alone, *settings)
    try:
        async with another(home, tmux=persons) as guest:
            state = await guest.start(a_spec(PUPPETS.says("bye", code=3)))
            assert state.token == ""
            assert (await gone(guest, "t1.1")).exit_code == 3
            assert (await guest.read("t1.1", offset=0, limit=100)).data == b"bye"
        shown = await persons.do(
            ("list-windows", "-a", "-F", "#{session_name}"),
            *(("show-options", "-gv", name) for name, _ in odd),
        )
        assert shown.split() == ["mine", "7", "off", "smallest"]
    finally:
        await kill_server(persons)


async def test_what_takes_too_much_is_told_as_such(host: TmuxSessionHost) -> None:
    """A session in a window is bounded as any other, and says why it ended."""
    eat = "import time; held = bytearray(300_000_000); time.sleep(100000)"
    await host.start(a_spec((sys.executable, "-c", eat), memory_bytes=100_000_000, cpu=0.5))
    state = await gone(host, "t1.1")
    assert state.cause.startswith("out of memory: it took ")
    assert state.exit_signal == signal.SIGKILL
