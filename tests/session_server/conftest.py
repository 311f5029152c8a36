"""A session server for each test, of which nothing is left afterwards."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from orch.adapters.session_hosts.builtin import BuiltinSessionHost
from orch.system.paths import Home
from orch.testing.session_server_kit import served


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """Give the test a home of its own."""
    return Home(tmp_path / "home")


@pytest.fixture
async def host(home: Home) -> AsyncIterator[BuiltinSessionHost]:
    """Give the test a host; its server and all sessions are ended after it."""
    async with served(home) as host:
        yield host
