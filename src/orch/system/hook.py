"""The program that agents' hooks start: it notes one line, whatever happens; read by `spool`.

Run as `python -I -S FILE AGENT EVENT [PAYLOAD]`; without PAYLOAD it is on standard input. The
agent waits for its hooks, so this imports next to nothing, prints nothing and always exits with 0.
"""

import os
import sys
import time

SPOOL = "ORCH_SIGNS"
"""The variable that names the session's spool; without it there is nothing to note."""

WHOLE_BYTES = 64 * 1024
"""A longer payload is cut down to what tells something."""
READ_BYTES = 4 * 1024 * 1024
"""A payload that is longer than this is not read to its end; nobody could mean it."""
SPOOL_BYTES = 64 * 1024 * 1024
"""A spool that has grown to this takes no more: an agent that floods fills no disk."""

SILENCE_S = 2.0
POKE_S = 0.2
_TEXT, _FEW, _ITEMS = 2000, 200, 40
_SOCKET_PATH_BYTES = 107
_MATTERS = (
    "session_id",
    "hook_event_name",
    "tool_name",
    "tool_use_id",
    "message",
    "notification_type",
    "last_assistant_message",
    "error",
    "reason",
    "source",
    "cwd",
    "turn_id",
    "prompt_id",
    "type",
    "thread-id",
    "turn-id",
    "last-assistant-message",
)


def main() -> None:
    """Note what this process was started with, poke the daemon, and exit with 0."""
    try:
        _note(sys.argv[1:])
    finally:
        # Whatever went wrong: the agent would take a failure for a veto, and its traceback for
        # an answer. A tidy end of the interpreter would only take time.
        os._exit(0)


def _note(argv: list[str]) -> None:
    agent, event, *rest = argv
    if rest and event == agent:
        # Both who made the command and who made the hook have named the agent.
        event, *rest = rest
    raw, size = _given(rest[-1]) if rest else _read()
    spool = os.environ.get(SPOOL)
    if spool and append(spool, line(agent, event, raw=raw, size=size, at=time.time())):
        _poke()


def _given(payload: str) -> tuple[bytes, int]:
    raw = payload.encode("utf-8", "surrogateescape")
    return raw, len(raw)


def _read() -> tuple[bytes, int]:
    """Read standard input to its end, so that the agent never writes into a closed pipe.

    Only the first `READ_BYTES` are kept. Who writes nothing for `SILENCE_S` is not waited for.
    """
    from select import POLLHUP, POLLIN, poll  # noqa: PLC0415 - a payload on argv needs none of it

    ready, pieces, size = poll(), [], 0
    ready.register(0, POLLIN | POLLHUP)
    until = time.monotonic() + 10 * SILENCE_S
    while time.monotonic() < until and ready.poll(SILENCE_S * 1000):
        piece = os.read(0, 65536)
        if not piece:
            break
        if size < READ_BYTES:
            pieces.append(piece)
        size += len(piece)
    return b"".join(pieces), size


def line(agent: str, event: str, *, raw: bytes, size: int, at: float) -> bytes:
    """Make the line for a payload of `size` bytes, of which `raw` was read.

    A payload of ordinary length is taken as it is, unread: whether it is JSON is for the reader
    to find out, who has more time.
    """
    head = f'{{"at":{at:.6f},"agent":"{_word(agent)}","event":"{_word(event)}"'.encode()
    text = raw.strip()
    if size <= WHOLE_BYTES and text[:1] == b"{" and text[-1:] == b"}":
        # A line end can only stand between the values of JSON, where a blank does as well.
        return head + b',"payload":' + text.replace(b"\n", b" ").replace(b"\r", b" ") + b"}\n"
    return head + _exceptional(text, size) + b"}\n"


def _word(name: str) -> str:
    return "".join(c for c in name if c.isascii() and (c.isalnum() or c in "._-"))[:100]


def _exceptional(text: bytes, size: int) -> bytes:
    import json  # noqa: PLC0415 - it doubles the time of a start, and few payloads need it

    found = None
    if size <= READ_BYTES:
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            found = None
    if isinstance(found, dict):
        cut = json.dumps(_cut(found, depth=3))
        if len(cut) > WHOLE_BYTES:
            cut = json.dumps({k: _cut(found[k], depth=0) for k in _MATTERS if k in found})
        return b',"truncated":true,"payload":' + cut.encode()
    why = "too long" if size > READ_BYTES else "no JSON object"
    said = {"excerpt": text[:_FEW].decode("utf-8", "replace"), "size_bytes": size}
    return f',"malformed":"{why}","payload":{json.dumps(said)}'.encode()


def _cut(value: object, *, depth: int) -> object:
    """Keep the beginning of what is long, and nothing of what lies deep."""
    if isinstance(value, str):
        return value[:_TEXT]
    if isinstance(value, dict) and depth > 0:
        items = list(value.items())[:_ITEMS]
        return {str(k)[:_FEW]: _cut(v, depth=depth - 1) for k, v in items}
    if isinstance(value, list) and depth > 0:
        return [_cut(v, depth=depth - 1) for v in value[:_ITEMS]]
    return value if value is None or isinstance(value, (bool, int, float)) else None


def append(spool: str, data: bytes) -> bool:
    """Append a line by one write; tell whether it was taken whole."""
    # Without blocking: a pipe that stands there instead of a file would hold up the agent.
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOFOLLOW
    number = os.open(spool, flags, 0o600)
    if os.fstat(number).st_size >= SPOOL_BYTES:
        return False
    written = os.write(number, data)
    if 0 < written < len(data):
        os.write(number, b"\n")  # The disk is full: the next line must not continue this one.
    return written == len(data)


def _poke() -> None:
    """Tell the daemon to look; it answers at once, or is not waited for: the spool is the truth.

    The answer is waited for because the daemon has to see who calls while the caller lives.
    """
    from _socket import AF_UNIX, SOCK_STREAM, socket  # noqa: PLC0415 - half the time of `socket`

    client = socket(AF_UNIX, SOCK_STREAM)
    client.settimeout(POKE_S)
    client.connect(_daemon())
    client.sendall(b'{"jsonrpc":"2.0","id":1,"method":"session.hook"}\n')
    client.recv(4096)


def _daemon() -> str:
    """Return where the daemon listens, as `orch.system.paths` lays it out."""
    if named := os.environ.get("ORCH_SOCKET"):
        return named
    # The functions of os.path are imported with os; pathlib would take longer than all the rest.
    root = os.path.abspath(os.path.expanduser(os.environ.get("ORCH_HOME") or "~/.orch"))  # noqa: PTH100, PTH111
    if len(os.fsencode(root + "/run/session-server.sock")) <= _SOCKET_PATH_BYTES:
        return root + "/run/daemon.sock"
    from hashlib import sha256  # noqa: PLC0415 - only a home with a long path needs it

    digest = sha256(os.fsencode(root)).hexdigest()[:12]
    return f"/tmp/orch-{os.getuid()}-{digest}/daemon.sock"  # noqa: S108 - checked by its owner


if __name__ == "__main__":
    main()
