"""Prove that `orch doctor --fix` clears away, in one go, what faults leave in a real home."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

from orch.adapters.session_hosts.builtin import BuiltinSessionHost
from orch.ports.session_host import Liveness
from orch.system.paths import Home
from orch.testing.session_values import PUPPETS, a_spec
from tests.e2e.person import Person
from tests.e2e.test_main_job import GOOD, set_up


async def test_every_leftover_is_found_and_cleared_away(person: Person) -> None:
    """A session, a workspace, a lock, a socket and a private home that nobody needs."""
    set_up(person, GOOD)
    task = person.orch("add", "Make a file")
    assert person.run("wait", task, "--timeout", "120").returncode == 0
    person.await_event("WorkspaceReleased", task)  # It, too, clears away a lock that is stale.
    home = Home(person.home)
    left = await leave(person, home)
    found = findings(person, "doctor")
    assert left <= found, f"doctor did not find {left - found}"
    assert left <= findings(person, "doctor", "--fix", of="fixed")
    assert not left & findings(person, "doctor")
    assert "refs/orch/saved/t98/" in person.git("for-each-ref", cwd=next(hubs(home)))
    host = BuiltinSessionHost(home)
    assert (await host.probe("t99.1")).liveness is Liveness.GONE
    await host.close()


async def leave(person: Person, home: Home) -> set[str]:
    """Leave what crashes leave; name it as doctor does."""
    host = BuiltinSessionHost(home)
    await host.start(a_spec(PUPPETS.waits(), name="t99.1"))
    await host.close()
    hub = next(hubs(home))
    workspace = home.workspaces(hub.stem) / "t98-lost"
    head = person.git("rev-parse", "HEAD")
    person.git("worktree", "add", "--quiet", "--detach", str(workspace), head, cwd=hub)
    (workspace / "loose.txt").write_text("precious")
    lock, socket = hub / "packed-refs.lock", home.sockets / "dead.sock"
    lock.touch()
    os.mknod(socket, 0o140600)
    for path in (lock, socket):
        os.utime(path, (time.time() - 7200.0,) * 2)
    private = home.agents("t97")
    private.mkdir(parents=True)
    return {
        "session t99.1",
        f"workspace {workspace}",
        f"lock {lock}",
        f"socket {socket}",
        f"private home {private}",
    }


def hubs(home: Home) -> Iterator[Path]:
    """List orch's own repositories."""
    return home.hub("x").parent.glob("*.git")


def findings(person: Person, *words: str, of: str = "findings") -> set[str]:
    """Name what doctor found."""
    found = person.json(*words)
    assert isinstance(found, dict)
    return {one["subject"] for one in found[of]}
