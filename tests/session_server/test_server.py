"""The server lives on when others die, and what it held is told truly when it dies itself."""

import asyncio
import json
import os
import resource
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from orch.adapters.session_hosts.builtin import BuiltinSessionHost
from orch.ports.errors import Permanent, Transient
from orch.ports.session_host import FactKind, Liveness
from orch.system.paths import Home
from orch.system.process import identify, processes, read_process
from orch.system.reap import gone as process_gone
from orch.system.run import Order, run
from orch.testing.session_server_kit import left_of, served
from orch.testing.session_values import PUPPETS, a_spec
from orch.testing.session_waits import gone, next_fact, now, output, until

SERVER = (sys.executable, "-P", "-m", "orch.session_server")
UNTIL_ASLEEP = 'until read name </proc/$pid/comm && [ "$name" = sleep ]; do :; done'
"""What tells its pid is a shell yet, which is about to become what the test looks for."""


def server_of(home: Home) -> dict[str, Any]:
    """Read who serves a home."""
    told: dict[str, Any] = json.loads(home.session_server_identity.read_text())
    return told


def servers_of(home: Home) -> list[int]:
    """Look for the processes that serve a home."""
    found = []
    for process in processes():
        with suppress(OSError):
            command = Path(f"/proc/{process.pid}/cmdline").read_bytes()
            if f"--home\0{home.root}\0".encode() in command:
                found.append(process.pid)
    return found


def environment_of(pid: int) -> bytes:
    """Read what a process was started with."""
    return Path(f"/proc/{pid}/environ").read_bytes()


def a_stranger() -> "subprocess.Popen[bytes]":
    """Start a process that has nothing to do with any session."""
    return subprocess.Popen(["sleep", "98702"], start_new_session=True)


async def kill_server(home: Home) -> None:
    """Kill the server as nothing else can be killed, and wait until it is gone."""
    pid = server_of(home)["pid"]
    os.kill(pid, signal.SIGKILL)
    await process_gone(pid)


def edit_record(home: Home, name: str, **changes: object) -> None:
    """Change what a session's state file says."""
    path = home.session(name) / "state.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


async def test_twenty_starts_make_one_server(home: Home) -> None:
    """Whoever comes second finds the first; all are told that it answers."""
    async with served(home):
        order = Order(argv=(*SERVER, "--home", str(home.root)), timeout_s=110, reap=False)
        done = await asyncio.gather(*(run(order) for _ in range(20)))
        assert [one.code for one in done] == [0] * 20
        assert servers_of(home) == [server_of(home)["pid"]]


async def test_it_says_who_it_is(home: Home, host: BuiltinSessionHost) -> None:
    """The identity on disk is that of the process; nobody else may open its socket."""
    await host.list()
    told = server_of(home)
    who = identify(told["pid"])
    assert who is not None
    assert (told["boot_id"], told["start_time"]) == (who.boot_id, who.start_time)
    assert home.session_socket.stat().st_mode & 0o777 == 0o600
    assert home.sockets.stat().st_mode & 0o777 == 0o700


async def test_it_belongs_to_nobody(home: Home, host: BuiltinSessionHost) -> None:
    """It leads a session of its own, is no child of ours, and has no secret of ours."""
    os.environ["ORCH_TEST_SECRET"] = "hush"  # noqa: S105 - that is the point
    try:
        await host.list()
    finally:
        del os.environ["ORCH_TEST_SECRET"]
    pid = server_of(home)["pid"]
    process = read_process(pid)
    assert process is not None
    assert process.session != os.getsid(0)
    assert process.parent != os.getpid()
    assert b"ORCH_TEST_SECRET" not in environment_of(pid)


