"""Methods of the daemon itself: how it is, reload, stop; and the description of all methods."""

from dataclasses import dataclass

from orch.daemon.call import Call
from orch.daemon.logs import set_level
from orch.daemon.methods.overview import daemon_shape
from orch.daemon.methods.table import method
from orch.daemon.rights import Role
from orch.wire.shapes.overview import DaemonShape, Done


@dataclass(frozen=True, slots=True, kw_only=True)
class NoParams:
    """Nothing to choose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StopParams:
    """Whether the sessions and their server end with it; their tasks begin a new attempt then."""

    sessions: bool = False


@method("daemon.status", Role.SESSION)
async def status(call: Call, params: NoParams) -> DaemonShape:
    """Show the daemon that answers: its version, process and files."""
    del params
    return daemon_shape(call.context)


@method("daemon.reload", Role.PERSON)
async def reload(call: Call, params: NoParams) -> Done:
    """Read the configuration again, and look at everything afresh."""
    del params
    configuration = call.context.configuration
    configuration.forget()
    set_level(configuration.host().log_level)
    await call.engine.reload()
    return Done(what="the configuration was read again")


@method("daemon.stop", Role.PERSON)
async def stop(call: Call, params: StopParams) -> Done:
    """End the daemon in good order; the agents' sessions go on, unless they are to end too."""
    call.context.wishes.end_sessions = params.sessions
    call.context.stop()
    return Done(what="the daemon ends" + ("" if params.sessions else "; sessions go on"))


@method("rpc.discover", Role.SESSION)
async def discover(call: Call, params: NoParams) -> dict[str, object]:
    """Describe all methods, as an OpenRPC document."""
    del params
    from orch.daemon.methods.all import METHODS  # noqa: PLC0415 - the table holds this method too
    from orch.wire.openrpc import document  # noqa: PLC0415

    return document(METHODS.values(), version=call.context.version)
