"""One connection: lines of requests and replies, until it asks for a stream of frames or news."""

import asyncio
import logging
import time
from collections.abc import Awaitable
from typing import Any, Protocol, cast

import msgspec

from orch.session_server.describe import describe
from orch.session_server.methods import METHODS, Context
from orch.session_server.peers import Peer
from orch.session_server.values import Fact, Refused
from orch.session_server.viewer import Attach, AttachedViewer
from orch.wire.framing import PROTOCOL, BadFrame, FrameReader

log = logging.getLogger(__name__)

_MAX_LINE_BYTES = 64 * 1024 * 1024
_HIGH_WATER_BYTES = 256 * 1024
_FACTS_AT_ONCE = 256


class Request(msgspec.Struct):
    """A line from a client."""

    id: int
    method: str
    params: msgspec.Raw = msgspec.Raw(b"{}")


class Hello(msgspec.Struct):
    """The first request of every connection."""

    protocol: int
    client: str = ""


class Follow(msgspec.Struct):
    """From which cursor on news is wanted; "" from now on."""

    after: str = ""


_parse = msgspec.json.Decoder(Request).decode
_encode = msgspec.json.Encoder().encode


class Registry(Protocol):
    """Who counts the connections."""

    def opened(self, connection: "Connection") -> None:
        """Take note of a new one."""
        ...

    def closed(self, connection: "Connection") -> None:
        """Take note that one is gone."""
        ...


