"""What the lane is given to land: branches, some of them planted to fail, the same for each arm."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from orch.testing.repositories import Repository, make_bare

SPREAD = 7919
"""A prime: branches change files that are far from each other."""


class Fate(StrEnum):
    """What becomes of a branch, whatever the lane does: that was planted in it."""

    GOOD = "good"
    RED = "red"
    CLASH = "clash"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mixture:
    """How many branches there are, and which share of them fails the gate, or does not merge."""

    items: int
    red: float = 0.0
    clash: float = 0.0
    seed: int = 0

    def fates(self) -> list[Fate]:
        """Deal out the fates; the first branch is good, for a clash needs somebody to clash with.

        The counts are those of the shares, so that two mixtures of one seed compare.
        """
        red, clash = round(self.items * self.red), round(self.items * self.clash)
        rest = [Fate.GOOD] * (self.items - 1 - red - clash)
        dealt = [Fate.RED] * red + [Fate.CLASH] * clash + rest
        random.Random(self.seed).shuffle(dealt)  # noqa: S311 - it deals the same each time
        return [Fate.GOOD, *dealt]


def branch(number: int) -> str:
    """Name a branch."""
    return f"change-{number}"


def make_target(path: Path, mixture: Mixture, *, files: dict[str, str]) -> Repository:
    """Make a bare repository whose `main` holds these files, with all branches begun there."""
    bare = make_bare(path)
    bare.git("fast-import", "--quiet", stdin="".join(_stream(mixture, files)))
    return bare


def _stream(mixture: Mixture, files: dict[str, str]) -> Iterator[str]:
    yield _commit("main", "Begin")
    yield from (_file(name, text) for name, text in files.items())
    good = 0
    for number, fate in enumerate(mixture.fates()):
        yield _commit(branch(number), f"Change {number}") + "from refs/heads/main\n"
        yield _file(f"work/{number}.txt", f"This is the work of branch {number}.\n")
        if fate is Fate.RED:
            yield _file(f"broken-{number}", "It does not work.\n")
        if fate is Fate.CLASH:
            # The last good one before it has added this very file, with other words.
            yield _file(f"work/{good}.txt", f"This is what {number} makes of it.\n")
        good = number if fate is Fate.GOOD else good


def _commit(name: str, message: str) -> str:
    who = "committer Ada <ada@example.invalid> 1700000000 +0000"
    return f"commit refs/heads/{name}\n{who}\ndata {len(message)}\n{message}\n"


def _file(name: str, text: str) -> str:
    return f"M 100644 inline {name}\ndata {len(text.encode())}\n{text}\n"


def many_files(count: int) -> dict[str, str]:
    """Name so many small files, a hundred in a folder."""
    return {
        f"src/part{number // 100}/file{number}.txt": f"file {number}\n" for number in range(count)
    }
