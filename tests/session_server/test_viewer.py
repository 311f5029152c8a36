"""Viewers see the screen as it is, then every byte, each at its own pace."""

import asyncio
import json
import sys

import pytest

from orch.adapters.session_hosts.builtin import BuiltinSessionHost
from orch.ports.session_host import Resize, SessionHost
from orch.system.paths import Home
from orch.testing.session_server_kit import Watcher
from orch.testing.session_values import PUPPETS, a_spec
from orch.testing.session_waits import gone, output, until
from orch.wire.attach import AttachRefused
from orch.wire.framing import FrameType

FULL_SCREEN = (
    "printf 'shell$ vi\\r\\n'; printf '\\033[?1049h\\033[2J\\033[3;5H\\033[1;31mred\\033[0m text';"
    " stty -echo; read line; printf '\\033[?1049l'; read line"
)
SIZES = "trap 'stty size' WINCH; stty size; while :; do read line; done"


def ended(watcher: Watcher) -> bool:
    """Tell whether the viewer was told of the session's end."""
    return bool(watcher.frames) and watcher.frames[-1].type is FrameType.EXIT


async def test_the_screen_is_replayed(home: Home, host: BuiltinSessionHost) -> None:
    """A late viewer sees what the terminal shows, below a full-screen program too."""
    await host.start(a_spec(("sh", "-c", FULL_SCREEN)))
    await output(host, "t1.1", contains=b"text")
    watcher = await Watcher.attach(home, "t1.1").shows("red text")
    screen = await host.screen("t1.1")
    assert watcher.screen.text == screen.text
    assert watcher.screen.cursor == (screen.cursor_row, screen.cursor_col) == (2, 12)
    assert watcher.screen.is_alternate
    assert screen.alternate
    watcher.attached.type(b"\r")
    await watcher.until(lambda one: not one.screen.is_alternate)
    assert watcher.screen.text.startswith("shell$ vi")
    watcher.close()


async def test_several_see_the_same(home: Home, host: BuiltinSessionHost) -> None:
    """What one types all see; a read-only one is not heard."""
    await host.start(a_spec(PUPPETS.echoes()))
    await output(host, "t1.1", contains=b"ready")
    one, two = Watcher.attach(home, "t1.1"), Watcher.attach(home, "t1.1")
    silent = Watcher.attach(home, "t1.1", read_only=True)
    for watcher in (one, two, silent):
        await watcher.shows("ready")
    assert (await host.probe("t1.1")).viewers == 3
    silent.attached.type(b"not heard\n")
    one.attached.type(b"from one\n")
    two.attached.type(b"from two\n")
    for watcher in (one, two, silent):
        await watcher.until(lambda w: "from one" in w.screen.text and "from two" in w.screen.text)
        assert "not heard" not in watcher.screen.text
    one.attached.detach()
    two.attached.type(b"and on\n")
    await silent.shows("and on")
    for watcher in (two, silent):
        watcher.close()


async def test_the_size_is_that_of_the_last_writer(home: Home, host: BuiltinSessionHost) -> None:
    """Whoever comes to write, or types, sets the size; who only looks does not."""
    await host.start(a_spec(("sh", "-c", SIZES)))
    one = await Watcher.attach(home, "t1.1", rows=30, cols=100).shows("30 100")
    two = await Watcher.attach(home, "t1.1", rows=20, cols=60).shows("20 60")
    silent = Watcher.attach(home, "t1.1", read_only=True, rows=50, cols=150)
    silent.attached.resize(51, 151)
    one.attached.type(b"\r")
    await silent.until(lambda w: w.output.count(b"30 100") == 1)
    two.attached.resize(21, 61)
    await two.shows("21 61")
    two.attached.resize(0, 0)
    two.attached.type(b"\r")
    await host.write("t1.1", Resize(rows=25, cols=70))
    await two.shows("25 70")
    assert b"0 0" not in two.output
    assert b"51 151" not in silent.output
    for watcher in (one, two, silent):
        watcher.close()


async def test_the_end_is_told(home: Home, host: BuiltinSessionHost) -> None:
    """The last frame says how the session ended; a late viewer gets the last screen and that."""
    await host.start(a_spec(("sh", "-c", "echo ready; read line; echo bye; exit 7")))
    watcher = await Watcher.attach(home, "t1.1").shows("ready")
    watcher.attached.type(b"\r")
    await watcher.until(ended)
    assert "bye" in watcher.screen.text
    assert json.loads(watcher.frames[-1].payload)["exit_code"] == 7
    await gone(host, "t1.1")
    late = await Watcher.attach(home, "t1.1").until(ended)
    assert "bye" in late.screen.text
    for one in (watcher, late):
        one.close()