async def test_sessions_outlive_their_client(home: Home) -> None:
    """A client that is killed takes nothing along; the next one finds the session."""
    script = (
        "import asyncio, os, signal; from pathlib import Path;"
        "from orch.adapters.session_hosts.builtin import BuiltinSessionHost;"
        "from orch.system.paths import Home;"
        "from orch.testing.session_values import PUPPETS, a_spec;"
        "host = BuiltinSessionHost(Home(Path(os.environ['ORCH_HOME'])));"
        "asyncio.run(host.start(a_spec(PUPPETS.echoes())));"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    async with served(home) as host:
        environment = os.environ | {"ORCH_HOME": str(home.root)}
        done = await run(Order(argv=(sys.executable, "-c", script), env=environment, reap=False))
        assert done.signal == signal.SIGKILL
        await output(host, "t1.1", contains=b"ready")
        await host.write("t1.1", b"still here\n")
        await output(host, "t1.1", contains=b"still here")


async def test_a_dead_server_is_told_with_proof(home: Home) -> None:
    """Killed, it takes terminals along: its sessions are gone without an exit code, not done."""
    async with served(home) as host:
        await host.start(a_spec(PUPPETS.echoes()))
        await host.start(a_spec(PUPPETS.says("done"), name="t2.1"))
        await output(host, "t1.1", contains=b"ready")
        await gone(host, "t2.1")
        await kill_server(home)
        state = await gone(host, "t1.1")
        assert (state.exit_code, state.exit_signal) == (None, None)
        assert "not seen" in state.how
        assert (await host.read("t1.1", offset=0, limit=100)).data.startswith(b"ready")
        assert (await host.probe("t2.1")).exit_code == 0
        again = await host.start(a_spec(PUPPETS.echoes()))
        assert (again.liveness, again.pid) == (Liveness.GONE, state.pid)


async def test_what_survives_its_server_is_unknown(home: Home) -> None:
    """A program that ignores the hang-up lives on: it is unknown, and can be ended by its pid."""
    script = "trap '' HUP; echo ready; while :; do sleep 98700; done"
    async with served(home) as host:
        spec = a_spec(("sh", "-c", script))
        started = await host.start(spec)
        await output(host, "t1.1", contains=b"ready")
        await kill_server(home)
        state = await host.probe("t1.1")
        assert (state.liveness, state.pid) == (Liveness.UNKNOWN, started.pid)
        assert (await host.start(spec)).pid == started.pid
        ended = await host.end("t1.1", grace_s=0.2)
        assert (ended.liveness, ended.exit_code) == (Liveness.GONE, None)
        assert ended.killed
        assert left_of(home) == []


async def test_the_end_of_an_unknown_session_is_told(home: Home) -> None:
    """The new server is told by the kernel when what it did not start has ended."""
    script = "trap '' HUP; echo ready; while :; do sleep 98701; done"
    async with served(home) as host:
        started = await host.start(a_spec(("sh", "-c", script)))
        await output(host, "t1.1", contains=b"ready")
        await kill_server(home)
        assert (await host.probe("t1.1")).liveness is Liveness.UNKNOWN
        waiting = asyncio.create_task(gone(host, "t1.1"))
        assert started.pid is not None
        os.kill(started.pid, signal.SIGKILL)
        state = await waiting
        assert (state.exit_code, state.exit_signal) == (None, None)
        assert left_of(home) == []


async def test_after_a_reboot_all_is_gone(home: Home) -> None:
    """A session of another boot is gone, though a process has its number and start time."""
    async with served(home) as host:
        await _end_of_a_server(home, host)
        with a_stranger() as stranger:
            who = identify(stranger.pid)
            assert who is not None
            edit_record(
                home,
                "t1.1",
                phase="running",
                boot_id="another-boot",
                pid=who.pid,
                start_time=who.start_time,
            )
            state = await gone(host, "t1.1")
            assert "started anew" in state.how
            assert state.exit_code is None
            await host.end("t1.1", grace_s=0)
            assert stranger.poll() is None
            stranger.kill()


async def test_a_number_that_was_given_away_is_left_alone(home: Home) -> None:
    """A process with the number but another start time is a stranger: it stays untouched."""
    async with served(home) as host:
        await _end_of_a_server(home, host)
        with a_stranger() as stranger:
            who = identify(stranger.pid)
            assert who is not None
            edit_record(
                home,
                "t1.1",
                phase="running",
                boot_id=who.boot_id,
                pid=who.pid,
                start_time=who.start_time - 1,
            )
            state = await gone(host, "t1.1")
            assert state.exit_code is None
            await host.end("t1.1", grace_s=0)
            assert stranger.poll() is None
            stranger.kill()


async def _end_of_a_server(home: Home, host: BuiltinSessionHost) -> None:
    """Leave the record of a session whose server has died."""
    await host.start(a_spec(PUPPETS.echoes()))
    await output(host, "t1.1", contains=b"ready")
    await kill_server(home)


async def test_a_start_that_was_cut_off_is_found(home: Home) -> None:
    """A server that died between starting and noting it is found out by the session's mark."""
    script = "trap '' HUP; echo ready; while :; do sleep 98704; done"
    async with served(home) as host:
        started = await host.start(a_spec(("sh", "-c", script)))
        await output(host, "t1.1", contains=b"ready")
        await kill_server(home)
        edit_record(home, "t1.1", phase="starting", pid=None, start_time=None)
        state = await host.probe("t1.1")
        assert (state.liveness, state.pid) == (Liveness.UNKNOWN, started.pid)
        await host.end("t1.1", grace_s=0.2)
        edit_record(home, "t1.1", phase="starting", pid=None, start_time=None)
        await kill_server(home)
        assert "before it had started it" in (await gone(host, "t1.1")).how


async def test_orphans_are_found_and_ended(
    home: Home, host: BuiltinSessionHost, tmp_path: Path
) -> None:
    """A daemon that an agent left behind, out of its group and session, is ended and named."""
    os.mkfifo(tmp_path / "ready")
    daemon = "trap '' HUP TERM; sleep 98705 & echo \\$! >ready; wait; :"
    script = f'(setsid sh -c "{daemon}" &) ; read pid <ready; {UNTIL_ASLEEP}; exit 0'
    await host.start(a_spec(("sh", "-c", script), cwd=str(tmp_path)))
    state = await gone(host, "t1.1")
    assert state.exit_code == 0
    assert {one.partition(" ")[2] for one in state.leftovers} == {"sh", "sleep"}
    assert state.left == ()
    assert left_of(home) == []


async def test_what_hides_is_found(host: BuiltinSessionHost, tmp_path: Path) -> None:
    """A daemon without mark, session or parent is found by its control group, or by its score."""
    os.mkfifo(tmp_path / "ready")
    daemon = "trap '' HUP; echo \\$\\$ >ready; exec sleep 98708"
    hidden = f'(env -i setsid sh -c "{daemon}" &) ; read pid <ready; {UNTIL_ASLEEP}'
    script = f'{hidden}; echo "pid $pid"; exit 0'
    await host.start(a_spec(("sh", "-c", script), cwd=str(tmp_path)))
    state = await gone(host, "t1.1")
    printed = (await host.read("t1.1", offset=0, limit=100)).data
    pid = int(printed.split()[1])
    assert state.leftovers == (f"{pid} sleep",)
    assert read_process(pid) is None


async def test_without_reap_they_may_stay(home: Home, tmp_path: Path) -> None:
    """A session that says so leaves its daemons alone, until it is ended."""
    async with served(home) as host:
        os.mkfifo(tmp_path / "ready")
        daemon = "echo \\$\\$ >ready; exec sleep 98706"
        script = f'(setsid sh -c "{daemon}" &) ; read pid <ready; {UNTIL_ASLEEP}; exit 0'
        await host.start(a_spec(("sh", "-c", script), reap=False, cwd=str(tmp_path)))
        await gone(host, "t1.1")
        assert [one.partition(" ")[2] for one in left_of(home)] == ["sleep"]
        ended = await host.end("t1.1", grace_s=1)
        assert [one.partition(" ")[2] for one in ended.killed] == ["sleep"]


async def test_an_end_is_told_at_once(host: BuiltinSessionHost) -> None:
    """The kernel tells of the end; nobody asks for it."""
    await host.start(a_spec(PUPPETS.waits()))
    await output(host, "t1.1", contains=b"ready")
    cursor = await now(host)
    waiting = asyncio.create_task(next_fact(host, FactKind.EXITED, name="t1.1", after=cursor))
    state = await host.probe("t1.1")
    assert state.pid is not None
    os.kill(state.pid, signal.SIGKILL)
    fact = await waiting
    ended = await host.probe("t1.1")
    assert ended.ended_at is not None
    assert 0 <= fact.at - ended.ended_at < 30  # A loaded machine has to find what it left first.


async def test_it_does_not_stop_by_mistake(home: Home, host: BuiltinSessionHost) -> None:
    """With live sessions it refuses, unless it is forced; then they are ended first."""
    await host.start(a_spec(PUPPETS.waits()))
    with pytest.raises(Permanent, match=r"1 sessions live: t1\.1"):
        await host.stop_server()
    assert (await host.probe("t1.1")).liveness is Liveness.ALIVE
    await host.stop_server(force=True)
    assert left_of(home) == []
    assert (await host.probe("t1.1")).exit_signal == signal.SIGTERM


async def test_terminated_it_leaves_in_good_order(home: Home, host: BuiltinSessionHost) -> None:
    """At TERM, as at the end of a person's login, it ends its sessions and tells how."""
    await host.start(a_spec(PUPPETS.resists()))
    await output(host, "t1.1", contains=b"ready")
    pid = server_of(home)["pid"]
    os.kill(pid, signal.SIGTERM)
    await process_gone(pid)
    assert left_of(home) == []
    assert (await host.probe("t1.1")).exit_signal == signal.SIGKILL


EPOLL_WAITS = {"22", "232", "281"}
"""epoll_pwait of ARM, epoll_wait and epoll_pwait of x86."""


def watch_until_it_waits(pid: int) -> None:
    """Look at what a process does until it sleeps without a time limit, as the kernel sees it."""
    words = ["running"]
    while words[0] not in EPOLL_WAITS or words[4] not in {"0xffffffff", "0xffffffffffffffff"}:
        words = Path(f"/proc/{pid}/syscall").read_text().split()


async def test_an_idle_server_has_no_timer(home: Home, host: BuiltinSessionHost) -> None:
    """With sessions that do nothing it waits for the kernel, for ever, and for nothing else."""
    for number in range(5):
        await host.start(a_spec(PUPPETS.waits(), name=f"t{number}.1"))
        await output(host, f"t{number}.1", contains=b"ready")
    pid = server_of(home)["pid"]
    async with asyncio.timeout(60):
        await asyncio.to_thread(watch_until_it_waits, pid)


async def test_it_leaves_when_nobody_needs_it(home: Home) -> None:
    """Without sessions and clients it goes; with a session it stays, whoever is there."""
    argv = (*SERVER, "--home", str(home.root), "--linger", "0.05")
    assert (await run(Order(argv=argv, timeout_s=60, reap=False))).ok
    await process_gone(server_of(home)["pid"])
    assert not home.session_socket.exists()
    assert (await run(Order(argv=argv, timeout_s=60, reap=False))).ok
    async with served(home) as host:
        await host.start(a_spec(PUPPETS.waits()))
        await host.close()
        pid = server_of(home)["pid"]
        await output(host, "t1.1", contains=b"ready")
        assert server_of(home)["pid"] == pid


async def test_a_flood_stays_within_the_cap(home: Home, host: BuiltinSessionHost) -> None:
    """A session that prints without end costs the cap on disk, and others still get through."""
    cap = 512 * 1024
    flood = ("sh", "-c", "head -c 20000000 /dev/zero | tr '\\0' 'x'; echo end")
    await host.start(a_spec(flood, transcript_cap_bytes=cap))
    await host.start(a_spec(PUPPETS.echoes(), name="t2.1"))
    await output(host, "t2.1", contains=b"ready")
    for number in range(5):
        await host.write("t2.1", b"line %d\n" % number)
        await output(host, "t2.1", contains=b"line %d" % number)
    state = await gone(host, "t1.1")
    assert state.offset == 20_000_005
    kept = sum(path.stat().st_size for path in home.session("t1.1").iterdir())
    assert kept < cap + 64 * 1024
    assert (await host.read("t1.1", offset=-5, limit=5)).data == b"end\r\n"


async def test_a_full_disk_is_told_and_survived(home: Home, host: BuiltinSessionHost) -> None:
    """Output that the disk does not take is counted and told; the session lives on."""
    await host.start(a_spec(PUPPETS.echoes()))
    await output(host, "t1.1", contains=b"ready")
    pid = server_of(home)["pid"]
    before = resource.prlimit(pid, resource.RLIMIT_FSIZE, (1000, resource.RLIM_INFINITY))
    cursor = await now(host)
    await host.write("t1.1", b"x" * 2000 + b"\n")
    assert (await next_fact(host, FactKind.LOST, name="t1.1", after=cursor)).detail
    state = await host.probe("t1.1")
    assert state.liveness is Liveness.ALIVE
    assert state.lost_bytes > 0
    resource.prlimit(pid, resource.RLIMIT_FSIZE, before)

    async def has_room() -> bool | None:
        await host.write("t1.1", b"again\n")
        page = await host.read("t1.1", offset=-7, limit=7)
        return True if b"again" in page.data else None

    assert await until(host, has_room)


async def test_a_program_that_does_not_read_holds_nobody_up(host: BuiltinSessionHost) -> None:
    """What it does not read waits; too much is refused for the moment; it can be ended."""
    await host.start(a_spec(("sh", "-c", "echo ready; sleep 98707"), stdio="pipes"))
    await output(host, "t1.1", contains=b"ready")
    delivery = await host.write("t1.1", b"x" * 900_000)
    assert delivery.undelivered_bytes > 500_000
    with pytest.raises(Transient):
        await host.write("t1.1", b"x" * 900_000)
    assert (await host.end("t1.1", grace_s=1)).liveness is Liveness.GONE


async def test_inside_a_session_one_may_look_not_act(home: Home) -> None:
    """An agent can't type into the session of another one, nor end it."""
    script = f"""
import asyncio
from pathlib import Path
from orch.adapters.session_hosts.builtin import BuiltinSessionHost
from orch.system.cgroup import own_cgroup
from orch.system.paths import Home

async def main():
    host = BuiltinSessionHost(Home(Path({str(home.root)!r})))
    print((await host.probe("t1.1")).liveness)
    await host.write("t1.1", b"rm -rf")

asyncio.run(main())
"""
    async with served(home) as host:
        await host.start(a_spec(PUPPETS.echoes()))
        argv = (sys.executable, "-c", script)
        for name, more in (("t2.1", ()), ("t3.1", ("env", "-i"))):
            await host.start(a_spec((*more, *argv), name=name))
            assert (await gone(host, name)).exit_code == 1
            printed = (await host.read(name, offset=0, limit=10_000)).data
            assert printed.startswith(b"alive")
            assert b"inside a session" in printed
        assert b"rm" not in (await host.read("t1.1", offset=0, limit=1000)).data
