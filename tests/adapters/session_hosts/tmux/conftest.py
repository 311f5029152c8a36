"""A tmux server for each test, of which nothing is left afterwards."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from orch.adapters.session_hosts.tmux.host import TmuxSessionHost
from orch.system.paths import Home
from orch.testing.tmux_kit import why_no_tmux, windowed


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what needs tmux where there is none, and say so."""
    why = why_no_tmux()
    for item in items:
        if why and Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.skip(reason=why))


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """Give the test a home of its own."""
    return Home(tmp_path / "home")


@pytest.fixture
async def host(home: Home) -> AsyncIterator[TmuxSessionHost]:
    """Give the test a host; its tmux server and all sessions are ended after it."""
    async with windowed(home) as host:
        yield host
