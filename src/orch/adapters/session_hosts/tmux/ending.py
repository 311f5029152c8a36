"""The end of a session in tmux: seen, brought about, or found out later; each with its proof."""

import asyncio
import itertools
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from signal import SIGCHLD

from orch.adapters.session_hosts.tmux.panes import Pane, capture, look
from orch.adapters.session_hosts.tmux.program import NoServer, NoTarget, Silent, Tmux
from orch.adapters.session_hosts.tmux.session import Session
from orch.session_server.bounding import account
from orch.session_server.children import Exit
from orch.session_server.news import News
from orch.system.cgroup import remove
from orch.system.paths import boot_id
from orch.system.process import Identity, Life, probe, read_process, send
from orch.system.reap import Proof, all_gone, end, gone

_LEFTOVER_PATIENCE_S = 0.2
"""What is just going of itself, as after the hang-up of its terminal, is no leftover."""

_LEFTOVER_GRACE_S = 0.5
_LAST_WORDS_S = 10.0
_NOTICE_S = 20.0
_PAUSES_S = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2)
"""tmux tells of a death some milliseconds after the kernel; then it is asked less and less."""

_ASKED_AGAIN_S = 0.5


async def watch(session: Session, *, tmux: Tmux, news: News) -> None:
    """Wait for the leader's end, then note it."""
    who = session.identity
    if who is not None and probe(who) is not Life.GONE:
        await gone(who.pid)
    await settle(session, tmux=tmux, news=news)


async def settle(session: Session, *, tmux: Tmux, news: News) -> None:
    """After the leader's end: end what it left behind, find out how it ended, tell everybody.

    What is found out is written down before the window is closed, so that nothing of it is lost
    if the daemon dies in between.
    """
    async with session.ending:
        if session.over.is_set():
            return
        record = session.record
        if record.reap:
            proof = await _end_leftovers(session)
            record.leftovers, record.left = proof.found, proof.left
        record.ended_at = record.ended_at or time.time()
        if record.exit_code is None and record.exit_signal is None:
            record.how = await _find_out(session, tmux)
            account(record)
            session.save()
        await _close_window(session, tmux)
        record.phase = "ended"
        session.save()
        if record.cgroup:
            remove(Path(record.cgroup))
        session.over.set()
        news.tell("exited", session.name, offset=session.kept.end(), detail=record.how)


async def bring_to_end(session: Session, *, grace_s: float, is_noted: bool = True) -> None:
    """End a session wherever it runs, and wait until its end is noted, if somebody will."""
    async with session.ending:
        proof = await end(session.members, grace_s=grace_s)
        record = session.record
        record.killed += tuple(one for one in proof.found if one not in record.killed)
        record.left = proof.left
        session.save()
        if session.over.is_set() or not is_noted:
            return
    with suppress(TimeoutError):
        async with asyncio.timeout(_NOTICE_S):
            await session.over.wait()


async def _end_leftovers(session: Session) -> Proof:
    rest = await session.members()
    if rest and await all_gone(rest, timeout_s=_LEFTOVER_PATIENCE_S):
        rest = await session.members()
    return await end(session.members, grace_s=_LEFTOVER_GRACE_S) if rest else Proof()


async def _find_out(session: Session, tmux: Tmux) -> str:
    """Ask tmux how the program ended; say how that is known. It is never taken for a success."""
    record = session.record
    if record.pid is None:
        return "its end was not seen: the daemon died before it had started it"
    if record.boot_id != boot_id():
        why = "the machine was started anew since"
        return f"its end was not seen: {why}, and process {record.pid} was of the boot before"
    try:
        pane = await _dead_pane(session, tmux)
    except NoServer:
        return f"its end was not seen: the tmux server that held process {record.pid} is gone"
    if pane is None:
        return f"its end was not seen: the window of process {record.pid} was closed"
    if pane.code is None and pane.signal is None:
        return f"its end was not seen: tmux does not say how process {record.pid} ended"
    record.exit_code, record.exit_signal = pane.code, pane.signal
    return f"tmux saw it: process {record.pid} {Exit(pane.code, pane.signal).told}"


async def _dead_pane(session: Session, tmux: Tmux) -> Pane | None:
    """Wait until tmux has noted the end, with all that was printed. Raises `NoServer`."""
    deadline = time.monotonic() + _LAST_WORDS_S
    for pause_s in itertools.chain(_PAUSES_S, itertools.repeat(_ASKED_AGAIN_S)):
        try:
            pane = session.pane_among(await look(tmux))
        except Silent:
            # Sooner or later it answers or is gone; until then the end is not known.
            await asyncio.sleep(_ASKED_AGAIN_S)
            deadline = time.monotonic() + _LAST_WORDS_S
            continue
        # The end of its output and its status come to tmux on two ways, in any order.
        is_told = pane is not None and pane.is_dead and (pane.code, pane.signal) != (None, None)
        if pane is None or is_told or time.monotonic() > deadline:
            return pane
        _nudge(session)
        await asyncio.sleep(pause_s)
    return None


def _nudge(session: Session) -> None:
    """Let tmux look for children that ended: now and then it misses the kernel's signal.

    Measured with 3.3a: of windows that end soon after the server began, one in ten stays a zombie
    for ever, dead for tmux but without a status.
    """
    leader = read_process(session.record.pid or -1)
    if leader is not None and leader.is_dead and (server := read_process(leader.parent)):
        with suppress(PermissionError):
            send(server, SIGCHLD)


async def _close_window(session: Session, tmux: Tmux) -> None:
    """Close the pane, wait until all that it printed is written, and keep its last screen."""
    screen = None
    with suppress(NoServer, NoTarget, Silent):
        pane = session.pane_among(await look(tmux))
        if pane is not None:
            screen = await capture(tmux, pane.id, offset=0)
            await tmux.do(("kill-pane", "-t", pane.id))
    recorder = session.kept.recorder()
    if recorder is not None and probe(Identity(boot_id(), *recorder)) is Life.ALIVE:
        with suppress(TimeoutError):
            async with asyncio.timeout(_LAST_WORDS_S):
                await gone(recorder[0])
    if screen is not None:
        session.kept.keep_screen(replace(screen, offset=session.kept.end()))
