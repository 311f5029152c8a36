"""What a store says when it refuses a batch; one wording for all databases."""

from collections.abc import Iterable, Mapping

from orch.ports.errors import Permanent
from orch.ports.store import Batch, FencedError, VersionConflictError


class RowRefused(Permanent):
    """A constraint of the database refused a row."""


def version_conflict(row: str, *, found: int, new: int) -> VersionConflictError:
    """Tell that a row does not stand where the writer believed; 0 is a row that is not there."""
    stands = f"is at version {found}" if found else "does not exist"
    return VersionConflictError(
        f"{row} {stands}, so version {new} does not follow; nothing was written"
    )


def check_epoch(batch: Batch, found: int | None) -> None:
    """Raise `FencedError` unless the batch's epoch is the one `found` at its lease."""
    if batch.epoch in {None, found}:
        return
    holds = "nobody holds it" if found is None else f"it is at epoch {found}"
    raise FencedError(
        f"the lease {batch.lease!r} is not at epoch {batch.epoch}: {holds}; nothing was written"
    )


def worker_taken(worker: str) -> Permanent:
    """Tell that another attempt has this worker's name."""
    return Permanent(
        f"the worker name {worker!r} is taken by another attempt; nothing was written",
        remedy="Choose another name for the worker.",
    )


def check_versions(
    what: str, *, stored: Mapping[str, int], written: Iterable[tuple[str, int]]
) -> None:
    """Raise `VersionConflictError` unless each version follows the one before.

    `stored` holds the versions of the rows that are there, `written` those to be written, in
    their order; both go by id.
    """
    stands = dict(stored)
    for row, version in written:
        found = stands.get(row, 0)
        if found != version - 1:
            raise version_conflict(f"{what} {row}", found=found, new=version)
        stands[row] = version
