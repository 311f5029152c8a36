"""A process is known by boot, pid and start time; its kin by group, session, mark and descent."""

import os
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from signal import SIGKILL

import pytest

from orch.system.paths import boot_id
from orch.system.process import (
    Identity,
    Kin,
    Life,
    Process,
    carries,
    dwelling,
    identify,
    kin,
    marked,
    oom_kills,
    probe,
    processes,
    read_process,
    send,
)


@pytest.fixture
def child() -> Iterator["subprocess.Popen[bytes]"]:
    """Give a process in a group of its own that does nothing."""
    environment = os.environ | {"ORCH_TEST_MARK": "yes"}
    with subprocess.Popen(["sleep", "98750"], env=environment, start_new_session=True) as child:
        yield child
        child.kill()


def who(child: "subprocess.Popen[bytes]") -> Identity:
    """Return the identity of a process that lives."""
    found = identify(child.pid)
    assert found is not None
    return found


def test_the_table_tells_of_a_process(child: "subprocess.Popen[bytes]") -> None:
    """Name, parent, group and session are read."""
    found = read_process(child.pid)
    assert found is not None
    assert (found.parent, found.group, found.session) == (os.getpid(), child.pid, child.pid)
    assert child.pid in {process.pid for process in processes()}
    assert read_process(2**22 + 1) is None


def test_an_odd_name_is_read() -> None:
    """Brackets and blanks in a name do not confuse the rest."""
    script = 'exec -a "x" sh -c \'printf ") R 1 (" >/proc/self/comm; read line\''
    with subprocess.Popen(["bash", "-c", script], stdin=subprocess.PIPE) as odd:
        named = None
        while named is None or named.name != ") R 1 (":
            named = read_process(odd.pid)
        assert named.parent == os.getpid()
        odd.communicate()


def test_a_live_process_is_alive_and_a_dead_one_gone(child: "subprocess.Popen[bytes]") -> None:
    """Also while nobody has taken note of its death."""
    identity = who(child)
    assert probe(identity) is Life.ALIVE
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert probe(identity) is Life.GONE
    child.wait()
    assert probe(identity) is Life.GONE


def test_another_process_of_the_number_is_not_it(child: "subprocess.Popen[bytes]") -> None:
    """Another start time or another boot is another process, and is left alone."""
    identity = who(child)
    for other in (
        replace(identity, start_time=identity.start_time - 1),
        replace(identity, boot_id="another-boot"),
    ):
        assert probe(other) is Life.GONE
        assert kin(Kin(other)) == []
    stranger = read_process(child.pid)
    assert stranger is not None
    assert not send(replace(stranger, start_time=1), SIGKILL)
    assert probe(identity) is Life.ALIVE


def test_a_mark_is_found_whole(child: "subprocess.Popen[bytes]") -> None:
    """Only the whole value counts; it is there once the program is."""
    while not carries(child.pid, "ORCH_TEST_MARK=yes"):
        assert child.poll() is None
    assert carries(child.pid, "ORCH_TEST_MARK=yes")
    assert not carries(child.pid, "ORCH_TEST_MARK=ye")
    assert not carries(child.pid, "TEST_MARK=yes")
    assert [process.pid for process in marked("ORCH_TEST_MARK=yes")] == [child.pid]


def test_kin_is_found_by_every_tie() -> None:
    """A child in the group, one that fled with the mark, and the child of that one."""
    script = "sleep 98751 & env -i setsid sh -c 'sleep 98752 & wait' & wait"
    with subprocess.Popen(
        ["sh", "-c", script], env=os.environ | {"ORCH_TEST_KIN": "1"}, start_new_session=True
    ) as leader:
        identity = who(leader)
        found: list[Process] = []
        try:
            # Each of them is something else before it is what it is to be.
            while sorted(p.name for p in found) != ["sh", "sh", "sleep", "sleep"]:
                found = kin(Kin(identity, "ORCH_TEST_KIN=1"))
        finally:
            for process in found:
                send(process, SIGKILL)


def test_the_machine_is_known() -> None:
    """The boot has an id, and the kills for lack of memory are counted."""
    assert boot_id()
    assert oom_kills() >= 0


def test_who_stands_in_a_folder_is_found(tmp_path: Path) -> None:
    """Below it too, and when it is gone; a folder of a longer name is another."""
    folder, beside = tmp_path / "ä", tmp_path / "ä2"
    (folder / "in").mkdir(parents=True)
    beside.mkdir()
    sleep = ("env", "-i", "/bin/sleep", "98751")
    with (
        subprocess.Popen(sleep, cwd=folder / "in", start_new_session=True) as one,
        subprocess.Popen(sleep, cwd=beside, start_new_session=True) as other,
    ):
        found = [process.pid for process in dwelling(folder)]
        (folder / "in").rmdir()
        later = [process.pid for process in dwelling(folder)]
        one.kill()
        other.kill()
    assert found == later == [one.pid]