class Connection(asyncio.Protocol):
    """Answers requests in order, but for those that have to wait for something."""

    def __init__(self, context: Context, registry: Registry) -> None:
        self._context, self._registry = context, registry
        self._transport: asyncio.Transport | None = None
        self._peer = Peer(-1, -1)
        self._buffer = bytearray()
        self._greeted = False
        self._writable = True
        self._viewer: AttachedViewer | None = None
        self._frames = FrameReader()
        self._seq: int | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._streams = {"attach": self._attach, "events": self._follow}

    # What the loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Let in whoever is of the same user."""
        self._transport = transport = cast("asyncio.Transport", transport)
        transport.set_write_buffer_limits(high=_HIGH_WATER_BYTES)
        self._registry.opened(self)
        try:
            self._peer = Peer.of(transport.get_extra_info("socket"))
        except OSError:
            log.exception("the kernel does not tell who connected")
        if not self._peer.is_us:
            log.warning("refused a connection of user %s", self._peer.uid)
            transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget everything about it."""
        del exc
        if self._viewer:
            self._viewer.leave()
        self._context.sessions.news.leave(self._tell_news)
        self._registry.closed(self)

    def pause_writing(self) -> None:
        """Note that the other side does not keep up."""
        self._writable = False

    def resume_writing(self) -> None:
        """Go on, for the other side reads again."""
        self._writable = True
        if self._viewer:
            self._viewer.pump()
        if self._seq is not None:
            self._tell_news()

    def data_received(self, data: bytes) -> None:
        """Take lines, or frames once attached; what is neither ends the connection."""
        try:
            if self._viewer is None:
                data = self._take_lines(data)
            if self._viewer is not None and data:
                for received in self._frames.feed(data):
                    self._viewer.take(received)
        except (BadFrame, msgspec.MsgspecError) as error:
            log.warning("closed a connection that speaks something else: %s", error)
            self.finish()

    # What a viewer needs.

    @property
    def is_writable(self) -> bool:
        """Tell whether the other side keeps up."""
        return self._writable

    def send(self, data: bytes) -> None:
        """Send bytes, sooner or later."""
        if self._transport and not self._transport.is_closing():
            self._transport.write(data)

    def finish(self) -> None:
        """Close, once all was sent."""
        if self._transport:
            self._transport.close()

    def hold(self, *, reading: bool) -> None:
        """Stop reading from the other side, or go on."""
        if self._transport and not self._transport.is_closing():
            (self._transport.resume_reading if reading else self._transport.pause_reading)()

    # Requests.

    def _take_lines(self, data: bytes) -> bytes:
        """Meet the requests in `data`; return what comes after one that asks for frames."""
        self._buffer += data
        while (end := self._buffer.find(b"\n")) >= 0:
            line = bytes(self._buffer[:end])
            del self._buffer[: end + 1]
            self._meet(_parse(line))
            if self._viewer is not None:
                rest = bytes(self._buffer)
                self._buffer.clear()
                return rest
        if len(self._buffer) > _MAX_LINE_BYTES:
            raise BadFrame("a line without end")
        return b""

    def _meet(self, request: Request) -> None:
        try:
            result = self._dispatch(request)
        except Refused as refusal:
            self._refuse(request, refusal)
            return
        except msgspec.ValidationError as error:
            self._refuse(request, Refused(f"{request.method}: {error}"))
            return
        except Exception as error:
            # A fault in one answer must not end what others hold on to.
            log.exception("%s failed", request.method)
            self._refuse(request, _bug(request, error))
            return
        if isinstance(result, Awaitable):
            task = asyncio.get_running_loop().create_task(self._wait_for(request, result))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        elif result is not None:
            self._reply(request, result)

    def _dispatch(self, request: Request) -> object:
        if request.method == "hello":
            return self._greet(msgspec.json.decode(request.params, type=Hello))
        if not self._greeted:
            raise Refused("say hello first", remedy="this socket is for orch itself")
        if request.method in self._streams:
            self._streams[request.method](request)
            return None
        method = METHODS.get(request.method)
        if method is None:
            raise Refused(f"no method {request.method}", remedy="orch daemon restart")
        if method.acts:
            self._demand_outsider()
        return method.call(self._context, msgspec.json.decode(request.params, type=method.params))

    def _greet(self, hello: Hello) -> dict[str, Any]:
        if hello.protocol != PROTOCOL:
            raise Refused(
                f"the session server speaks protocol {PROTOCOL}, not {hello.protocol}",
                remedy="orch daemon restart",
            )
        self._greeted = True
        return self._context.identity()

    def _demand_outsider(self) -> None:
        sessions = self._context.sessions
        leaders = {s.record.pid for s in sessions.live if s.record.pid is not None}
        if self._peer.is_inside(leaders, mark=f"{self._context.home.digest}:"):
            raise Refused(
                "a process inside a session may look at sessions, not act on them",
                remedy="ask from outside, or through the daemon",
            )

    def _attach(self, request: Request) -> None:
        wanted = msgspec.json.decode(request.params, type=Attach)
        if not wanted.read_only:
            self._demand_outsider()
        session = self._context.sessions.get(wanted.name)
        self._reply(request, describe(session))
        self._viewer = AttachedViewer(self, session, wanted=wanted)
        self._viewer.start()

    def _follow(self, request: Request) -> None:
        news = self._context.sessions.news
        after = msgspec.json.decode(request.params, type=Follow).after
        self._seq, has_gap = news.place(after)
        self._reply(request, {"cursor": f"{news.epoch}:{self._seq}"})
        if has_gap:
            self._send_fact(Fact(seq=self._seq, session="", kind="gap", at=time.time()))
        news.listen(self._tell_news)
        self._tell_news()

    def _tell_news(self) -> None:
        """Send what is new, as long as the other side keeps up."""
        if self._seq is None:
            return
        fresh = self._context.sessions.news.since(self._seq)
        for fact in fresh[:_FACTS_AT_ONCE]:
            if not self._writable:
                return
            self._send_fact(fact)
            self._seq = fact.seq
        if len(fresh) > _FACTS_AT_ONCE:
            asyncio.get_running_loop().call_soon(self._tell_news)

    def _send_fact(self, fact: Fact) -> None:
        cursor = f"{self._context.sessions.news.epoch}:{fact.seq}"
        told = msgspec.to_builtins(fact) | {"cursor": cursor}
        self.send(_encode({"fact": told}) + b"\n")

    async def _wait_for(self, request: Request, result: Awaitable[object]) -> None:
        try:
            self._reply(request, await result)
        except Refused as refusal:
            self._refuse(request, refusal)
        except Exception as error:
            log.exception("%s failed", request.method)
            self._refuse(request, _bug(request, error))

    def _reply(self, request: Request, result: object) -> None:
        self.send(_encode({"id": request.id, "result": result}) + b"\n")

    def _refuse(self, request: Request, refusal: Refused) -> None:
        error = {
            "reason": refusal.reason,
            "remedy": refusal.remedy,
            "transient": refusal.transient,
        }
        self.send(_encode({"id": request.id, "error": error}) + b"\n")


def _bug(request: Request, error: Exception) -> Refused:
    what = f"{request.method} failed in the session server: {type(error).__name__}: {error}"
    return Refused(what, remedy="see logs/session-server.log")
