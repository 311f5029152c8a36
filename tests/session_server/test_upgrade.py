"""A server becomes another program and lets go of nothing."""

import asyncio
import os
from contextlib import aclosing
from pathlib import Path

import pytest

from orch.adapters.session_hosts.builtin import BuiltinSessionHost
from orch.adapters.session_hosts.link import Link
from orch.ports.errors import Permanent
from orch.ports.session_host import EndOfInput, Fact, FactKind, Liveness
from orch.system.paths import Home
from orch.system.process import read_process
from orch.testing.session_server_kit import Watcher
from orch.testing.session_values import PUPPETS, a_spec
from orch.testing.session_waits import PATIENCE_S, follow, gone, now, output


def parent_of(pid: int | None) -> int:
    """Return whose child a process is."""
    process = read_process(pid or 0)
    assert process is not None
    return process.parent


async def upgraded(home: Home, host: BuiltinSessionHost) -> None:
    """Upgrade the server and wait until the new program answers."""
    watching = await Link.open(home)
    await host.upgrade()
    async with asyncio.timeout(PATIENCE_S):
        while watching.is_open:
            await asyncio.wait({watching._listening} if watching._listening else set())
    await watching.close()
    await host.list()


async def test_sessions_go_on(home: Home, host: BuiltinSessionHost) -> None:
    """Same server process, same children, same descriptors: input, output and exit still work."""
    before = await host.start(a_spec(PUPPETS.echoes()))
    await host.start(a_spec(PUPPETS.echoes(), name="t2.1", stdio="pipes"))
    await host.start(a_spec(PUPPETS.says("over", code=3), name="t3.1"))
    await output(host, "t1.1", contains=b"ready")
    await output(host, "t2.1", contains=b"ready")
    await gone(host, "t3.1")
    await host.write("t1.1", b"before\n", message_id="m1")
    await output(host, "t1.1", contains=b"before")
    server = parent_of(before.pid)
    for round_ in range(2):
        await upgraded(home, host)
        state = await host.probe("t1.1")
        assert (state.liveness, state.pid) == (Liveness.ALIVE, before.pid)
        assert parent_of(before.pid) == server
        assert (await host.write("t1.1", b"before\n", message_id="m1")).duplicate
        for name in ("t1.1", "t2.1"):
            await host.write(name, b"after %d\n" % round_)
            await output(host, name, contains=b"after %d" % round_)
    assert (await output(host, "t1.1", contains=b"after 1")).count(b"before") == 1
    assert (await host.probe("t3.1")).exit_code == 3
    ended = await host.end("t1.1", grace_s=5)
    assert ended.exit_signal == 15
    page = await host.read("t2.1", offset=0, limit=1000)
    assert [s.serial for s in page.stretches if s.serial] == [1, 2]


async def test_news_goes_on(home: Home, host: BuiltinSessionHost) -> None:
    """A cursor of before is good after; what happened around is told, and no gap."""
    await host.start(a_spec(PUPPETS.echoes(), stdio="pipes", stdin=None))
    cursor = await now(host)
    await upgraded(home, host)
    await host.end("t1.1", grace_s=5)
    facts: list[Fact] = []
    async with asyncio.timeout(PATIENCE_S), aclosing(follow(host, after=cursor)) as news:
        async for fact in news:
            facts.append(fact)
            if fact.kind is FactKind.EXITED:
                break
    assert FactKind.GAP not in {fact.kind for fact in facts}


async def test_an_end_during_the_upgrade_is_seen(host: BuiltinSessionHost) -> None:
    """A child that ends while nobody listens is reaped, with its exit code, afterwards."""
    for number in range(8):
        script = f"read line; exit {number + 1}"
        await host.start(a_spec(("sh", "-c", script), name=f"t{number}.1"))
    await host.upgrade()
    for number in range(8):
        await host.write(f"t{number}.1", b"\r", message_id="now")
    for number in range(8):
        assert (await gone(host, f"t{number}.1")).exit_code == number + 1


async def test_a_viewer_comes_back(home: Home, host: BuiltinSessionHost) -> None:
    """Its connection ends; attached anew it sees the screen that was."""
    await host.start(a_spec(PUPPETS.echoes()))
    await output(host, "t1.1", contains=b"ready")
    watcher = await Watcher.attach(home, "t1.1").shows("ready")
    await host.upgrade()
    await watcher.until(lambda w: w.is_lost)
    await host.list()
    again = await Watcher.attach(home, "t1.1").shows("ready")
    again.attached.type(b"on\n")
    await again.shows("on")
    again.close()


async def test_undelivered_input_goes_along(
    home: Home, host: BuiltinSessionHost, tmp_path: Path
) -> None:
    """What the program has not read yet it gets from the next server, whole, and then its end."""
    os.mkfifo(tmp_path / "go")
    await host.start(a_spec(("sh", "-c", "read line <go; wc -c"), stdio="pipes", cwd=str(tmp_path)))
    assert (await host.write("t1.1", b"x" * 600_000)).undelivered_bytes > 0
    await host.write("t1.1", EndOfInput())
    await upgraded(home, host)
    await asyncio.to_thread((tmp_path / "go").write_text, "now\n")
    assert (await gone(host, "t1.1")).exit_code == 0
    assert (await host.read("t1.1", offset=0, limit=100)).data.strip() == b"600000"


async def test_a_program_that_does_not_start_is_refused(
    home: Home, host: BuiltinSessionHost, tmp_path: Path
) -> None:
    """What can't be started never takes the place of what holds everybody's terminals."""
    broken = tmp_path / "broken"
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o700)
    await host.start(a_spec(PUPPETS.echoes()))
    await output(host, "t1.1", contains=b"ready")
    link = await Link.open(home)
    for program in (str(broken), str(tmp_path / "missing")):
        with pytest.raises(Permanent, match="nothing changed"):
            await link.call("upgrade", {"program": [program]}, reply=dict)
    assert link.is_open
    await link.close()
    await host.write("t1.1", b"still\n")
    await output(host, "t1.1", contains=b"still")


async def test_a_program_that_fails_to_take_over_is_not_the_end(
    home: Home, host: BuiltinSessionHost, tmp_path: Path
) -> None:
    """If the system refuses the exchange at the last moment, all goes on as before."""
    fickle = tmp_path / "fickle"
    fickle.write_text(f"#!/bin/sh\nrm {fickle}\nexit 0\n")
    fickle.chmod(0o700)
    await host.start(a_spec(PUPPETS.echoes()))
    await output(host, "t1.1", contains=b"ready")
    link = await Link.open(home)
    await link.call("upgrade", {"program": [str(fickle)]}, reply=dict)
    await link.call("list", {}, reply=list)
    await link.close()
    await host.write("t1.1", b"still\n", message_id="m1")
    await output(host, "t1.1", contains=b"still")
    assert not fickle.exists()
