"""The daemon's lease: who may write; on one machine the lock decides, across machines this does."""

import asyncio
import time
from dataclasses import dataclass

import structlog

from orch.ports.errors import Transient
from orch.ports.store import DAEMON_LEASE, FencedError, Lease, Registry

log = structlog.get_logger()

TTL_S = 30.0
_SHORTEST_S = 0.05


@dataclass(slots=True)
class LeaseKeeper:
    """Takes and renews the lease of this home's daemon.

    The holder's name is the host's: the home's lock makes sure that there is one daemon of it, so
    one that follows a killed daemon takes over at once. A daemon of another host waits until the
    lease has run out, and then fences this one by a newer epoch.
    """

    registry: Registry
    holder: str
    ttl_s: float = TTL_S
    epoch: int = 0

    async def acquire(self) -> int:
        """Wait until the lease is ours; return its epoch, which fences every write.

        A lease that nobody has renewed for its whole time has run out, whatever the clocks say:
        the holder's may have been an hour ahead when it died, or this one's been set back.
        """
        seen: Lease | None = None
        while True:
            lease = await self._ask(now=seen.expires_at if seen else None)
            if lease.holder == self.holder:
                self.epoch = lease.epoch
                return lease.epoch
            log.warning("standing by: another daemon holds the lease", holder=lease.holder)
            wait_s = min(max(_SHORTEST_S, lease.expires_at - time.time()), self.ttl_s)
            await asyncio.sleep(wait_s)
            seen = await self._unchanged(lease) if wait_s >= self.ttl_s else None

    async def _unchanged(self, before: Lease) -> Lease | None:
        """Return the lease if it stands as it stood a whole time before; else None."""
        lease = await self._ask()
        return lease if lease == before else None

    async def keep(self) -> None:
        """Renew until cancelled. Raises `FencedError` once another daemon holds the lease."""
        while True:
            await asyncio.sleep(self.ttl_s / 3)
            try:
                lease = await self._ask()
            except Transient as error:
                log.warning("the lease could not be renewed", why=error.reason)
                continue
            if (lease.holder, lease.epoch) != (self.holder, self.epoch):
                raise FencedError

    async def release(self) -> None:
        """Give the lease back, so that nobody has to wait until it has run out."""
        try:
            await self._ask(ttl_s=0.0)
        except Transient as error:
            log.warning("the lease could not be given back", why=error.reason)

    async def _ask(self, *, ttl_s: float | None = None, now: float | None = None) -> Lease:
        return await asyncio.to_thread(
            self.registry.lease,
            DAEMON_LEASE,
            holder=self.holder,
            now=time.time() if now is None else now,
            ttl_s=self.ttl_s if ttl_s is None else ttl_s,
        )
