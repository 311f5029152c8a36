"""Prove that terminals in tmux and pipes in the session server are one session host."""

from collections.abc import AsyncIterator

import pytest

from orch.adapters.session_hosts.composed import ComposedSessionHost
from orch.system.paths import Home
from orch.testing.session_host_suite import SessionHostSuite
from orch.testing.session_server_kit import served
from orch.testing.tmux_kit import why_no_tmux, windowed

pytestmark = pytest.mark.skipif(bool(why_no_tmux()), reason=why_no_tmux() or "tmux is here")


@pytest.fixture
async def host(home: Home) -> AsyncIterator[ComposedSessionHost]:
    """Give both hosts as one; servers and sessions of both are ended after it."""
    async with served(home) as builtin, windowed(home) as tmux:
        yield ComposedSessionHost(builtin, tmux)


class TestComposedSessionHost(SessionHostSuite):
    """Real windows and real processes, under the contract of every session host."""
