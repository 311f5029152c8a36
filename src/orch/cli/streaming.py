"""Shows several sessions at once, each line under the name of its worker."""

import base64
import contextlib
import selectors
import sys
from dataclasses import dataclass, field

from orch.cli.client import Row, call, connect
from orch.cli.render import print_json_line
from orch.cli.text import one_line, style
from orch.wire.client import Client

_COLOURS = ("cyan", "green", "magenta", "yellow", "blue")


@dataclass(slots=True)
class _Watched:
    """A session that is followed; `rest` is the line that has not ended yet."""

    client: Client
    session: str
    worker: str
    colour: str
    rest: bytes = field(default=b"")


def stream_all(project: str | None, *, as_json: bool) -> None:
    """Follow all sessions at work, and those that begin meanwhile, until interrupted."""
    chosen = selectors.DefaultSelector()
    known: set[str] = set()
    with connect() as events, contextlib.closing(chosen):
        events.send("events.follow", kinds=["SessionStarted"], project=project)
        chosen.register(events, selectors.EVENT_READ)
        _follow_new(chosen, known, project=project)
        while True:
            for key, _ in chosen.select():
                if key.fileobj is events:
                    while events.has_news(0.0):
                        events.receive()
                    _follow_new(chosen, known, project=project)
                elif isinstance(key.data, _Watched):
                    _show(chosen, key.data, as_json=as_json)


def _follow_new(chosen: selectors.BaseSelector, known: set[str], *, project: str | None) -> None:
    rows: list[Row] = call("workers.list", project=project)
    for row in rows:
        if row["session"] and row["session"] not in known:
            client = connect()
            client.send("session.follow", task=row["task"], offset=-1)
            colour = _COLOURS[len(known) % len(_COLOURS)]
            watched = _Watched(client, row["session"], row["worker"], colour)
            known.add(row["session"])
            chosen.register(client, selectors.EVENT_READ, watched)


def _show(chosen: selectors.BaseSelector, watched: _Watched, *, as_json: bool) -> None:
    """Print all that has come of one session; forget it at its end."""
    is_open = True
    while is_open and watched.client.has_news(0.0):
        news = watched.client.receive().get("params")
        if isinstance(news, dict) and "chunk" in news:
            watched.rest += base64.b64decode(news["chunk"]["data"])
        elif isinstance(news, dict):
            is_open = False
    *lines, watched.rest = watched.rest.split(b"\n")
    if not is_open:
        chosen.unregister(watched.client)
        watched.client.close()
        lines.append(watched.rest)
    for line in lines:
        text = one_line(line.decode(errors="replace"))
        if as_json:
            shape = {"source": watched.session, "worker": watched.worker, "text": text}
            print_json_line(shape)
        elif text:
            print(f"{style(watched.worker, watched.colour)} {text}")
    sys.stdout.flush()
