"""A session server for each test, of which nothing is left afterwards."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from orch.adapters.session_hosts.builtin import BuiltinSessionHost
from orch.session_server.launch import MARK_NAME
from orch.system.paths import Home
from orch.system.process import processes


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """Give the test a home of its own."""
    return Home(tmp_path / "home")


@pytest.fixture
async def host(home: Home) -> AsyncIterator[BuiltinSessionHost]:
    """Give the test a host; its server and all sessions are ended after it."""
    host = BuiltinSessionHost(home)
    yield host
    await host.stop_server(force=True)
    assert left_of(home) == []


def left_of(home: Home) -> list[str]:
    """Name the processes that carry the mark of any session of a home."""
    beginning = f"\0{MARK_NAME}={home.digest}:".encode()
    found = []
    for process in processes():
        try:
            environment = Path(f"/proc/{process.pid}/environ").read_bytes()
        except OSError:
            continue
        if beginning in b"\0" + environment and not process.is_dead:
            found.append(f"{process.pid} {process.name}")
    return found
