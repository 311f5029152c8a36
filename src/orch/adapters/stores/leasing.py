"""The rule by which leases change hands; every store asks it inside its own transaction."""

from dataclasses import replace

from orch.ports.store import Lease


def next_lease(current: Lease | None, wanted: Lease, *, now: float) -> Lease:
    """Decide who holds the lease after `wanted.holder` asked for it; `wanted.epoch` is ignored.

    The holder renews and keeps the epoch, even late, if nobody came in between. Another gets
    the lease only once it has run out, and then the epoch grows: the old holder is fenced.
    """
    if current is None:
        return replace(wanted, epoch=1)
    if current.holder == wanted.holder:
        return replace(wanted, epoch=current.epoch)
    if current.expires_at <= now:
        return replace(wanted, epoch=current.epoch + 1)
    return current
