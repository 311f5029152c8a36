"""What a benchmark is, and what it is given to work with."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench.figure import Figure
from bench.measure import RUNS


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run of one benchmark: a folder of its own, how thorough to be, and where to tell.

    `figure` takes what was measured, `say` shows progress, `note` tells the reader of the page
    what was so in this run, `leave_out` what could not be measured here, and why.
    """

    folder: Path
    quick: bool
    full: bool
    figure: Callable[[Figure], None]
    say: Callable[[str], None]
    note: Callable[[str], None]
    leave_out: Callable[[str, str], None]

    @property
    def runs(self) -> int:
        """How many runs a median is taken of."""
        return 2 if self.quick else RUNS

    def amount(self, normal: int, *, quick: int) -> int:
        """Choose how much work one run does."""
        return quick if self.quick else normal


@dataclass(frozen=True, slots=True, kw_only=True)
class Benchmark:
    """A page's section: its title, how it is measured (for the reader), and the code that does."""

    title: str
    about: str
    measure: Callable[[Run], None]


class Unmeasurable(Exception):
    """Something that the benchmark needs is not on this machine."""
