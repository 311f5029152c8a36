"""Prove that a hook wakes the watch for its own session, and for no other."""

import asyncio
import os
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from orch.daemon.call import Call
from orch.daemon.methods.hook import hook
from orch.daemon.rights import Caller
from orch.system.hook_call import hook_program
from orch.system.spool import read_spool
from orch.wire.codes import Code, WireError
from tests.daemon.served import Served


class Poked:
    """Remembers which sessions were poked, and lets a test wait for it."""

    def __init__(self, served: Served) -> None:
        """Listen to a daemon's pokes."""
        self.names: list[str] = []
        self.heard = asyncio.Event()
        object.__setattr__(served.context, "poke", self.note)

    def note(self, name: str) -> None:
        """Hear of a session."""
        self.names.append(name)
        self.heard.set()


async def call(served: Served, session: str, *, claimed: str | None = None) -> None:
    """Call as a session of this name does."""
    caller = Caller.of_session(session)
    await hook(Call(served.context, caller), {"session": claimed} if claimed else {})


async def test_a_session_at_work_wakes_its_own_watch(served: Served) -> None:
    """Named by the kernel, not by what it sends."""
    poked = Poked(served)
    task = await served.add()
    await served.begin(task)
    await call(served, f"{task}.1")
    await call(served, f"{task}.1", claimed=f"{task}.1")
    assert poked.names == [f"{task}.1", f"{task}.1"]


@pytest.mark.parametrize("session", ["", "t99.1", "t1.2", "nonsense", "t1", "t1.1.1"])
async def test_an_unknown_session_is_refused_and_changes_nothing(
    served: Served, session: str
) -> None:
    """A session that never was, or is not the task's current one."""
    poked = Poked(served)
    await served.begin(await served.add())
    with pytest.raises(WireError) as refused:
        await call(served, session)
    assert refused.value.code is Code.FORBIDDEN
    assert poked.names == []


async def test_a_session_cannot_speak_for_another(served: Served) -> None:
    """Whatever it claims."""
    poked = Poked(served)
    task = await served.add()
    await served.begin(task)
    with pytest.raises(WireError):
        await call(served, f"{task}.1", claimed="t7.1")
    assert poked.names == []


async def test_a_person_has_no_hooks_here(served: Served) -> None:
    """A connection from outside all sessions is refused."""
    with pytest.raises(WireError) as refused:
        await served.call("session.hook")
    assert refused.value.code is Code.FORBIDDEN


async def test_a_real_hook_is_noted_and_wakes_the_watch(served: Served, tmp_path: Path) -> None:
    """From the program that agents start, over the real socket, to the one who watches."""
    poked = Poked(served)
    task = await served.add()
    await served.begin(task)
    spool = tmp_path / "signs.jsonl"
    # A hook waits a fifth of a second at most, and who is gone by then is not listened to.
    runs = 0
    while not poked.heard.is_set():
        assert await run_hook(served, spool, session=f"{task}.1") == 0
        runs += 1
    assert set(poked.names) == {f"{task}.1"}
    records, _ = read_spool(spool)  # Each is noted, heard or not.
    assert [(record.agent, record.event) for record in records] == [("claude", "Stop")] * runs


async def run_hook(served: Served, spool: Path, *, session: str) -> int:
    """Run the program as an agent does at the end of its turn; return its exit code."""
    environment = {
        "ORCH_SIGNS": str(spool),
        "ORCH_HOME": str(served.home.root),
        "ORCH_SESSION": session,
        "ORCH_SOCKET": "",
    }
    process = await asyncio.create_subprocess_exec(
        *hook_program(), "claude", "Stop", stdin=subprocess.PIPE, env=os.environ | environment
    )
    await process.communicate(b'{"hook_event_name": "Stop"}')
    return await process.wait()


def test_a_context_without_a_watch_takes_pokes(served: Served) -> None:
    """Nothing is listening; the spool keeps what was noted."""
    replace(served.context).poke("t1.1")
