"""Prove who may come in, what comes back, and that nothing a client sends ends the daemon."""

import asyncio
import socket
import stat
from pathlib import Path

import pytest

from orch.daemon.server import Server
from orch.ports.errors import Permanent
from orch.system.paths import Home, UnsafeDirectory
from orch.wire.codec import LINE_BYTES
from orch.wire.codes import Code, WireError
from tests.daemon.served import Served


async def test_only_the_owner_may_open_the_socket(served: Served) -> None:
    """Mode 0600, in a folder of mode 0700."""
    assert stat.S_IMODE(served.home.daemon_socket.stat().st_mode) == 0o600
    assert stat.S_IMODE(served.home.sockets.stat().st_mode) == 0o700


async def test_a_folder_of_somebody_else_is_refused(home: Home, served: Served) -> None:
    """A link in place of the folder could lead anywhere."""
    await served.server.close()
    elsewhere = home.sockets.rename(home.root / "elsewhere")
    home.sockets.symlink_to(elsewhere)
    with pytest.raises(UnsafeDirectory):
        await Server(served.context, {}).start()


class Place:
    """Another place for the socket, short enough for one, where a dead daemon left its own."""

    def __init__(self, folder: Path) -> None:
        """Leave a dead socket."""
        self.path = folder / "o.sock"
        with socket.socket(socket.AF_UNIX) as dead:
            dead.bind("o.sock")

    def mode(self) -> int:
        """Return the socket's mode."""
        return stat.S_IMODE(self.path.stat().st_mode)

    def put(self, text: str) -> None:
        """Put a file in its place."""
        self.path.unlink()
        self.path.write_text(text, encoding="utf-8")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """Name another place for the socket."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ORCH_SOCKET", "o.sock")
    return Place(tmp_path)


async def test_the_socket_may_be_elsewhere(served: Served, place: Place) -> None:
    """Where $ORCH_SOCKET says; a dead one there is replaced, a live one is not."""
    server = Server(served.context, {})
    await server.start()
    assert place.mode() == 0o600
    with pytest.raises(Permanent, match="in use"):
        await Server(served.context, {}).start()
    await server.close()


async def test_a_file_in_its_place_is_left_alone(served: Served, place: Place) -> None:
    """It may be precious."""
    place.put("precious")
    with pytest.raises(Permanent, match="in use"):
        await Server(served.context, {}).start()
    assert place.path.read_text() == "precious"


async def test_a_method_answers(served: Served) -> None:
    """The plain case."""
    found = await served.call("daemon.status")
    assert found["version"] == "0.1.0"
    assert found["home"] == str(served.home.root)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"no json\n", Code.PARSE),
        (b'"text"\n', Code.REQUEST),
        (b"[]\n", Code.REQUEST),
        (b'{"jsonrpc":"1.0","method":"daemon.status","id":1}\n', Code.REQUEST),
        (b'{"jsonrpc":"2.0","method":"no.such","id":1}\n', Code.METHOD),
        (b'{"jsonrpc":"2.0","method":"daemon.status","params":[1],"id":1}\n', Code.REQUEST),
        (b'{"jsonrpc":"2.0","method":"daemon.status","params":{"x":1},"id":1}\n', Code.INVALID),
        (b'{"jsonrpc":"2.0","method":"task.show","params":{},"id":1}\n', Code.INVALID),
        (b'{"jsonrpc":"2.0","method":"task.show","params":{"task":1},"id":1}\n', Code.INVALID),
        (b'{"jsonrpc":"2.0","method":"daemon.status","id":1,"extra":0}\n', Code.REQUEST),
        (
            b'{"jsonrpc":"2.0","method":"task.show","params":{"task":"\\ud800"},"id":1}\n',
            Code.PARSE,
        ),
        (b"\xff\xfe\n", Code.PARSE),
    ],
)
async def test_a_wrong_line_is_answered_and_the_connection_goes_on(
    served: Served, line: bytes, code: Code
) -> None:
    """Each fault has its code, and the next request on the same line works."""
    caller = await served.caller()
    await caller.send(line)
    assert (await caller.receive())["error"]["code"] == code
    assert (await caller.call("daemon.status"))["version"] == "0.1.0"
    await caller.close()


async def test_a_line_too_long_is_refused(served: Served) -> None:
    """It is answered, then the connection ends, for nobody knows where the next line begins."""
    caller = await served.caller()
    await caller.send(b'{"x": "' + b"a" * (LINE_BYTES + 10) + b'"}\n')
    assert (await caller.receive())["error"]["code"] == Code.PARSE
    assert await caller.reader.read() == b""
    await caller.close()


async def test_the_id_of_a_refused_request_comes_back(served: Served) -> None:
    """So that its sender knows which one it was."""
    caller = await served.caller()
    await caller.send(b'{"jsonrpc":"1.0","method":"x","id":"mine"}\n')
    assert (await caller.receive())["id"] == "mine"
    await caller.close()


async def test_a_notification_is_not_answered(served: Served) -> None:
    """A request without an id is done, and the next answer is the next request's."""
    caller = await served.caller()
    await caller.send(b'{"jsonrpc":"2.0","method":"daemon.reload"}\n')
    assert (await caller.call("daemon.status"))["version"] == "0.1.0"
    assert served.engine.reloads == 1
    await caller.close()


