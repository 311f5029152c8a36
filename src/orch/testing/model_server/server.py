"""A model's service on 127.0.0.1 that follows scripts and fails on order."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from types import TracebackType
from typing import Self

from orch.testing.model_server.desk import Desk
from orch.testing.model_server.faults import Fault, FaultBudget, FaultKind
from orch.testing.model_server.http import BadRequest, read_request, whole
from orch.testing.model_server.record import Book, Recorded
from orch.testing.model_server.script import Script

WAIT_S = 60.0
"""How long waits for a request take at most unless they say otherwise."""


class ModelServer:
    """Serves while it is entered; what it saw can be read afterwards too.

    Scripts have names, which requests give in their URL (`url(name)`), as their model, or as
    `script:NAME` in their first message; an unknown name is a 404. Everything public but `url`
    before the start may be called from any thread. Outside asyncio: `serve_in_thread`.
    """

    def __init__(
        self, scripts: Mapping[str, Script], faults: Iterable[Fault] = (), *, port: int = 0
    ) -> None:
        self._scripts = dict(scripts)
        self._faults = FaultBudget(tuple(faults))
        self._book = Book()
        self._desk = Desk(self._scripts, self._faults, book=self._book)
        self._port = port
        self._server: asyncio.Server | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._connections: set[asyncio.Task[None]] = set()

    @property
    def requests(self) -> list[Recorded]:
        """List all requests, in the order in which they came."""
        return list(self._book.requests)

    @property
    def fired(self) -> list[FaultKind]:
        """List the faults that fired, in order."""
        return [one.fault for one in self.requests if one.fault is not None]

    @property
    def errors(self) -> list[str]:
        """List what was wrong with requests: unknown scripts and paths, tools that are missing."""
        return [one.error for one in self.requests if one.error]

    def steps(self, script: str) -> list[int]:
        """List the steps of a script in the order in which they were answered in full."""
        return [
            one.step
            for one in self.requests
            if one.script == script and one.step is not None and one.finished and not one.fault
        ]

    def url(self, script: str | None = None) -> str:
        """Give the base address, of one script or of all; without a slash and without `/v1`."""
        base = f"http://127.0.0.1:{self._port}"
        return base if script is None else f"{base}/s/{script}"

    def add_script(self, name: str, script: Script) -> None:
        """Add or replace a script."""
        self._scripts[name] = script

    def add_fault(self, fault: Fault) -> None:
        """Add a fault with a budget of its own."""
        self._faults.add(fault)

    def release(self, gate: str) -> None:
        """Let the answers go that are held at this gate, and all that come to it later."""
        assert self._loop is not None, "the server has not been started"
        self._loop.call_soon_threadsafe(self._desk.release, gate)

    def wait_for(
        self, wanted: Callable[[Recorded], bool], *, timeout_s: float = WAIT_S
    ) -> Recorded:
        """Block until a request is as wanted; TimeoutError, with all that came, if none is."""
        return self._book.wait(wanted, timeout_s=timeout_s)

    async def until(
        self, wanted: Callable[[Recorded], bool], *, timeout_s: float = WAIT_S
    ) -> Recorded:
        """Do the same as `wait_for` without blocking the loop."""
        return await asyncio.to_thread(self._book.wait, wanted, timeout_s=timeout_s)

    def tell(self) -> str:
        """Tell all that came, a line each: for the message of a test that fails."""
        return self._book.tell()

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._server is not None
        self._server.close()
        # Answers that hang or are held end with the server.
        await _stop(*self._connections)
        await self._server.wait_closed()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(reader, writer))
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._answer(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        except BaseException:
            writer.transport.abort()
            raise
        finally:
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request = await read_request(reader)
        except BadRequest as error:
            writer.write(whole(400, {"error": {"message": str(error)}}))
            await writer.drain()
            return
        if request is None:
            return
        reply = asyncio.create_task(self._desk.reply(request, writer))
        # One who has gone away waits for nothing any more.
        gone = asyncio.create_task(reader.read())
        try:
            await asyncio.wait({reply, gone}, return_when=asyncio.FIRST_COMPLETED)
            if reply.done():
                await reply
        finally:
            await _stop(reply, gone)


async def _stop(*tasks: asyncio.Task[None] | asyncio.Task[bytes]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
