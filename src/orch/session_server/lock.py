"""The one session server of a home: a lock held for life, and a file that says who holds it."""

import fcntl
import json
import os
from dataclasses import asdict
from typing import Any

from orch import __version__
from orch.system.paths import Home, private
from orch.system.process import identify
from orch.wire.framing import PROTOCOL


def take_lock(home: Home) -> int | None:
    """Take the lock and return its descriptor; None if another server has it.

    The kernel lets go of it when its holder dies, however it dies; so the file itself is never
    removed, and a stale one means nothing.
    """
    home.create()
    private(home.sessions)
    handle = os.open(home.session_server_lock, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return None
    return handle


def write_identity(home: Home) -> dict[str, Any]:
    """Write down who this server is, and return it."""
    who = identify(os.getpid())
    told = {
        **(asdict(who) if who else {"pid": os.getpid()}),
        "protocol": PROTOCOL,
        "version": __version__,
        "socket": str(home.session_socket),
    }
    draft = home.session_server_identity.with_suffix(".new")
    draft.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    draft.replace(home.session_server_identity)
    return told
