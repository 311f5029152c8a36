"""A connection answers what it understands, and says what it does not; only noise ends it."""

import asyncio
import json
from typing import Any

import pytest

from orch.adapters.session_hosts.builtin import BuiltinSessionHost
from orch.system.paths import Home
from orch.testing.session_values import PUPPETS, a_spec
from orch.testing.session_waits import PATIENCE_S, output, until

HELLO = {"id": 1, "method": "hello", "params": {"protocol": 1}}


async def say(home: Home, *lines: dict[str, Any] | bytes) -> list[dict[str, Any]]:
    """Send lines, hang up, and return the replies."""
    reader, writer = await asyncio.open_unix_connection(str(home.session_socket))
    packed = (one if isinstance(one, bytes) else json.dumps(one).encode() + b"\n" for one in lines)
    writer.write(b"".join(packed))
    writer.write_eof()
    async with asyncio.timeout(PATIENCE_S):
        replies = [json.loads(line) for line in (await reader.read()).splitlines()]
    writer.close()
    await writer.wait_closed()
    return replies


async def test_requests_are_answered_in_order(home: Home, host: BuiltinSessionHost) -> None:
    """Each reply has the number of its request; several may be sent at once."""
    await host.list()
    asked = [{"id": n, "method": "list"} for n in range(2, 6)]
    replies = await say(home, HELLO, *asked)
    assert [reply["id"] for reply in replies] == [1, 2, 3, 4, 5]
    assert replies[0]["result"]["protocol"] == 1
    assert replies[1]["result"] == []


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        ({"id": 2, "method": "no_such"}, "no method no_such"),
        ({"id": 2, "method": "probe"}, "name"),
        ({"id": 2, "method": "probe", "params": {"name": 5}}, "name"),
        ({"id": 2, "method": "start", "params": {"name": "../x", "argv": ["a"]}}, "cwd"),
        ({"id": 2, "method": "attach", "params": {"name": "t9.9"}}, "no session t9.9"),
    ],
)
async def test_what_is_wrong_is_told(
    home: Home, host: BuiltinSessionHost, request_: dict[str, Any], reason: str
) -> None:
    """The reply names what is wrong, and the connection serves the next request."""
    await host.list()
    replies = await say(home, HELLO, request_, {"id": 3, "method": "list"})
    assert reason in replies[1]["error"]["reason"]
    assert replies[2]["result"] == []


@pytest.mark.parametrize("name", ["", "../up", "a/b", ".hidden", "lock", "server.json", "x" * 101])
async def test_names_are_names(home: Home, host: BuiltinSessionHost, name: str) -> None:
    """No name leads out of the folder of the sessions, or to what the server keeps there."""
    await host.list()
    params = {"name": name, "argv": ["true"], "cwd": "/", "env": []}
    replies = await say(home, HELLO, {"id": 2, "method": "start", "params": params})
    assert "name" in replies[1]["error"]["reason"]


async def test_hello_comes_first(home: Home, host: BuiltinSessionHost) -> None:
    """Without it nothing is served; another protocol is refused with what to do."""
    await host.list()
    assert "hello" in (await say(home, {"id": 1, "method": "list"}))[0]["error"]["reason"]
    other = {"id": 1, "method": "hello", "params": {"protocol": 99}}
    error = (await say(home, other))[0]["error"]
    assert "protocol" in error["reason"]
    assert error["remedy"]


@pytest.mark.parametrize("noise", [b"\x00\xff noise\n", b"[1, 2]\n", b"{}\n", b"\n"])
async def test_noise_ends_the_connection(
    home: Home, host: BuiltinSessionHost, noise: bytes
) -> None:
    """Who speaks something else is not served any more; others are."""
    await host.start(a_spec(PUPPETS.echoes()))
    assert len(await say(home, HELLO, noise, {"id": 3, "method": "list"})) == 1
    await output(host, "t1.1", contains=b"ready")


async def test_a_folder_that_was_taken_away(home: Home, host: BuiltinSessionHost) -> None:
    """Whoever deletes a session's files loses its transcript, not the session."""
    await host.start(a_spec(PUPPETS.echoes()))
    await output(host, "t1.1", contains=b"ready")
    for path in home.session("t1.1").iterdir():
        path.unlink()
    home.session("t1.1").rmdir()
    await host.write("t1.1", b"still\n")

    async def answered() -> bool | None:
        page = await host.read("t1.1", offset=-7, limit=7)
        return True if b"still" in page.data else None

    assert await until(host, answered)
    state = await host.end("t1.1", grace_s=5)
    assert state.exit_signal == 15
