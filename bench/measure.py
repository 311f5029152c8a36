"""How things are measured: several runs each, taken in turns with what they are compared to."""

import gc
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

Subject = Callable[[], float]
"""Does one run and returns its value: seconds, a rate, a count."""

RUNS = 5
"""The fewest runs of which a median is taken."""


@dataclass(frozen=True, slots=True)
class Series:
    """The values of several runs, in the order in which they were taken."""

    values: tuple[float, ...]

    @property
    def median(self) -> float:
        """The value that counts."""
        return median(self.values)

    @property
    def low(self) -> float:
        """The smallest value."""
        return min(self.values)

    @property
    def high(self) -> float:
        """The largest value."""
        return max(self.values)

    def scaled(self, factor: float) -> "Series":
        """Give the same values in another unit."""
        return Series(tuple(value * factor for value in self.values))


def repeat(subject: Subject, *, runs: int) -> Series:
    """Measure one thing alone, after one run that does not count."""
    return take_turns({"": subject}, runs=runs)[""]


def take_turns(
    subjects: Mapping[str, Subject], *, runs: int, warm_up: bool = True
) -> dict[str, Series]:
    """Measure several things in turns: A B A B and so on, after one round that does not count.

    Whatever slows the machine down for a while then slows all of them, and a ratio taken pair by
    pair stays fair. Python's own garbage collection waits meanwhile.
    """
    if warm_up:
        for subject in subjects.values():
            subject()
    values: dict[str, list[float]] = {name: [] for name in subjects}
    gc.collect()
    gc.disable()
    try:
        for _ in range(runs):
            for name, subject in subjects.items():
                values[name].append(subject())
    finally:
        gc.enable()
    return {name: Series(tuple(found)) for name, found in values.items()}


def ratio(of: Series, against: Series) -> float:
    """Divide pair by pair, run by run, and take the median; what was a count of 0 gives 0."""
    pairs: Sequence[tuple[float, float]] = list(zip(of.values, against.values, strict=True))
    return median(one / other if other else 0.0 for one, other in pairs)
