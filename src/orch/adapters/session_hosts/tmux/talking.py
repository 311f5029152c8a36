"""What is said to a session in tmux: keys, once each, sizes, and signals."""

import os
import signal

from orch.adapters.session_hosts.tmux.panes import Pane, look, paste, resize
from orch.adapters.session_hosts.tmux.program import NoTarget, Tmux
from orch.adapters.session_hosts.tmux.session import Session
from orch.ports.errors import Permanent
from orch.ports.session_host import Delivery, Resize


async def type_message(
    session: Session, tmux: Tmux, *, data: bytes, message_id: str = ""
) -> Delivery:
    """Type a message once. Raises like `Tmux.do`.

    It is noted first. If the daemon dies before tmux has it, it is given again: tmux itself knows
    which message a pane was given last, so it is typed then, or was already.
    """
    known = session.messages.get(message_id) if message_id else None
    is_last = message_id == next(reversed(session.messages), "")
    if known is not None and not (is_last and session.is_unsure):
        return Delivery(offset=known, duplicate=True)
    pane = await _pane(session, tmux)
    offset = session.kept.end() if known is None else known
    if message_id and known is None:
        session.note_message(message_id, at=offset)
    session.is_unsure = True
    if data:
        await paste(tmux, pane.id, data=data, message_id=message_id)
    session.is_unsure = False
    return Delivery(offset=offset, duplicate=known is not None)


async def resize_window(session: Session, tmux: Tmux, *, size: Resize) -> Delivery:
    """Give a session's window a size; zeros are passed over. Raises like `Tmux.do`."""
    if size.rows > 0 and size.cols > 0:
        pane = await _pane(session, tmux)
        await tmux.do(resize(pane.id, rows=size.rows, cols=size.cols))
        session.record.rows, session.record.cols = size.rows, size.cols
        session.save()
    return Delivery(offset=session.kept.end())


def send_signal(session: Session, number: int) -> Delivery:
    """Signal a session's process group. Raises `Permanent`."""
    who = session.identity
    if who is None or not session.lives:
        raise Permanent(f"{session.name} has ended")
    try:
        # Noted first: who looks for the cause of its end must know that it was asked for.
        session.record.signals = tuple({*session.record.signals, number})
        session.save()
        os.killpg(who.pid, signal.Signals(number))
    except ValueError:
        raise Permanent(f"{number} is no signal") from None
    except OSError as error:
        raise Permanent(f"{session.name}: {error.strerror}") from error
    return Delivery(offset=session.kept.end())


async def _pane(session: Session, tmux: Tmux) -> Pane:
    pane = session.pane_among(await look(tmux))
    if pane is None:
        raise NoTarget(f"the window of {session.name} is gone")
    return pane
