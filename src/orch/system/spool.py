"""Reads the spool of a session: the lines that its hooks have noted (`orch.system.hook`)."""

import json
from dataclasses import dataclass
from pathlib import Path

CHUNK_BYTES = 4 * 1024 * 1024
"""How much is read at once; every line that a hook writes is far shorter."""

_PAYLOAD = b',"payload":'
_EXCERPT = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class SpoolRecord:
    """What a hook noted: when (epoch seconds), of which agent, which event, with which payload.

    `truncated` says that the payload was cut down; `malformed` says what was wrong with it, and
    then the payload holds an `excerpt`.
    """

    at: float
    agent: str
    event: str
    payload: dict[str, object]
    truncated: bool = False
    malformed: str = ""


def read_spool(path: Path, offset: int = 0) -> tuple[list[SpoolRecord], int]:
    """Return what was noted behind an offset, and the offset to go on from.

    A last line that is not whole yet is left for the next time. At most `CHUNK_BYTES` are read:
    call again until nothing comes. A spool that is not there has nothing; one that is shorter
    than the offset is another one, and is read from its beginning.
    """
    try:
        with path.open("rb") as file:
            end = file.seek(0, 2)
            start = offset if offset <= end else 0
            file.seek(start)
            data = file.read(CHUNK_BYTES)
    except FileNotFoundError:
        return [], offset
    whole = data.rfind(b"\n") + 1
    if not whole and len(data) == CHUNK_BYTES:
        whole = len(data)  # Noise without end: nobody will ever finish this line.
    lines = data[:whole].split(b"\n")
    return [parse(one) for one in lines if one.strip()], start + whole


def parse(line: bytes) -> SpoolRecord:
    """Read a line; one that can't be read is a malformed record, never an error."""
    head, mark, payload = line.rstrip().partition(_PAYLOAD)
    about = _object(head + b"}") if mark and payload.endswith(b"}") else None
    if about is None:
        what = _excerpt(line)
        return SpoolRecord(at=0.0, agent="", event="", payload=what, malformed="no hook's line")
    at, found = about.get("at"), _object(payload[:-1])
    wrong = "no JSON object" if found is None else about.get("malformed", "")
    return SpoolRecord(
        at=float(at) if isinstance(at, int | float) else 0.0,
        agent=str(about.get("agent", "")),
        event=str(about.get("event", "")),
        payload=_excerpt(payload[:-1]) if found is None else found,
        truncated=bool(about.get("truncated")),
        malformed=str(wrong),
    )


def _object(text: bytes) -> dict[str, object] | None:
    try:
        # Not strict: a control character within a string still tells what the string says.
        found = json.loads(text.decode("utf-8", "replace"), strict=False)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _excerpt(text: bytes) -> dict[str, object]:
    return {"excerpt": text[:_EXCERPT].decode("utf-8", "replace"), "size_bytes": len(text)}
