"""A call of a method: the running daemon, and who asks it for something."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ParamSpec, TypeVar

from orch.daemon.context import Context, Serving
from orch.daemon.rights import Caller
from orch.ports.store import Store

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Call:
    """What every method gets beside its parameters."""

    context: Context
    caller: Caller

    @property
    def actor(self) -> str:
        """Return what the history says of the caller."""
        return self.caller.actor

    @property
    def engine(self) -> Serving:
        """Return the engine."""
        return self.context.engine

    @property
    def store(self) -> Store:
        """Return the store; its reads block, so they go through `read`."""
        return self.context.engine.store

    async def read(self, query: Callable[P, T], *given: P.args, **named: P.kwargs) -> T:
        """Run a read of the store, which blocks, in a thread."""
        return await self.context.read(query, *given, **named)

    def now(self) -> float:
        """Return the seconds since the epoch."""
        return self.context.now()
