"""Makes a method of a function, and checks what a caller sent before it runs."""

import difflib
import inspect
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import msgspec

from orch.daemon.call import Call
from orch.daemon.rights import Role
from orch.wire.codes import Code, WireError, invalid
from orch.wire.openrpc import Description, parameter_names

Body = Callable[[Call, Any], Awaitable[object]]
"""What a method does: its parameters are a dataclass, its answer is a shape."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Method(Description):
    """A method of the wire: what it is, who may call it, and what it does.

    One that `waits` only waits for news, so it ends when its caller hangs up.
    """

    least: Role
    body: Body
    waits: bool = False

    async def __call__(self, call: Call, params: dict[str, object]) -> object:
        """Check the caller's rights and the parameters, then run it. Raises `WireError`."""
        if call.caller.role < self.least:
            raise WireError(
                Code.FORBIDDEN,
                f"{self.name} is for a {self.least.word}; this is called from within "
                f"session {call.caller.session or '(unknown)'}",
                next="ask the person who leads this session",
            )
        return await self.body(call, self.read(params))

    def read(self, params: dict[str, object]) -> object:
        """Make the parameters' value. Raises `WireError` naming the one that is wrong."""
        known = parameter_names(self.params)
        for name in params:
            if name not in known:
                raise invalid(f"{self.name} takes no parameter {name!r}{_nearest(name, known)}")
        try:
            return msgspec.convert(params, self.params)
        except msgspec.ValidationError as error:
            raise invalid(f"{self.name}: {_plain(error)}") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """The answer of a subscribing method: a first result, then news until the caller hangs up.

    Each notification carries the subscription's name, and a piece of news under `noun`.
    """

    seq: int
    news: AsyncIterator[object]
    noun: str = "event"


def method(
    name: str, least: Role, *, sends: tuple[type, type] | None = None, waits: bool = False
) -> Callable[[Body], Method]:
    """Make a method of a function whose annotations name its parameters and its result.

    The first line of its docstring is the summary of the OpenRPC document. A method that answers
    with a `Stream` `sends` a first result and then news, of these types. One that `waits` ends
    when its caller hangs up.
    """

    def make(body: Body) -> Method:
        hints = inspect.get_annotations(body)
        _, params, *_ = hints.values()
        return Method(
            name=name,
            summary=inspect.getdoc(body) or "",
            role=least.word,
            params=params,
            result=sends[0] if sends else hints["return"],
            news=sends[1] if sends else None,
            least=least,
            body=body,
            waits=waits,
        )

    return make


def methods_of(module: ModuleType) -> list[Method]:
    """List the methods that a module defines."""
    return [value for value in vars(module).values() if isinstance(value, Method)]


def _nearest(name: str, known: tuple[str, ...]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    if close:
        return f"; did you mean {close[0]!r}?"
    return f"; it takes {', '.join(known)}" if known else ""


def _plain(error: msgspec.ValidationError) -> str:
    """Turn "Expected `int`, got `str` - at `$.priority`" into a sentence about a parameter."""
    what, _, where = str(error).partition(" - at `$.")
    return f"{where.rstrip('`')}: {what}" if where else what
