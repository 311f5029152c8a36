"""Prove that bounds are written where the kernel takes them, and that nothing else is claimed."""

import os
import signal
import subprocess
from pathlib import Path

import pytest

from orch.system import bounds
from orch.system.bounds import (
    GATE_SCORE,
    Bounds,
    bearing,
    confine,
    free_score,
    is_scored,
    memory_bytes,
    on_processors,
    score_of,
    scored,
    taken,
)
from orch.system.cgroup import figure, put


@pytest.fixture
def group(tmp_path: Path) -> Path:
    """Give what looks like a control group whose controllers are switched on."""
    for name in ("memory.max", "memory.swap.max", "pids.max", "cpu.max"):
        (tmp_path / name).write_text("max\n")
    return tmp_path


def test_all_bounds_are_the_kernels_where_it_keeps_them(group: Path) -> None:
    """In its own words."""
    kept = confine(group, Bounds(memory_bytes=1000, processes=7, cpu=1.5))
    assert kept == {"memory", "cpu"}
    files = {path.name: path.read_text().splitlines()[0] for path in group.iterdir()}
    assert files["memory.max"].startswith("1000")
    assert files["memory.swap.max"].startswith("0")
    assert files["pids.max"].startswith("448"), "it counts threads; processes are counted by us"
    assert files["cpu.max"] == "150000 100000"


def test_what_the_kernel_does_not_keep_is_not_claimed(group: Path, tmp_path: Path) -> None:
    """A controller that is off has no file; without a group there is nothing."""
    (group / "memory.max").unlink()
    assert confine(group, Bounds(memory_bytes=1000, processes=7)) == frozenset()
    assert confine(None, Bounds(memory_bytes=1000)) == frozenset()
    assert confine(group, Bounds()) == frozenset()
    assert not put(tmp_path / "gone" / "memory.max", "1")


def test_what_was_taken_is_read(tmp_path: Path) -> None:
    """None where there is no such file."""
    (tmp_path / "cpu.stat").write_text("usage_usec 2500000\n")
    (tmp_path / "memory.events").write_text("oom 1\noom_kill 4\n")
    found = taken(tmp_path)
    assert (found.cpu_s, found.peak_bytes, found.oom_kills) == (2.5, None, 4)
    assert figure(tmp_path / "cpu.stat", "nothing") is None


def test_processors_are_taken_in_turn_and_given_back() -> None:
    """A child keeps what it was started with."""
    mine = os.sched_getaffinity(0)
    with on_processors(0.5):
        seen = os.sched_getaffinity(0)
    assert len(seen) == 1
    assert os.sched_getaffinity(0) == mine
    with on_processors(10_000):
        assert os.sched_getaffinity(0) == mine


def test_memory_that_is_shared_is_counted_once_where_it_matters() -> None:
    """Two processes that share most of it are not ended for twice as much as there is."""
    held = bytearray(40_000_000)
    child = os.fork()
    if child == 0:
        while True:
            signal.pause()
    pids = (os.getpid(), child)
    try:
        rough, exact = memory_bytes(pids), memory_bytes(pids, above=1)
    finally:
        os.kill(child, 9)
        os.waitpid(child, 0)
    assert len(held) < sum(exact.values()) < sum(rough.values())
    assert memory_bytes([child]) == {}


@pytest.mark.parametrize(("first", "then", "score"), [(400, 1, 400), (1, 400, 400), (1, 1, 1)])
def test_a_command_has_its_score_before_it_begins(first: int, then: int, score: int) -> None:
    """And hands it down; a higher one stays."""
    before = score_of(os.getpid()) or 0
    argv = scored(scored(("cat", "/proc/self/oom_score_adj"), then), first)
    told = subprocess.run(argv, capture_output=True, check=True, text=True)
    assert (int(told.stdout), told.stderr) == (max(before, score), "")


def test_a_score_tells_nothing_where_this_process_has_one_too() -> None:
    """Nor does one of a process that is gone."""
    argv = scored(("cat",), GATE_SCORE)
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as cat:
        assert cat.stdin
        assert cat.stdout
        cat.stdin.write(b"x")
        cat.stdin.flush()
        cat.stdout.read(1)
        assert is_scored(cat.pid) == ((score_of(os.getpid()) or 0) < GATE_SCORE)
        with bearing(GATE_SCORE):
            assert not is_scored(cat.pid)
    assert not is_scored(cat.pid)


def test_a_score_is_inherited_and_given_back() -> None:
    """Whatever a child does to its environment."""
    before = score_of(os.getpid())
    score = free_score([401, None])
    assert score == 402
    with bearing(score) as is_borne:
        child = subprocess.Popen(["sleep", "98721"], env={})
    try:
        assert is_borne
        assert (score_of(child.pid), score_of(os.getpid())) == (402, before)
    finally:
        child.kill()
        child.wait()
    assert score_of(child.pid) is None
    assert free_score(bounds._SCORES) is None
