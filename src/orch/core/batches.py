"""Which changes of a chain share a run of the gate: each batch is asked by its last."""

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet

from orch.core.landing import Item


class Batches:
    """Puts undecided items into batches as they come along the chain.

    A batch is full with `size` items, or when the gate of its last runs already. Items of a batch
    that failed share with as many as they still may, and only with such.
    """

    def __init__(self, size: int, running: AbstractSet[str | None]) -> None:
        self._size, self._running = size, running
        self._open: list[Item] = []
        self._full: list[Item] = []

    def join(self, item: Item) -> None:
        """Put an item into the open batch, or begin one with it."""
        self._open = [*self.mates(item), item]
        if item.candidate in self._running or len(self._open) == self._share(item):
            self._close()

    def mates(self, item: Item) -> list[Item]:
        """Return who is gated with an item: the open batch, if it is to be as large."""
        if self._open and self._share(self._open[-1]) != self._share(item):
            self._close()
        return self._open

    def leave(self) -> None:
        """Take the open batch apart."""
        self._open = []

    def forget(self) -> None:
        """Begin anew behind an item that proves all of them."""
        self._open, self._full = [], []

    def asked(self, *, settled: bool) -> list[Item]:
        """Return the items to be gated; `settled` says that nothing comes to fill the open one."""
        return self._full + (self._open[-1:] if settled else [])

    def _close(self) -> None:
        self._full += self._open[-1:]
        self._open = []

    def _share(self, item: Item) -> int:
        return min(self._size, item.share or self._size)


def find_under_way(items: Sequence[Item], *, asked: AbstractSet[str]) -> frozenset[str | None]:
    """Name the candidates whose gates run, or have run, and those that such a one covers."""
    found: set[str | None] = {*asked}
    for item in reversed(items):
        if item.candidate in found:
            found.add(item.expected_old)
    return frozenset(found)


def find_mates(
    items: Iterable[Item], *, running: AbstractSet[str], asked: AbstractSet[str]
) -> dict[str, tuple[Item, ...]]:
    """Name, by an item's id, all that the gate is asked for which runs for it, the asked one last.

    `running` are the candidates whose gates run, `asked` those of which a gate has said something:
    each of them ends a batch.
    """
    by_candidate = {item.candidate: item for item in items if item.candidate is not None}
    found: dict[str, tuple[Item, ...]] = {}
    for last in by_candidate.values():
        if last.candidate not in running:
            continue
        mates = [last]
        while (mate := by_candidate.get(mates[0].expected_old or "")) is not None:
            if mate.candidate in running | asked:
                break
            mates.insert(0, mate)
        found |= {item.id: tuple(mates) for item in mates}
    return found
