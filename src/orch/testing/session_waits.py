"""Wait for what a session host tells: tests look when there is news, and never sleep."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import TypeVar

from orch.ports.session_host import Fact, FactKind, Liveness, SessionHost, SessionState

T = TypeVar("T")

PATIENCE_S = 60.0


async def until(host: SessionHost, look: Callable[[], Awaitable[T | None]]) -> T:
    """Call `look` after every fact, the first of which comes at once, until it returns something.

    Raises `TimeoutError`.
    """
    async with asyncio.timeout(PATIENCE_S), aclosing(follow(host)) as facts:
        async for _ in facts:
            found = await look()
            if found is not None:
                return found
    raise AssertionError("the news came to an end")


async def output(host: SessionHost, name: str, *, contains: bytes) -> bytes:
    """Wait until a session has printed this; return all that it printed."""

    async def look() -> bytes | None:
        page = await host.read(name, offset=0, limit=1024 * 1024)
        return page.data if contains in page.data else None

    return await until(host, look)


async def gone(host: SessionHost, name: str) -> SessionState:
    """Wait until a session is gone."""

    async def look() -> SessionState | None:
        state = await host.probe(name)
        return state if state.liveness is Liveness.GONE else None

    return await until(host, look)


async def next_fact(host: SessionHost, kind: FactKind, *, name: str, after: str = "") -> Fact:
    """Wait for a fact about a session that is newer than a cursor."""
    async with asyncio.timeout(PATIENCE_S), aclosing(follow(host, after=after)) as facts:
        async for fact in facts:
            if fact.kind is kind and fact.session == name:
                return fact
    raise AssertionError("the news came to an end")


async def now(host: SessionHost) -> str:
    """Return a cursor: whatever happens from here on is told to who follows after it."""
    async with asyncio.timeout(PATIENCE_S), aclosing(follow(host)) as facts:
        return (await anext(facts)).cursor


def follow(host: SessionHost, *, after: str = "") -> AsyncGenerator[Fact, None]:
    """Return the host's news as something that can be closed; hosts are asked for no more."""
    return host.events(after=after)
