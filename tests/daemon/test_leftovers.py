"""Prove that doctor finds and clears away each leftover of a crash, and nothing that is needed."""

import os
import socket
import time
from pathlib import Path

import pytest

from orch.adapters.hub import Hub, open_hub
from orch.core.events import TaskCancelled
from orch.system.cgroup import make
from orch.system.worktrees import add_worktree
from tests.daemon.served import Served

LONG_AGO = time.time() - 7200.0


@pytest.fixture
async def hub(served: Served) -> Hub:
    """Give orch's own repository of the project."""
    return await open_hub(served.project)


def age(path: Path) -> Path:
    """Let something have been there for long."""
    os.utime(path, (LONG_AGO, LONG_AGO))
    return path


async def subjects(served: Served, *, kind: str) -> list[str]:
    """Name what doctor finds of a kind."""
    found = (await served.call("doctor.run"))["findings"]
    return [one["subject"] for one in found if one["subject"].startswith(f"{kind} ")]


async def mended(served: Served, *, kind: str) -> list[str]:
    """Have it mended; name what was, and make sure that it is not found again."""
    found = (await served.call("doctor.fix"))["fixed"]
    assert await subjects(served, kind=kind) == []
    return [one["subject"] for one in found if one["subject"].startswith(f"{kind} ")]


async def half_made(served: Served, hub: Hub, name: str) -> Path:
    """Leave a worktree with work in it that no attempt has."""
    path = served.home.workspaces(served.project.id) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    await add_worktree(hub.git, path, what=served.repository.head)
    (path / "loose.txt").write_text("precious")
    return path


async def test_a_workspace_that_nobody_has_is_saved_and_removed(served: Served, hub: Hub) -> None:
    """What was in it is kept under a ref; that of a task which goes on is left alone."""
    live = await served.add("goes on")
    kept = await half_made(served, hub, f"{live}-goes-on")
    lost = await half_made(served, hub, "t99-lost")
    assert await subjects(served, kind="workspace") == [f"workspace {lost}"]
    assert await mended(served, kind="workspace") == [f"workspace {lost}"]
    assert (kept.exists(), lost.exists()) == (True, False)
    saved = await hub.git("for-each-ref", "--format=%(refname)", "refs/orch/saved/t99")
    name = saved.split()[0]
    assert await hub.git("show", f"{name}:loose.txt") == "precious"


async def test_half_a_removal_is_brought_to_its_end(served: Served, hub: Hub) -> None:
    """What was renamed away before this daemon began has nobody who deletes it."""
    rest = served.home.workspaces(served.project.id) / ".removing-t5-x"
    rest.mkdir(parents=True)
    object.__setattr__(served.context, "started_at", time.time() + 60.0)
    assert await mended(served, kind="rest") == [f"rest {rest}"]
    assert not rest.exists()
    assert hub.path.exists()


async def test_notes_of_worktrees_that_are_not_there_go(served: Served, hub: Hub) -> None:
    """Those of a folder that was lost, and those of a git that was killed; young ones stay."""
    path = await half_made(served, hub, "t98-gone")
    path.rename(path.with_name("elsewhere-by-hand"))
    young = await half_made(served, hub, "t97-young")
    young.rename(young.with_name("also-by-hand"))
    age(hub.path / "worktrees" / "t98-gone" / "gitdir")
    stillborn = hub.path / "worktrees" / "t96"
    stillborn.mkdir()
    age(stillborn)
    expected = {f"worktree {hub.path}/worktrees/t98-gone", f"worktree {stillborn}"}
    assert set(await subjects(served, kind="worktree")) == expected
    assert set(await mended(served, kind="worktree")) == expected
    assert (hub.path / "worktrees" / "t97-young").exists()


async def test_a_lock_that_a_killed_git_held_goes(served: Served, hub: Hub) -> None:
    """One that some process holds stays."""
    stale, held = hub.path / "packed-refs.lock", hub.path / "HEAD.lock"
    stale.touch()
    with held.open("w") as holder:
        age(stale)
        age(held)
        assert await mended(served, kind="lock") == [f"lock {stale}"]
        assert held.exists()
        assert not holder.closed


async def test_a_socket_at_which_nobody_listens_goes(served: Served) -> None:
    """The daemon's own stays, and one that takes single messages."""
    path, heard = served.home.sockets / "old.sock", served.home.sockets / "heard.sock"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as hearing:
        hearing.bind(str(heard))
        for one in (path, heard, served.home.daemon_socket):
            age(one)
        assert await mended(served, kind="socket") == [f"socket {path}"]
    assert served.home.daemon_socket.exists()


async def test_private_homes_of_tasks_that_are_over_go(served: Served) -> None:
    """They hold copies of credentials; that of an open task stays."""
    over, still_open = await served.add("over"), await served.add("open")
    await served.engine.writer.submit(over, TaskCancelled(at=2.0))
    for name in (over, still_open, "t77"):
        home = served.home.agents(name) / "claude"
        home.mkdir(parents=True)
        (home / "credentials.json").write_text("{}")
    found = await mended(served, kind="private home")
    assert found == [f"private home {served.home.agents(name)}" for name in (over, "t77")]
    assert served.home.agents(still_open).exists()


async def test_an_empty_control_group_goes(served: Served) -> None:
    """Where groups can be had at all."""
    group = make(f"orch-{served.home.digest}-t9.1")
    if group is None:
        assert await subjects(served, kind="control group") == []
        return
    assert await mended(served, kind="control group") == [f"control group {group}"]
    assert not group.exists()
