"""Where the guard can't keep everything it refuses, and the workspace stays as it was."""

import os
import resource
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from orch.adapters.workspaces.guard import save_unreachable
from orch.ports.errors import Permanent
from tests.adapters.workspaces.conftest import Bench

BIG = os.urandom(300_000)


@pytest.fixture
def full_disk(bench: Bench) -> Iterator[None]:
    """Leave room for a few small objects only: a small file system, or a limit on files."""
    objects, elsewhere = bench.hub.path / "objects", bench.hub.path.parent / "elsewhere"
    objects.rename(elsewhere)
    objects.mkdir()
    mounted = mount(objects)
    (objects / "info").mkdir()
    (objects / "info" / "alternates").write_text(f"{elsewhere}\n")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    if not mounted:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limits[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    if mounted:
        subprocess.run(("umount", str(objects)), check=True)


def mount(folder: Path) -> bool:
    """Mount a file system of 128 kB, where this user may do that."""
    argv = ("mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", str(folder))
    return subprocess.run(argv, check=False, capture_output=True).returncode == 0


async def refuse(bench: Bench) -> str:
    """Guard a workspace that can't be kept, and return what is said."""
    before = bench.agent.snapshot()
    with pytest.raises(Permanent) as caught:
        await save_unreachable(bench.order)
    assert bench.agent.snapshot() == before
    assert bench.look("for-each-ref", "refs/orch/saved") == ""
    assert str(bench.agent.path) in caught.value.remedy
    return caught.value.reason


@pytest.mark.usefixtures("full_disk")
async def test_disk_full(bench: Bench) -> None:
    """A full disk: nothing is kept, and that is said."""
    bench.agent.write({"big": BIG, "small": "small"})
    assert "was left as it is" in await refuse(bench)


async def test_file_size_limit(bench: Bench) -> None:
    """A git that is killed while it writes has kept nothing."""
    bench.agent.write({"big": BIG})
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limits[1]))
    try:
        assert "was left as it is" in await refuse(bench)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert len(await save_unreachable(bench.order)) == 1


async def test_missing_object(bench: Bench) -> None:
    """An object that is gone already does not prevent the rest from being kept."""
    bench.agent.write({"a": "unique"})
    bench.agent.git("add", "a")
    name = bench.agent.git("rev-parse", ":a")
    bench.agent.git("update-index", "--assume-unchanged", "a")
    (bench.agent.path / "a").unlink()
    (bench.hub.path / "objects" / name[:2] / name[2:]).unlink()
    bench.agent.write({"b": "b"})
    saved = await save_unreachable(bench.order)
    assert [item.what for item in saved] == ["uncommitted changes: b"]


def lock_ref(bench: Bench, *, age_s: float) -> Path:
    """Lock the ref that would be written, as a git does that was killed just then."""
    lock = bench.hub.path / "refs" / "orch" / "saved" / "t1" / "1" / "1.lock"
    lock.parent.mkdir(parents=True)
    lock.touch()
    os.utime(lock, (time.time() - age_s,) * 2)
    return lock


async def test_stale_lock(bench: Bench) -> None:
    """A lock that a killed git left is removed, and the work kept."""
    await bench.hub.git("config", "core.filesRefLockTimeout", "0")
    lock_ref(bench, age_s=60)
    bench.agent.write({"a": "a"})
    assert len(await save_unreachable(bench.order)) == 1


async def test_live_lock(bench: Bench) -> None:
    """A lock that somebody holds stays, and so does the workspace."""
    await bench.hub.git("config", "core.filesRefLockTimeout", "0")
    lock = lock_ref(bench, age_s=60)
    bench.agent.write({"a": "a"})
    with lock.open("rb"):
        assert ".lock" in await refuse(bench)
    assert len(await save_unreachable(bench.order)) == 1
