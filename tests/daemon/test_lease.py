"""The daemon's lease: one writer, also where clocks are wrong."""

import time

import pytest

from orch.adapters.stores.memory import MemoryStore
from orch.daemon.lease import LeaseKeeper
from orch.ports.store import DAEMON_LEASE, FencedError

SHORT_S = 0.2


def keeper(store: MemoryStore, holder: str) -> LeaseKeeper:
    """Make a keeper that has not much time."""
    return LeaseKeeper(store, holder=holder, ttl_s=SHORT_S)


async def test_the_same_host_takes_over_at_once() -> None:
    """Its lock made sure that the one before is dead; the epoch stays."""
    store = MemoryStore()
    first = await LeaseKeeper(store, holder="here", ttl_s=3600).acquire()
    assert await LeaseKeeper(store, holder="here", ttl_s=3600).acquire() == first


async def test_who_is_replaced_is_told() -> None:
    """By the next renewal at the latest."""
    store = MemoryStore()
    first = keeper(store, "here")
    await first.acquire()
    assert await keeper(store, "there").acquire() == 2
    with pytest.raises(FencedError):
        await first.keep()


async def test_a_holder_whose_clock_was_ahead_is_outwaited_not_believed() -> None:
    """It died with a lease until the next hour: nobody stands by so long."""
    store = MemoryStore()
    store.lease(DAEMON_LEASE, holder="here", now=time.time() + 3600, ttl_s=SHORT_S)
    assert await keeper(store, "there").acquire() == 2


async def test_a_clock_that_is_set_takes_no_lease_from_its_holder() -> None:
    """Renewed with the time an hour back, it is held as before; and forward again."""
    store = MemoryStore()
    for hours in (0, -1, 1):
        now = time.time() + hours * 3600
        held = store.lease(DAEMON_LEASE, holder="here", now=now, ttl_s=3600)
        assert (held.holder, held.epoch) == ("here", 1)
