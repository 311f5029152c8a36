"""The lane's own work for each landing, without a gate: `python -m bench.landing_plumbing`.

`plumbing` is the three git commands that a landing can't do without: `merge-tree`, `commit-tree`
and `update-ref` with the old value. `lander` builds, inspects and pushes one after the other.
`lane` is the whole path of an ungated project: planner, rows in the database, lander, checks.
"""

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

from bench.lane_house import LaneHouse, closed, enqueue
from bench.lane_page import put, table
from bench.lane_work import Mixture, branch, make_target, many_files
from bench.processes import nothing_left
from orch.adapters.hub import open_hub
from orch.adapters.landers.local import LocalLander
from orch.core.landing import Item, ItemState, Person
from orch.core.settings import LandingSettings, ProjectSettings
from orch.ports.lander import Candidate, Pushed
from orch.system.git import Git
from orch.testing.repositories import Repository

PATIENCE_S = 900.0
ROUNDS = 5
AIMS = {"plumbing": 80.0, "lane": 15.0}

ABOUT = """\
A repository of {files:,} files, no gate. `plumbing` is `merge-tree`, `commit-tree` and `update-ref`
alone, in the median of {rounds} rounds; `lander` builds, inspects and pushes to a bare repository,
one after the other; `lane` is the whole path with planner and database. The first sixth of the
former two is not counted: it reads a new copy from the disk.
"""
ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A fresh home and a fresh copy of the target with all branches."""

    house: LaneHouse
    mixture: Mixture

    def item(self, number: int, head: str) -> Item:
        """Make the row of a branch's landing."""
        return Item(
            id=f"l{number}",
            project_id=self.house.project.id,
            target="main",
            source_ref=f"refs/heads/{branch(number)}",
            source_head=head,
            title=f"Change {number}",
            submitted_at=1_700_000_000.0,
            position=number,
            author=Person("Ada", "ada@example.invalid"),
        )


def heads(target: Repository, count: int) -> list[str]:
    """Return the commits of all branches."""
    return target.git("rev-parse", *(branch(number) for number in range(count))).split()


async def plumbing(place: Place) -> float:
    """Merge, commit and move a ref, in the hub; return landings a second, in the median round."""
    git = (await open_hub(place.house.project)).git
    tips = heads(place.house.target, place.mixture.items)
    return median([await _round(git, tips, number=number) for number in range(ROUNDS)])


async def _round(git: Git, tips: list[str], *, number: int) -> float:
    """Land all, on a branch of this round's own."""
    ref = f"refs/orch/bench-{number}"
    tip = await git("rev-parse", "refs/remotes/origin/main")
    await git("update-ref", ref, tip)
    started = 0.0
    for place, head in enumerate(tips):
        if place == warm(tips):
            started = time.perf_counter()
        tree = await git("merge-tree", "--write-tree", tip, head)
        who = {"GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "ada@example.invalid"}
        who |= {"GIT_COMMITTER_NAME": "Ada", "GIT_COMMITTER_EMAIL": "ada@example.invalid"}
        new = await git("commit-tree", tree, "-p", tip, "-m", f"Change {number}.{place}", env=who)
        await git("update-ref", ref, new, tip)
        tip = new
    return (len(tips) - warm(tips)) / (time.perf_counter() - started)


def warm(tips: list[str]) -> int:
    """Return how many landings are not counted: the first read a new copy from the disk."""
    return len(tips) // 6


async def lander(place: Place) -> float:
    """Build, inspect and push each by itself; return landings a second."""
    project, ours = place.house.project, LocalLander()
    tips = heads(place.house.target, place.mixture.items)
    await ours.tip(project, "main")
    started = 0.0
    for number, head in enumerate(tips):
        if number == warm(tips):
            started = time.perf_counter()
        item = place.item(number, head)
        made = await ours.build(project, item, onto=await ours.tip(project, "main"))
        assert isinstance(made, Candidate), made
        assert not await ours.inspect(project, item, candidate=made)
        intent = replace(item, candidate=made.commit, tree=made.tree, expected_old=made.parent)
        pushed = await ours.push(project, intent, follow=True)
        assert isinstance(pushed, Pushed), pushed
    return (len(tips) - warm(tips)) / (time.perf_counter() - started)


async def lane(place: Place) -> float:
    """Let the engine land them all; return landings a second, enqueueing not counted."""
    async with place.house.open() as opened:
        await enqueue(opened.engine, [branch(number) for number in range(place.mixture.items)])
        started = time.perf_counter()
        opened.lander.go.set()
        items = await closed(opened.engine, patience_s=PATIENCE_S)
        took_s = time.perf_counter() - started
        assert all(item.state is ItemState.LANDED for item in items)
        landed = await opened.lander.verify(place.house.project, "main", landed=items)
        assert not landed, landed
    return len(items) / took_s


SUBJECTS: dict[str, Callable[[Place], Awaitable[float]]] = {
    "plumbing": plumbing,
    "lander": lander,
    "lane": lane,
}


def main() -> int:
    """Measure each and print it; the last line is JSON."""
    given = _parser().parse_args()
    files, items = (100, 3) if given.quick else (given.files, given.items)
    mixture = Mixture(items=items)
    rates: dict[str, float] = {}
    with tempfile.TemporaryDirectory(prefix="orch-bench-plumbing-") as folder, nothing_left():
        first = make_target(Path(folder) / "first.git", mixture, files=many_files(files))
        for name in given.only or SUBJECTS:
            root = Path(folder) / name
            root.mkdir()
            first.git("clone", "-q", "--mirror", str(first.path), str(root / "target.git"))
            settings = ProjectSettings(landing=LandingSettings(window=given.window))
            house = LaneHouse(root, Repository(root / "target.git"), settings)
            rates[name] = asyncio.run(_measure(name, Place(house=house, mixture=mixture)))
            aim = f"  (aim: at least {AIMS[name]:.0f})" if name in AIMS else ""
            print(f"{name}: {rates[name]:.1f} landings/s on {files:,} files{aim}", flush=True)
    if not (given.quick or given.only):
        rows = [(name, f"{rate:.1f}", _aim(name, rate)) for name, rate in rates.items()]
        about = ABOUT.format(files=files, rounds=ROUNDS)
        text = f"{about}\n{table(('path', 'landings/s', 'aim'), rows)}"
        put(given.into, "plumbing", title="The lane's own work", text=text)
    print(json.dumps({name: round(rate, 2) for name, rate in rates.items()}))
    return 0


def _aim(name: str, rate: float) -> str:
    if name not in AIMS:
        return ""
    return f"≥ {AIMS[name]:.0f} {'met' if rate >= AIMS[name] else 'MISSED'}"


async def _measure(name: str, place: Place) -> float:
    place.house.home.create()
    await open_hub(place.house.project)
    os.sync()  # What copying has left to be written is not the lane's work.
    return await SUBJECTS[name](place)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.landing_plumbing", description=__doc__)
    parser.add_argument("--files", type=int, default=100_000, help="how many files the target has")
    parser.add_argument("--items", type=int, default=60, help="how many branches are landed")
    parser.add_argument("--window", type=int, default=8, help="landing.window")
    parser.add_argument("--only", nargs="+", choices=SUBJECTS, help="leave out the others")
    parser.add_argument("--into", type=Path, default=ROOT, help="where docs/ is")
    parser.add_argument("--quick", action="store_true", help="see that it works")
    return parser


if __name__ == "__main__":
    sys.exit(main())
