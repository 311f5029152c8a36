"""Ending is proved: it goes on until nothing is found any more."""

import asyncio
import os
import subprocess
from signal import SIGSTOP

from orch.system.process import Kin, Process, identify, kin, processes
from orch.system.reap import all_gone, end


def finder(leader: "subprocess.Popen[bytes]", mark: str = "") -> Kin:
    """Return what ties others to a process that lives."""
    who = identify(leader.pid)
    assert who is not None
    return Kin(who, mark)


def begin(*argv: str, mark: str = "") -> "subprocess.Popen[bytes]":
    """Start a program in a group of its own."""
    name, _, value = mark.partition("=")
    return subprocess.Popen(
        argv,
        env=os.environ | ({name: value} if mark else {}),
        start_new_session=True,
        stdout=subprocess.PIPE,
    )


async def test_nothing_to_end_is_nothing_done() -> None:
    """Where nothing is found the proof is empty."""
    proof = await end(list, grace_s=1)
    assert proof.found == ()


async def test_a_stopped_process_is_ended_gently() -> None:
    """One that is stopped is woken to hear TERM."""
    with begin("sleep", "98740") as child:
        of = finder(child)
        os.kill(child.pid, SIGSTOP)
        proof = await end(lambda: kin(of), grace_s=20)
        assert proof.terminated == (f"{child.pid} sleep",)
        assert proof.killed == proof.left == ()


async def test_what_starts_meanwhile_is_ended_too() -> None:
    """A program that answers TERM by starting another one is ended with it."""
    script = "trap 'setsid sleep 98741 & exit 0' TERM; sleep 98742 & echo ready; wait"
    with begin("sh", "-c", script, mark="ORCH_TEST_REAP=1") as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"ready\n"
        of = finder(child, "ORCH_TEST_REAP=1")
        proof = await end(lambda: kin(of), grace_s=5)
        assert proof.left == ()
        assert kin(of) == []
        assert proof.killed


async def test_waiting_ends_with_the_process_or_the_time() -> None:
    """The kernel tells of the end; what does not end in time is told, too."""
    with begin("sleep", "98743") as child:
        found = [p for p in processes() if p.pid == child.pid]
        assert not await all_gone(found, timeout_s=0.01)
        waiting = asyncio.create_task(all_gone(found, timeout_s=20))
        child.kill()
        assert await waiting
    nobody = Process(2**22 + 1, "nobody", "R", 1, 1, 1, 1)
    assert await all_gone([nobody], timeout_s=20)
