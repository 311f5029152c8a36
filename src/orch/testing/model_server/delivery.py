"""Carry an answer, or a fault in its place, to the one who asked."""

import asyncio
from collections.abc import Mapping

from orch.testing.model_server.answer import Chunk, Refusal
from orch.testing.model_server.decide import Decided
from orch.testing.model_server.dialect import STATUS, Dialect
from orch.testing.model_server.faults import Fault, FaultKind
from orch.testing.model_server.http import chunked, head, whole
from orch.testing.model_server.record import Book, Recorded

_EVENTS = {
    "content-type": "text/event-stream",
    "cache-control": "no-cache",
    "transfer-encoding": "chunked",
}


class Delivery:
    """One connection's way back; what was sent is noted in the record."""

    def __init__(self, writer: asyncio.StreamWriter, book: Book, *, record: Recorded) -> None:
        self._writer = writer
        self._book = book
        self._record = record

    async def answer(self, dialect: Dialect, decided: Decided, *, stream: bool) -> None:
        """Send an answer, streamed or whole."""
        await asyncio.sleep(decided.step.delay_s)
        if not stream:
            await self.send(200, dialect.whole(decided.answer))
            return
        await self._stream(dialect.stream(decided.answer), pause_s=decided.step.chunk_delay_s)
        await self._end()

    async def fail(self, fault: Fault, dialect: Dialect, *, decided: Decided, stream: bool) -> None:
        """Do what the fault says instead of answering."""
        if fault.kind in STATUS:
            await self.refuse(dialect.refuse(fault))
            return
        if fault.kind in {FaultKind.HANG_MID_STREAM, FaultKind.DROP_MID_STREAM}:
            await self._begin(dialect, decided, stream=stream)
        if fault.kind in {FaultKind.HANG, FaultKind.HANG_MID_STREAM}:
            # The end of the server, or of the one who asked, cancels this.
            await asyncio.Event().wait()
        self._writer.transport.abort()

    async def refuse(self, refusal: Refusal) -> None:
        """Send an error as the protocol words it."""
        await self.send(refusal.status, refusal.body, headers=dict(refusal.headers))

    async def send(
        self, status: int, body: object, *, headers: Mapping[str, str] | None = None
    ) -> None:
        """Send an answer of JSON."""
        # Noted before it is sent: who has read the answer may look at the record at once.
        self._book.note(self._record, status=status, finished=True)
        self._writer.write(whole(status, body, headers=headers))
        await self._writer.drain()

    async def _begin(self, dialect: Dialect, decided: Decided, *, stream: bool) -> None:
        """Send the first words of an answer and no more."""
        if stream:
            await self._stream(_beginning(dialect.stream(decided.answer)), pause_s=0)
            return
        self._book.note(self._record, status=200)
        data = whole(200, dialect.whole(decided.answer))
        self._writer.write(data[:-20])
        await self._writer.drain()

    async def _stream(self, chunks: list[Chunk], *, pause_s: float) -> None:
        self._book.note(self._record, status=200)
        self._writer.write(head(200, _EVENTS))
        for chunk in chunks:
            self._writer.write(chunked(chunk.data))
            await self._writer.drain()
            if pause_s:
                await asyncio.sleep(pause_s)

    async def _end(self) -> None:
        self._book.note(self._record, finished=True)
        self._writer.write(chunked(b""))
        await self._writer.drain()


def _beginning(chunks: list[Chunk]) -> list[Chunk]:
    """Cut a stream behind its first words, so that no item of it is complete."""
    first = next((index for index, chunk in enumerate(chunks) if chunk.content), 0)
    return chunks[: first + 1]
