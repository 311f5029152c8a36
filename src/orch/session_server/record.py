"""The state file of a session: written whole or not at all, read by whichever server comes next."""

import os
from collections.abc import Iterator
from pathlib import Path

import msgspec

from orch.session_server.values import Record

_FILE = "state.json"
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Record).decode


def save(folder: Path, record: Record) -> str:
    """Write the state; return why it could not be ("" if it was): a session outlives a full disk.

    It is not flushed to the disk itself: a power failure ends the session anyway, and what then
    is missing is told as gone, never as done.
    """
    draft = folder / f"{_FILE}.new"
    try:
        draft.write_bytes(msgspec.json.format(_encode(record), indent=1))
        os.replace(draft, folder / _FILE)  # noqa: PTH105 - the same, in fewer calls
    except OSError as error:
        return error.strerror or str(error)
    return ""


def load_all(sessions: Path) -> Iterator[tuple[Path, Record]]:
    """Read the state of every session, the oldest first; what can't be read is passed over."""
    found = []
    for path in sessions.glob(f"*/{_FILE}"):
        try:
            found.append((path.parent, _decode(path.read_bytes())))
        except (OSError, msgspec.MsgspecError):
            continue
    yield from sorted(found, key=lambda pair: pair[1].started_at or 0.0)
