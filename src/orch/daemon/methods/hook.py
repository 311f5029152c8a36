"""The method that the hooks of agents call, when they have noted something in their spool."""

from dataclasses import dataclass

import structlog

from orch.core.attempt import Phase
from orch.daemon.call import Call
from orch.daemon.methods.table import method
from orch.daemon.rights import Caller, Role
from orch.ports.store import TaskQuery
from orch.wire.codes import Code, WireError
from orch.wire.shapes.overview import Done

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class HookParams:
    """Which session, if the caller wants to be sure; it is known anyway from who calls."""

    session: str | None = None


@method("session.hook", Role.SESSION)
async def hook(call: Call, params: HookParams) -> Done:
    """Look into the spool of the caller's own session: its hooks have noted something.

    The call carries no news itself, so nothing that is sent here can change what is believed.
    """
    name = call.caller.session
    if not await _is_at_work(call, call.caller) or params.session not in {None, name}:
        log.debug("a hook was refused", caller=call.actor, claimed=params.session or "")
        raise WireError(Code.FORBIDDEN, "no session of orch's that is at work calls here")
    call.context.poke(name)
    return Done(what=f"the hooks of {name} are read")


async def _is_at_work(call: Call, caller: Caller) -> bool:
    """Tell whether the caller's session is the one that its task has now."""
    if not caller.session:
        return False
    query = TaskQuery(ids=(caller.task_id,), limit=1)
    found = await call.read(call.store.tasks, query)
    attempt = found[0].attempt if found else None
    return (
        attempt is not None
        and caller.session == f"{caller.task_id}.{attempt.n}"
        and attempt.phase is not Phase.ENDED
    )
