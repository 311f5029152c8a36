"""Programs run to their end: bounded, told by the kernel, and nothing is left of them."""

import asyncio
import os
from pathlib import Path

import pytest

from orch.system.process import processes
from orch.system.run import CannotStart, Completed, Order, run
from orch.testing.puppets import ASLEEP


def sh(script: str, **more: object) -> Order:
    """Order a shell script."""
    return Order(argv=("sh", "-c", script), **more)  # type: ignore[arg-type]


def sleeping(seconds: str) -> list[int]:
    """Return the processes that sleep for this peculiar time."""
    found = []
    for process in processes():
        if process.name == "sleep" and not process.is_dead:
            try:
                words = Path(f"/proc/{process.pid}/cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            found += [process.pid] * (seconds.encode() in words)
    return found


async def test_output_and_exit_code() -> None:
    """Both outputs, the code and the time come back."""
    done = await run(sh("echo out; echo err >&2; exit 3"))
    assert (done.code, done.signal, done.ok) == (3, None, False)
    assert (done.stdout, done.stderr) == (b"out\n", b"err\n")
    assert done.ending == "exit 3"
    assert done.duration_s > 0
    assert (await run(sh("true"))).ok


async def test_a_signal_is_no_exit_code() -> None:
    """A program that died of a signal has that signal and nothing else."""
    done = await run(sh("kill -9 $$"))
    assert (done.code, done.signal, done.oom) == (None, 9, False)
    assert done.ending == "killed by signal 9"


async def test_input_is_given_whole_or_is_nothing() -> None:
    """Input comes as it is, of any size, read or not; without it there is the end at once."""
    data = os.urandom(3 * 1024 * 1024)
    assert (await run(Order(argv=("cat",), stdin=data))).stdout == data
    assert (await run(Order(argv=("true",), stdin=data))).ok
    assert (await run(Order(argv=("cat",)))).stdout == b""


async def test_folder_and_environment(tmp_path: Path) -> None:
    """The folder is also in $PWD, the environment is the one that was given, with the mark."""
    done = await run(
        sh('echo "$PWD|$GIVEN|$HOME|$MARK"; pwd', cwd=tmp_path, env={"GIVEN": "x"}, mark="MARK=m")
    )
    assert done.stdout.decode() == f"{tmp_path}|x||m\n{tmp_path}\n"


async def test_it_has_no_terminal() -> None:
    """A program that wants to ask a person finds nobody to ask."""
    assert not (await run(sh("echo question >/dev/tty"))).ok


async def test_what_can_not_start_is_told(tmp_path: Path) -> None:
    """A missing program, a file that is none and a missing folder are named."""
    (tmp_path / "text").write_text("no program")
    for order in (
        Order(argv=("no-such-program",)),
        Order(argv=(str(tmp_path / "text"),)),
        Order(argv=("true",), cwd=tmp_path / "gone"),
    ):
        with pytest.raises(CannotStart) as caught:
            await run(order)
        assert order.argv[0] in str(caught.value)
        assert not caught.value.transient


async def test_a_time_out_ends_the_group() -> None:
    """At the time-out all goes on TERM, what was printed is kept."""
    done = await run(sh("echo before; sleep 98761 & wait", timeout_s=3.0))
    assert done.timed_out
    assert not done.ok
    assert done.stdout == b"before\n"
    assert done.leftovers == ()
    assert sleeping("98761") == []


async def test_what_ignores_the_end_is_killed() -> None:
    """A program that ignores TERM is killed after the grace."""
    done = await run(sh("trap '' TERM; while :; do sleep 98762; done", timeout_s=3.0, grace_s=0.1))
    assert (done.timed_out, done.signal) == (True, 9)
    assert sleeping("98762") == []


async def test_cancelling_ends_the_group(tmp_path: Path) -> None:
    """Whoever stops waiting ends the program, its children and what carries its mark."""
    os.mkfifo(tmp_path / "ready")
    script = "setsid sleep 98763 & sleep 98764 & echo now >ready; wait"
    task = asyncio.create_task(run(sh(script, cwd=tmp_path, mark="ORCH_TEST_CANCEL=1")))
    await asyncio.to_thread((tmp_path / "ready").read_text)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert sleeping("98763") + sleeping("98764") == []


async def test_leftovers_are_named_and_ended() -> None:
    """What outlives the leader is ended, in its group or out of it; the exit code stays."""
    script = f"setsid sleep 98765 & {ASLEEP}; sleep 98766 & {ASLEEP}; exit 0"
    done = await run(sh(script, mark="ORCH_TEST_LEFT=1"))
    assert done.code == 0
    assert [one.partition(" ")[2] for one in done.leftovers] == ["sleep", "sleep"]
    assert done.left == ()
    assert sleeping("98765") + sleeping("98766") == []


async def test_what_is_just_going_is_no_leftover(monkeypatch: pytest.MonkeyPatch) -> None:
    """A child that ends a moment after its parent is waited for, not complained of."""
    monkeypatch.setattr("orch.system.run._LEFTOVER_PATIENCE_S", 60.0)
    done = await run(sh("sleep 0.05 & exit 0", mark="ORCH_TEST_GOING=1"))
    assert done.leftovers == ()


async def test_leftovers_may_stay() -> None:
    """With `reap` off they are told as left, and go on."""
    done = await run(sh(f"sleep 98767 & {ASLEEP}; exit 0", reap=False))
    try:
        assert [one.partition(" ")[2] for one in done.left] == ["sleep"]
    finally:
        for pid in sleeping("98767"):
            os.kill(pid, 9)


async def test_a_flood_stays_within_the_caps(tmp_path: Path) -> None:
    """Beginning and end are kept in memory and in the log; the program goes on to its end."""
    log = tmp_path / "log"
    done = await run(
        sh(
            "echo first; head -c 50000000 /dev/zero; echo last",
            output_cap_bytes=10_000,
            log=log,
            log_cap_bytes=20_000,
        )
    )
    assert done.ok
    assert done.truncated
    for kept, cap in ((done.stdout, 10_000), (log.read_bytes(), 20_000)):
        assert kept.startswith(b"first\n")
        assert kept.endswith(b"last\n")
        assert b"bytes left out" in kept
        assert len(kept) < cap + 100


async def test_a_full_disk_costs_the_log_only() -> None:
    """A log that can't be written is told; output and exit code are there all the same."""
    done = await run(sh("echo hello", log=Path("/dev/full")))
    assert done.ok
    assert done.stdout == b"hello\n"
    assert "space" in done.log_error


async def test_many_at_once() -> None:
    """Each of many programs gets its own end."""
    results: list[Completed] = await asyncio.gather(*(run(sh(f"exit {n}")) for n in range(30)))
    assert [done.code for done in results] == list(range(30))
