"""Say what is known of a session, and how it is known."""

from dataclasses import fields
from typing import Literal

from orch.session_server.session import Session
from orch.session_server.values import Record, State
from orch.system.process import Life, probe

_SHARED = tuple(field.name for field in fields(State) if field.name in Record.__struct_fields__)

Liveness = Literal["alive", "gone", "unknown"]


def describe(session: Session) -> State:
    """Return the state of a session as it is now."""
    liveness, how = _liveness(session)
    told = {name: getattr(session.record, name) for name in _SHARED} | {"how": how}
    transcript, channel = session.transcript, session.channel
    return State(
        **told,
        liveness=liveness,
        offset=transcript.end,
        first_offset=transcript.first,
        lost_bytes=transcript.lost_bytes,
        undelivered_bytes=channel.pending_bytes if channel else 0,
        viewers=len(session.viewers),
    )


def describe_unheard_of(name: str) -> State:
    """Return the state of a session that nobody started here."""
    how = "this host has no record of it: it was never started here, or it was forgotten"
    return State(name=name, liveness="gone", how=how)


def _liveness(session: Session) -> tuple[Liveness, str]:
    record, who = session.record, session.identity
    if record.phase == "ended":
        return "gone", record.how
    if session.channel is not None:
        if record.exit_code is None and record.exit_signal is None:
            return "alive", f"process {record.pid} is a child of the session server"
        return "alive", f"process {record.pid} has ended; what it left behind is being ended"
    if who is not None and probe(who) is Life.ALIVE:
        how = f"process {record.pid} lives, but the session server that held its terminal died"
        return "unknown", f"{how}: it can be ended, not reached"
    return "unknown", "the session server that held it died; what it left is being looked for"
