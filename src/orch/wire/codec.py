"""Reads and writes messages: JSON-RPC 2.0, UTF-8, one object a line; the daemon's side."""

import msgspec

from orch.wire.codes import Code, WireError
from orch.wire.messages import Failure, Notification, Request, Result

LINE_BYTES = 8 * 1024 * 1024
"""The longest line that either side takes."""

VERSION = "2.0"
"""The version of JSON-RPC."""

_ENCODER = msgspec.json.Encoder()
_MEMBERS = frozenset({"jsonrpc", "method", "params", "id"})


def encode(message: Result | Failure | Notification | Request) -> bytes:
    """Write a message as one line, with its newline."""
    return _ENCODER.encode(_as_object(message)) + b"\n"


def _as_object(message: Result | Failure | Notification | Request) -> dict[str, object]:
    head: dict[str, object] = {"jsonrpc": VERSION}
    match message:
        case Result(id=key, value=value):
            return head | {"id": key, "result": value}
        case Failure(id=key, error=error):
            return head | {"id": key, "error": error.as_object()}
        case Notification(method=method, params=news):
            return head | {"method": method, "params": news}
        case Request(method=method, params=params, id=key):
            return head | {"id": key, "method": method, "params": params}


def decode_request(line: bytes) -> Request:
    """Read a request.

    Raises `WireError` with `PARSE` for a line that is no JSON, and with `REQUEST` for one that
    is no request of JSON-RPC 2.0. Batches and parameters by position are not taken.
    """
    try:
        found = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise WireError(Code.PARSE, f"the request is no JSON: {error}") from error
    return _read(found)


def _read(found: object) -> Request:
    if not isinstance(found, dict):
        raise WireError(Code.REQUEST, "a request is one JSON object; batches are not taken")
    if strangers := sorted(found.keys() - _MEMBERS):
        raise WireError(Code.REQUEST, f"a request has no member {strangers[0]!r}")
    if found.get("jsonrpc") != VERSION:
        raise WireError(Code.REQUEST, 'a request says "jsonrpc": "2.0"')
    method, params, key = found.get("method"), found.get("params", {}), found.get("id")
    if not isinstance(method, str):
        raise WireError(Code.REQUEST, "a request names its method")
    if not isinstance(params, dict):
        raise WireError(Code.REQUEST, "parameters are an object, each by its name")
    if isinstance(key, bool) or not isinstance(key, int | str | None):
        raise WireError(Code.REQUEST, "the id of a request is a number or a string")
    return Request(method=method, params=params, id=key)


def request_id(line: bytes) -> int | str | None:
    """Find the id in a request that was refused, so that its sender learns which one it was."""
    try:
        found = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    key = found.get("id") if isinstance(found, dict) else None
    return key if isinstance(key, int | str) and not isinstance(key, bool) else None
