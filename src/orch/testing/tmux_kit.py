"""A real tmux server for a test, of which nothing is left afterwards."""

import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from orch.adapters.session_hosts.tmux.host import TmuxSessionHost
from orch.adapters.session_hosts.tmux.program import NoServer, Tmux, why_unfit
from orch.system.paths import Home
from orch.testing.session_server_kit import left_of

_GRACE_S = 2.0


def why_no_tmux() -> str:
    """Say why tests of tmux can't be run on this machine; "" where they can."""
    program = shutil.which("tmux")
    if program is None:
        return "tmux is not installed"
    told = subprocess.run([program, "-V"], capture_output=True, text=True, check=False).stdout
    return why_unfit(told.strip())


@asynccontextmanager
async def windowed(home: Home, tmux: Tmux | None = None) -> AsyncIterator[TmuxSessionHost]:
    """Give a host of this home; its sessions and its tmux server are ended afterwards."""
    host = TmuxSessionHost(home, tmux or Tmux.of(home))
    try:
        yield host
    finally:
        for state in await host.list():
            await host.end(state.name, grace_s=_GRACE_S)
        await host.close()
        await kill_server(host.tmux)
    assert left_of(home) == []


async def kill_server(tmux: Tmux) -> None:
    """End a tmux server with all its windows, if it is there."""
    with suppress(NoServer):
        await tmux.do(("kill-server",))
