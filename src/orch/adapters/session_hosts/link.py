"""A connection to the session server: requests and replies by number, in one line each."""

import asyncio
import itertools
from collections.abc import AsyncGenerator
from contextlib import suppress
from typing import Any, TypeVar

import msgspec

from orch.adapters.session_hosts.starting import start_server
from orch.ports.errors import Permanent, Transient
from orch.system.paths import Home

T = TypeVar("T")

_PROTOCOL = 1
_LINE_BYTES = 64 * 1024 * 1024
_NOTHING = msgspec.Raw(b"null")


class _Error(msgspec.Struct):
    reason: str
    remedy: str = ""
    transient: bool = False


class _Line(msgspec.Struct):
    id: int = 0
    result: msgspec.Raw = _NOTHING
    error: _Error | None = None
    fact: msgspec.Raw = _NOTHING


class Broken(Transient):
    """The connection was lost before the reply came: whether the order was carried out is open."""


_parse = msgspec.json.Decoder(_Line).decode


class Link:
    """One connection, greeted. Many requests may be under way at once."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[_Line]] = {}
        self._listening: asyncio.Task[None] | None = None
        self.server: dict[str, Any] = {}

    @classmethod
    async def open(cls, home: Home) -> "Link":
        """Connect to the server of a home, which is started if there is none.

        Raises `Transient` if it can't be had, `Permanent` if it speaks another protocol.
        """
        try:
            return await cls._connect(home)
        except (OSError, Broken):
            # Nobody there, or somebody who was just leaving.
            await start_server(home)
        try:
            return await cls._connect(home)
        except OSError as error:
            why = error.strerror or str(error)
            raise Transient(f"the session server does not answer: {why}") from error

    @classmethod
    async def _connect(cls, home: Home) -> "Link":
        path = str(home.session_socket)
        link = cls(*await asyncio.open_unix_connection(path, limit=_LINE_BYTES))
        link._listening = asyncio.create_task(link._listen())
        try:
            hello = {"protocol": _PROTOCOL, "client": "orch daemon"}
            link.server = await link.call("hello", hello, reply=dict[str, Any])
        except BaseException:
            await link.close()
            raise
        return link

    @property
    def is_open(self) -> bool:
        """Tell whether the server is still there."""
        return self._listening is not None and not self._listening.done()

    async def call(self, method: str, params: object, *, reply: type[T]) -> T:
        """Ask and wait for the answer. Raises `Permanent`, `Transient` and `Broken`."""
        number = next(self._numbers)
        answer = self._waiting[number] = asyncio.get_running_loop().create_future()
        try:
            self._send(method, params, number=number)
            with suppress(ConnectionError):
                await self._writer.drain()
            line = await answer
        finally:
            self._waiting.pop(number, None)
        if line.error is not None:
            raise _failure(line.error)
        return msgspec.json.decode(line.result, type=reply)

    async def follow(self, params: object, kind: type[T]) -> AsyncGenerator[T, None]:
        """Ask for news and yield them; the connection serves nothing else from then on.

        Raises `Transient` when the server goes away.
        """
        await self._stop_listening()
        with suppress(ConnectionError):
            self._send("events", params, number=next(self._numbers))
            while line := await self._line():
                if line.error is not None:
                    raise _failure(line.error)
                if bytes(line.fact) != b"null":
                    yield msgspec.json.decode(line.fact, type=kind)
        raise Broken("the session server went away")

    async def close(self) -> None:
        """Hang up."""
        await self._stop_listening()
        self._writer.close()
        with suppress(OSError):
            await self._writer.wait_closed()

    def _send(self, method: str, params: object, *, number: int) -> None:
        request = {"id": number, "method": method, "params": params}
        if self._writer.is_closing():
            raise Broken("the session server went away")
        self._writer.write(msgspec.json.encode(request) + b"\n")

    async def _listen(self) -> None:
        try:
            with suppress(ConnectionError):
                while line := await self._line():
                    answer = self._waiting.get(line.id)
                    if answer is not None and not answer.done():
                        answer.set_result(line)
            self._writer.close()
        finally:
            for answer in self._waiting.values():
                if not answer.done():
                    answer.set_exception(Broken("the session server went away"))

    async def _line(self) -> _Line | None:
        """Read a line; None at the end, for which a server that dies may cut a line short."""
        text = await self._reader.readline()
        return _parse(text) if text.endswith(b"\n") else None

    async def _stop_listening(self) -> None:
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.wait({self._listening})


def _failure(error: _Error) -> Exception:
    if error.transient:
        return Transient(error.reason)
    return Permanent(error.reason, remedy=error.remedy)
