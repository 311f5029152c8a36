"""Verbs that show what is written down: logs, stream, events, log."""

import base64
import sys
from collections.abc import Callable, Iterator
from functools import partial

from orch.cli.client import Row, call, follow, scope
from orch.cli.exits import Failed, UsageError
from orch.cli.render import event_line, print_json, print_json_line
from orch.cli.text import plain
from orch.cli.verbs import JSON, PROJECT, TASK, Argument, Option, flag, verb
from orch.wire.codes import WireError

JSON_LINES = flag(
    "--json", "Print each line as JSON, in the shape of docs/json.md.", dest="as_json"
)
LINES = Option("--lines -n", "How many lines of its end.", kind="int", metavar="N", default=100)
FOLLOW = flag("--follow -f", "Go on as more comes.", dest="on")
RAW = flag("--raw", "The bytes as they were printed, control sequences too.")
_LINE_BYTES = 200


@verb(
    "logs",
    TASK,
    RAW,
    LINES,
    FOLLOW,
    flag("--gate", "The log of the gate that runs, or ran last, of a task, a landing or a branch."),
    Option("--attempt", "Of which attempt; the newest if not given.", kind="int", metavar="N"),
    PROJECT,
    JSON_LINES,
)
def logs(
    *,
    task: str,
    raw: bool,
    lines: int,
    on: bool,
    gate: bool,
    attempt: int | None,
    project: str | None,
    as_json: bool,
) -> None:
    """Show what a task's session has printed, or what its gate said.

    Control sequences are removed, unless you ask for the raw bytes. `--json` prints one object a
    line, also without --follow.
    """
    if raw and as_json:
        raise UsageError("--raw and --json can't go together", then=f"orch logs {task} --json")
    which = {"task": task, "attempt": attempt, "gate": gate, **scope(project)}
    tail, chunk = _tail(which, lines)
    write = _write_json(chunk["source"]) if as_json else partial(_write, raw=raw)
    write(tail, is_open=on and chunk["open"])
    if not on or not chunk["open"]:
        return
    for news in follow("session.follow", offset=chunk["next"], **which):
        more: Row = news["chunk"]
        write(base64.b64decode(more["data"]), is_open=more["open"])
        if not more["open"]:
            return


def _tail(which: Row, lines: int) -> tuple[bytes, Row]:
    """Read from the end until there are enough lines, or nothing is left; and the last piece."""
    wanted = max(0, lines)
    chunk: Row = call("session.logs", offset=-max(1, wanted * _LINE_BYTES), **which)
    data = base64.b64decode(chunk["data"])
    start = chunk["offset"]
    while chunk["next"] < chunk["end"]:
        chunk = call("session.logs", offset=chunk["next"], **which)
        data += base64.b64decode(chunk["data"])
    while start > chunk["first"] and data.count(b"\n") <= wanted:
        back = max(chunk["first"], start - max(1, wanted * _LINE_BYTES))
        earlier: Row = call("session.logs", offset=back, limit=start - back, **which)
        piece = base64.b64decode(earlier["data"])
        if not piece:
            break
        data, start = piece[: start - back] + data, back
    kept = data.splitlines(keepends=True)
    return b"".join(kept[len(kept) - wanted :] if wanted else []), chunk


def _write(data: bytes, *, is_open: bool, raw: bool) -> None:
    del is_open
    if raw:
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    elif data:
        sys.stdout.write(plain(data.decode(errors="replace")))
        sys.stdout.flush()


def _write_json(source: str) -> Callable[..., None]:
    """Make a writer of whole lines; the rest of a line waits for its end."""
    rest = b""

    def write(data: bytes, *, is_open: bool) -> None:
        nonlocal rest
        *lines, rest = (rest + data).split(b"\n")
        if not is_open and rest:
            lines.append(rest)
        for line in lines:
            text = plain(line.decode(errors="replace"))
            print_json_line({"source": source, "worker": None, "text": text})

    return write


@verb("stream", Argument("task", required=False, completes="task"), PROJECT, JSON_LINES)
def stream(*, task: str | None, project: str | None, as_json: bool) -> None:
    """Show what all sessions print, live, each line under its worker's name; or one session's."""
    if task is not None:
        which = {"task": task, "attempt": None, "project": project}
        logs.body(raw=False, lines=10, on=True, gate=False, as_json=as_json, **which)
        return
    from orch.cli.streaming import stream_all

    stream_all(project, as_json=as_json)


@verb(
    "events",
    FOLLOW,
    Option("--after", "Begin behind the event of this number.", kind="int", metavar="SEQ"),
    Option("--task", "Only of this task.", metavar="TASK"),
    Option("--landing", "Only of this landing.", metavar="LANDING"),
    Option("--kind", "Only of this kind.", kind="texts", metavar="KIND"),
    Option(
        "--limit -n", "How many; of the newest, unless --after is given.", kind="int", default=100
    ),
    PROJECT,
    JSON,
)
def events(*, on: bool, limit: int, as_json: bool, kind: tuple[str, ...], **which: object) -> None:
    """Show what happened, oldest first; with --follow, go on and miss nothing.

    `--json` prints one array; together with --follow, one object a line. Each event has a `seq`:
    `--after SEQ` goes on where you left off.
    """
    query = {**which, "kinds": list(kind) or None}
    if on:
        for event in _follow(query, limit):
            if as_json:
                print_json_line(event)
            else:
                print(event_line(event), flush=True)
        return
    found: list[Row] = call("events.list", limit=limit, **query)
    if as_json:
        print_json(found)
        return
    for event in found:
        print(event_line(event))


def _follow(query: Row, limit: int) -> Iterator[Row]:
    """Yield the last events, then each new one; if the daemon ends, say how to go on."""
    after = query.get("after")
    if after is None:
        # The newest one first: what comes between the two questions is then told, not lost.
        newest: list[Row] = call("events.list", limit=1)
        last: list[Row] = call("events.list", limit=limit, **query)
        yield from last
        after = max((event["seq"] for event in (*newest, *last)), default=0)
    try:
        for news in follow("events.follow", **(query | {"after": after})):
            event: Row = news["event"]
            yield event
            after = event["seq"]
    except WireError as error:
        raise Failed(error.message, then=f"orch events -f --after {after}") from error


@verb(
    "log",
    Argument("what", metavar="[N|watch]", required=False),
    flag("--json", "The lines as they are written: JSON.", dest="as_json"),
)
def log(*, what: str | None, as_json: bool) -> None:
    """Show the daemon's own log: its last 50 lines, its last N, or `watch` it."""
    from orch.cli.daemonlog import show_log

    if what not in {None, "watch"} and not str(what).isdecimal():
        raise UsageError(f"{what!r} is no number of lines", then="orch log 100")
    count = int(what) if what and what.isdecimal() else 50
    show_log(count, on=what == "watch", as_json=as_json)
