"""The end of a session: seen, brought about, or found out later; each with its proof."""

import asyncio
import logging
import time
from contextlib import suppress

from orch.session_server.bounding import account
from orch.session_server.children import Exit
from orch.session_server.session import Session
from orch.system.paths import boot_id
from orch.system.process import Life, probe
from orch.system.reap import Proof, all_gone, end, gone

log = logging.getLogger(__name__)

_LEFTOVER_PATIENCE_S = 0.2
"""What is just going of itself, as after the hang-up of its terminal, is no leftover."""

_LEFTOVER_GRACE_S = 0.5
_NOTICE_S = 20.0
"""So long a loaded machine may take to note an end that the kernel has told."""


def note_exit(session: Session, seen: Exit) -> None:
    """Write down how the leader ended, before anything else is done about it."""
    record = session.record
    record.exit_code, record.exit_signal = seen.code, seen.signal
    peaks = (seen.peak_bytes, record.peak_memory_bytes)
    record.cpu_s = seen.cpu_s
    record.peak_memory_bytes = max((peak for peak in peaks if peak is not None), default=None)
    record.ended_at = time.time()
    session.save()


async def settle(session: Session) -> None:
    """After the leader's end: end what it left behind, take its last words, tell everybody."""
    async with session.ending:
        if session.over.is_set():
            return
        record = session.record
        if record.reap:
            try:
                proof = await _end_leftovers(session)
                record.leftovers, record.left = proof.found, proof.left
            except OSError:
                log.exception("%s: what it left behind could not be looked for", session.name)
        if session.channel:
            session.channel.drain()
        account(record)
        seen = Exit(record.exit_code, record.exit_signal)
        session.finish(f"the session server saw it: process {record.pid} {seen.told}")


async def _end_leftovers(session: Session) -> Proof:
    rest = await session.members()
    if rest and await all_gone(rest, timeout_s=_LEFTOVER_PATIENCE_S):
        rest = await session.members()
    return await end(session.members, grace_s=_LEFTOVER_GRACE_S) if rest else Proof()


async def bring_to_end(session: Session, *, grace_s: float) -> None:
    """End a session whoever its parent is, and wait until its end is noted."""
    async with session.ending:
        proof = await end(session.members, grace_s=grace_s)
        record = session.record
        record.killed += tuple(one for one in proof.found if one not in record.killed)
        record.left = proof.left
        if session.over.is_set():
            session.save()
            session.leave_cgroup()
            return
    # The kernel tells of the leader's end by another way; what resists even KILL is told as left.
    with suppress(TimeoutError):
        async with asyncio.timeout(_NOTICE_S):
            await session.over.wait()


async def find_out(session: Session) -> None:
    """Follow a session that a server left when it died, until nothing of it lives.

    Nobody sees how such a leader ends: it has no exit status, so it never counts as a success.
    """
    record, who = session.record, session.identity
    if who is not None and probe(who) is not Life.GONE:
        await gone(who.pid)
        how = f"process {who.pid} ended after the session server that held it had died"
    elif who is not None and who.boot_id != boot_id():
        how = f"the machine was started anew since, and process {who.pid} was of the boot before"
    elif who is not None:
        how = f"process {who.pid} ended when the session server that held it died, or just before"
    else:
        how = "the session server died before it had started it"
    async with session.ending:
        rest = await session.members()
        if rest and record.reap:
            record.leftovers = (await end(session.members, grace_s=_LEFTOVER_GRACE_S)).found
        elif rest:
            await all_gone(rest, timeout_s=None)
        record.ended_at = record.ended_at or time.time()
        session.finish(f"its end was not seen: {how}")