async def test_a_near_miss_is_named(served: Served) -> None:
    """An unknown parameter is refused with the one that was meant."""
    with pytest.raises(WireError, match="did you mean 'limit'"):
        await served.call("task.list", limits=3)


async def test_a_wait_does_not_hold_up_other_requests(served: Served) -> None:
    """Requests on one connection run side by side."""
    task = await served.add()
    caller = await served.caller()
    await caller.send(
        b'{"jsonrpc":"2.0","id":"w","method":"task.wait","params":{"tasks":["%s"]}}\n'
        % task.encode()
    )
    assert (await caller.call("daemon.status"))["version"] == "0.1.0"
    await served.call("task.cancel", task=task)
    answer = await caller.receive()
    assert answer["id"] == "w"
    assert answer["result"]["ended"][0]["id"] == task
    await caller.close()


async def test_a_client_that_hangs_up_leaves_nothing_behind(served: Served) -> None:
    """What only waited for it is cancelled."""
    task = await served.add()
    before = asyncio.all_tasks()
    caller = await served.caller()
    await caller.send(
        b'{"jsonrpc":"2.0","id":1,"method":"task.wait","params":{"tasks":["%s"]}}\n' % task.encode()
    )
    await caller.call("daemon.status")
    fresh = asyncio.all_tasks() - before
    assert fresh
    await caller.close()
    _, left = await asyncio.wait(fresh, timeout=60)
    assert not left


async def test_a_request_goes_on_when_its_client_closes_its_side(served: Served) -> None:
    """A pipe into the socket gets its answer although it has nothing more to say."""
    caller = await served.caller()
    await caller.send(b'{"jsonrpc":"2.0","id":1,"method":"status.get"}\n')
    caller.writer.write_eof()
    assert (await caller.receive())["result"]["counts"] == {}
    await caller.close()


async def test_a_bug_is_reported_and_the_daemon_lives(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The caller is told where the report is; the next call works."""

    async def broken() -> None:
        raise ZeroDivisionError("a bug of the test's")

    monkeypatch.setattr(served.engine, "reload", broken)
    with pytest.raises(WireError) as told:
        await served.call("daemon.reload")
    assert told.value.code is Code.INTERNAL
    report = next((served.home.root / "logs").glob("crash-*.txt"))
    assert told.value.report == str(report)
    assert "ZeroDivisionError" in report.read_text(encoding="utf-8")
    assert (await served.call("daemon.status"))["version"] == "0.1.0"


async def test_stop_asks_the_daemon_to_end(served: Served) -> None:
    """And is answered before it does."""
    assert "ends" in (await served.call("daemon.stop"))["what"]
    assert served.stopping.is_set()
