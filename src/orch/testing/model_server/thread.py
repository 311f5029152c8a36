"""A model server for tests that are not asynchronous: in a thread of its own."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from threading import Event, Thread

from orch.testing.model_server.faults import Fault
from orch.testing.model_server.script import Script
from orch.testing.model_server.server import ModelServer


@contextmanager
def serve_in_thread(
    scripts: Mapping[str, Script], faults: Iterable[Fault] = ()
) -> Iterator[ModelServer]:
    """Serve as long as the block lasts; the server's methods may be called from here."""
    server = ModelServer(scripts, faults)
    started = Event()
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()

    async def serve() -> None:
        async with server:
            started.set()
            await stop.wait()

    def run() -> None:
        try:
            loop.run_until_complete(serve())
        finally:
            loop.close()
            started.set()

    thread = Thread(target=run, name="model-server", daemon=True)
    thread.start()
    started.wait()
    try:
        yield server
    finally:
        if not loop.is_closed():
            loop.call_soon_threadsafe(stop.set)
        thread.join()