async def test_a_slow_viewer_loses_nothing(home: Home, host: BuiltinSessionHost) -> None:
    """One that does not read delays neither the session nor others, and gets it all later."""
    lines = 40_000
    script = f"import sys; input(); [print(n) for n in range({lines})]; print('end'); input()"
    await host.start(a_spec((sys.executable, "-c", script)))
    slow, quick = Watcher.attach(home, "t1.1"), Watcher.attach(home, "t1.1")
    await slow.until(lambda w: bool(w.frames))
    quick.attached.type(b"\r")
    await quick.until(lambda w: w.output.endswith(b"end\r\n"))
    await slow.until(lambda w: w.output.endswith(b"end\r\n"))
    expected = [str(n).encode() for n in range(lines)]
    assert slow.output.split(b"\r\n")[1 : lines + 1] == expected
    assert slow.notices() == []
    for watcher in (slow, quick):
        watcher.close()


async def test_who_falls_behind_is_shown_the_screen(home: Home, host: BuiltinSessionHost) -> None:
    """Beyond what the transcript keeps a viewer is told, and sees the screen as it is."""
    flood = "head -c 3000000 /dev/zero | tr '\\0' 'x'"
    script = f"stty -echo; echo ready; read l; {flood}; echo; printf END; read l"
    await host.start(a_spec(("sh", "-c", script), transcript_cap_bytes=256 * 1024))
    slow = await Watcher.attach(home, "t1.1").shows("ready")
    slow.attached.type(b"\r")

    async def is_over() -> bool | None:
        return True if "END" in (await host.screen("t1.1")).text else None

    await until(host, is_over)
    final = (await host.screen("t1.1")).text
    await slow.until(lambda watcher: watcher.screen.text == final)
    assert any("too slow" in notice for notice in slow.notices())
    slow.close()


async def test_a_question_is_answered_once(home: Home, host: BuiltinSessionHost) -> None:
    """The server answers the program; what viewers' terminals say by themselves is dropped."""
    script = "stty raw -echo; printf '\\033[3;4H\\033[6n'; dd bs=1 count=6 2>/dev/null | od -c; cat"
    await host.start(a_spec(("sh", "-c", script)))
    watcher = Watcher.attach(home, "t1.1")
    await watcher.until(lambda w: "R" in w.screen.text)
    assert "033   [   3   ;   4   R" in watcher.screen.text
    watcher.attached.type(b"typed\x1b[3;4R\x1b]11;rgb:1111/2222/3333\x1b\\on\n")
    await watcher.shows("typedon")
    watcher.close()


async def test_pipes_are_shown_not_typed_into(home: Home, host: BuiltinSessionHost) -> None:
    """A piped session shows its last output and goes on; keys would break its protocol."""
    await host.start(a_spec(PUPPETS.echoes(), stdio="pipes"))
    await output(host, "t1.1", contains=b"ready")
    watcher = await Watcher.attach(home, "t1.1", rows=24, cols=80).shows("ready")
    watcher.attached.type(b"typed\n")
    await host.write("t1.1", b"written\n")
    await watcher.shows("written")
    assert b"typed" not in watcher.output
    watcher.close()


async def test_nobody_there_is_told(home: Home, host: SessionHost) -> None:
    """Attaching to what there is not is refused with the reason."""
    await host.list()
    with pytest.raises(AttachRefused, match="no session t9"):
        Watcher.attach(home, "t9.1")


async def test_many_viewers_come_and_go(home: Home, host: BuiltinSessionHost) -> None:
    """Those who hang up without a word are forgotten."""
    await host.start(a_spec(PUPPETS.echoes()))
    await output(host, "t1.1", contains=b"ready")
    watchers = [Watcher.attach(home, "t1.1") for _ in range(20)]
    await asyncio.gather(*(watcher.shows("ready") for watcher in watchers))
    for watcher in watchers:
        watcher.close()

    async def nobody() -> bool | None:
        await host.write("t1.1", b"x\n")
        return True if (await host.probe("t1.1")).viewers == 0 else None

    assert await until(host, nobody)
