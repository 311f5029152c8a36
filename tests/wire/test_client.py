"""Prove the small client against a peer that answers whatever the test wants."""

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from orch.system.paths import Home
from orch.wire.client import Client, NotListeningError, socket_path
from orch.wire.codes import Code, WireError

Answer = Callable[[dict[str, object]], list[object]]


@pytest.fixture
def peer(tmp_path: Path) -> Iterator[Callable[[Answer], str]]:
    """Give what serves one connection with the test's answers, and returns its path."""
    threads: list[threading.Thread] = []

    def serve(answer: Answer) -> str:
        path = str(tmp_path / "peer.sock")
        listening = socket.socket(socket.AF_UNIX)
        listening.bind(path)
        listening.listen()

        def run() -> None:
            connection, _ = listening.accept()
            with listening, connection, connection.makefile("rwb") as stream:
                for line in stream:
                    for message in answer(json.loads(line)):
                        stream.write(json.dumps(message).encode() + b"\n")
                        stream.flush()
                    if not answer(json.loads(line)):
                        return

        threads.append(threading.Thread(target=run))
        threads[-1].start()
        return path

    yield serve
    for thread in threads:
        thread.join()


def test_a_call_returns_its_own_result(peer: Callable[[Answer], str]) -> None:
    """News in between is not mistaken for it."""
    path = peer(
        lambda request: [
            {"jsonrpc": "2.0", "method": "x.news", "params": {}},
            {"jsonrpc": "2.0", "id": request["id"], "result": request["params"]},
        ]
    )
    with Client(path) as client:
        assert client.call("x.y", a=1, left_out=None) == {"a": 1}


def test_an_error_is_raised(peer: Callable[[Answer], str]) -> None:
    """As the daemon worded it."""
    error = WireError(Code.REFUSED, "not now", next="later").as_object()
    path = peer(lambda request: [{"jsonrpc": "2.0", "id": request["id"], "error": error}])
    with Client(path) as client, pytest.raises(WireError, match="not now") as told:
        client.call("x.y")
    assert told.value.next == "later"


def test_a_daemon_that_hangs_up_is_told_plainly(peer: Callable[[Answer], str]) -> None:
    """With what was kept."""
    path = peer(lambda _: [])
    with Client(path) as client, pytest.raises(WireError, match="hung up") as told:
        client.call("x.y")
    assert told.value.code is Code.UNAVAILABLE


def test_a_subscription_ends_or_breaks(peer: Callable[[Answer], str]) -> None:
    """The news comes, then its end."""
    ended = {"subscription": "s1", "ended": True}
    path = peer(
        lambda request: [
            {"jsonrpc": "2.0", "id": request["id"], "result": {"subscription": "s1", "seq": 1}},
            {"jsonrpc": "2.0", "method": "x.news", "params": {"subscription": "s1", "event": 1}},
            {"jsonrpc": "2.0", "method": "x.news", "params": ended},
        ]
    )
    with Client(path) as client:
        assert list(client.follow("x.y")) == [{"subscription": "s1", "event": 1}]


def test_nobody_listens(tmp_path: Path) -> None:
    """No socket, or that of a dead daemon: both mean that one has to be started."""
    with pytest.raises(NotListeningError):
        Client(str(tmp_path / "none.sock"))
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(tmp_path / "dead.sock"))
    with pytest.raises(NotListeningError):
        Client(str(tmp_path / "dead.sock"))


@pytest.mark.parametrize("home", ["/short", "~/x", "/" + "long/" * 40, "relative"])
def test_the_socket_is_where_the_layout_says(home: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The quick answer is the same as the careful one."""
    monkeypatch.delenv("ORCH_SOCKET", raising=False)
    monkeypatch.setenv("ORCH_HOME", home)
    assert socket_path() == str(Home.default().daemon_socket)


def test_a_socket_may_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the environment."""
    monkeypatch.setenv("ORCH_SOCKET", "/elsewhere.sock")
    assert socket_path() == "/elsewhere.sock"


def test_the_client_needs_next_to_nothing() -> None:
    """It is what every command waits for."""
    code = "import sys, orch.wire.client; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ
    )
    heavy = {"asyncio", "msgspec", "dataclasses", "pathlib", "typing", "click", "subprocess"}
    assert not heavy & set(done.stdout.split())
