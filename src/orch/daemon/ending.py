"""Ends the sessions with the daemon, where a person asked for that."""

import asyncio

import structlog

from orch.adapters.session_hosts.builtin import BuiltinSessionHost
from orch.adapters.session_hosts.composed import ComposedSessionHost
from orch.daemon.context import Context
from orch.ports.errors import Permanent, Transient
from orch.ports.session_host import Liveness

log = structlog.get_logger(__name__)

_GRACE_S = 2.0


async def end_sessions(context: Context) -> None:
    """End all sessions and their server, if `daemon.stop` asked for it.

    Called after the engine has stopped: nobody takes the ends for failures then, and starts again
    what was just ended.
    """
    if not context.wishes.end_sessions:
        return
    try:
        states = await context.sessions.list()
        alive = [state.name for state in states if state.liveness is Liveness.ALIVE]
        await asyncio.gather(*(context.sessions.end(name, grace_s=_GRACE_S) for name in alive))
        if isinstance(context.sessions, BuiltinSessionHost | ComposedSessionHost):
            await context.sessions.stop_server(force=True)
    except (Permanent, Transient) as error:
        log.warning("the sessions could not all be ended", why=error.reason)
