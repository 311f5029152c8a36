"""One client's connection: requests run side by side, answers and news go out line by line."""

import asyncio
import contextlib
from collections.abc import Mapping

from orch.core.audit import Command
from orch.daemon.auditing import changes
from orch.daemon.call import Call
from orch.daemon.context import Context
from orch.daemon.failures import as_wire_error
from orch.daemon.methods.table import Method, Stream
from orch.daemon.rights import Caller
from orch.wire.codec import LINE_BYTES, decode_request, encode, request_id
from orch.wire.codes import Code, WireError
from orch.wire.messages import Failure, Notification, Request, Result

PATIENCE_S = 10.0
"""How long a request may go on after its client has hung up."""


class Connection:
    """Serves one caller until it hangs up; what still runs for it is then cancelled."""

    def __init__(self, context: Context, methods: Mapping[str, Method], *, caller: Caller) -> None:
        """Take what is served, and to whom."""
        self._context = context
        self._methods = methods
        self._caller = caller
        self._running: set[asyncio.Task[None]] = set()
        self._waiting: set[asyncio.Task[None]] = set()
        self._serial = 0
        self._sending = asyncio.Lock()

    async def run(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Read requests until the end of the stream, and answer each one."""
        try:
            while line := await self._line(reader, writer):
                self._spawn(line, writer)
        except ConnectionError:
            pass  # The client went away; nobody is left to tell.
        finally:
            await self._end()

    async def _line(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        try:
            return await reader.readline()
        except ValueError:
            message = f"a request may have at most {LINE_BYTES:,} bytes"
            error = WireError(Code.PARSE, message)
            await self._send(Failure(id=None, error=error), writer)
            return b""

    def _spawn(self, line: bytes, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(line, writer))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _serve(self, line: bytes, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            try:
                request = decode_request(line)
            except WireError as error:
                await self._send(Failure(id=request_id(line), error=error), writer)
                return
            await self._answer(request, writer)

    async def _answer(self, request: Request, writer: asyncio.StreamWriter) -> None:
        try:
            value = await self._call(request)
        except WireError as error:
            await self._reply(Failure(id=request.id, error=error), writer)
            return
        if isinstance(value, Stream):
            await self._stream(request, value, writer=writer)
        else:
            await self._reply(Result(id=request.id, value=value), writer)

    async def _reply(self, answer: Result | Failure, writer: asyncio.StreamWriter) -> None:
        if answer.id is not None:
            await self._send(answer, writer)

    async def _stream(
        self, request: Request, stream: Stream, *, writer: asyncio.StreamWriter
    ) -> None:
        self._now_waiting()
        name = f"s{self._next()}"
        first = {"subscription": name, "seq": stream.seq}
        await self._reply(Result(id=request.id, value=first), writer)
        method = f"{request.method}.news"
        ending: dict[str, object] = {"subscription": name, "ended": True}
        try:
            # A client that reads slowly holds up the daemon's memory by one piece only.
            async for piece in stream.news:
                news = {"subscription": name, stream.noun: piece}
                await self._send(Notification(method=method, params=news), writer)
        except ConnectionError:
            raise
        except Exception as error:  # noqa: BLE001 - the edge, see `_call`
            ending["error"] = self._as_wire_error(error, request).as_object()
        await self._send(Notification(method=method, params=ending), writer)

    async def _call(self, request: Request) -> object:
        found = self._methods.get(request.method)
        if found is None:
            raise WireError(Code.METHOD, f"there is no method {request.method!r}")
        if found.waits:
            self._now_waiting()
        if not changes(found.name, request.params):
            return await self._run(found, request)
        outcome = "interrupted"
        try:
            value = await self._run(found, request)
            outcome = "ok"
        except WireError as error:
            outcome = error.code.word
            raise
        finally:
            # Before the answer: who was told that something is done finds it written down.
            await self._write_down(request, outcome)
        return value

    async def _write_down(self, request: Request, outcome: str) -> None:
        command = Command(
            at=self._context.now(),
            actor=self._caller.actor,
            pid=self._caller.pid,
            method=request.method,
            params=request.params,
            outcome=outcome,
        )
        await self._context.audit.note(command)

    async def _run(self, found: Method, request: Request) -> object:
        try:
            return await found(Call(self._context, self._caller), request.params)
        except WireError:
            raise
        except Exception as error:
            raise self._as_wire_error(error, request) from error

    def _as_wire_error(self, error: Exception, request: Request) -> WireError:
        return as_wire_error(error, method=request.method, home=self._context.home)

    async def _send(
        self, message: Result | Failure | Notification, writer: asyncio.StreamWriter
    ) -> None:
        async with self._sending:
            writer.write(encode(message))
            await writer.drain()

    async def _end(self) -> None:
        """Drop what only waits for news; let what changes something come to its end."""
        for task in self._waiting & self._running:
            task.cancel()
        if self._running:
            await asyncio.wait(set(self._running), timeout=PATIENCE_S)
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    def _now_waiting(self) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._waiting.add(task)
            task.add_done_callback(self._waiting.discard)

    def _next(self) -> int:
        self._serial += 1
        return self._serial
