"""Shows a page again and again: at each event, and often enough that ages stay true."""

import sys
from collections.abc import Callable

from orch.cli.client import connect

_CALM_S = 0.1
_REFRESH_S = 10.0


def watch_status(write: Callable[[], str]) -> None:
    """Draw the page until interrupted; events that come together are one redraw.

    Without a terminal each new page is written below the last one.
    """
    on_terminal = sys.stdout.isatty()
    with connect() as client:
        client.send("events.follow")
        client.receive()
        while True:
            page = write()
            if on_terminal:
                sys.stdout.write("\x1b[H\x1b[2J\x1b[3J")
            sys.stdout.write(page + "\n")
            sys.stdout.flush()
            if client.has_news(_REFRESH_S):
                client.receive()
                while client.has_news(_CALM_S):
                    client.receive()
