"""What is in the way of a landing is tried at once when touched, else ever more rarely."""

import os
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from orch.core.landing import Item, ItemState
from orch.core.project import Project
from orch.engine.obstacle import Blocked, Obstacle
from orch.ports.lander import PushOutcome, Waiting
from orch.ports.store import EventQuery
from orch.testing.fake_lander import FakeLander
from orch.testing.simulate import World
from tests.engine.test_landings import land

TRIES = 9


@pytest.fixture
def blocked(tmp_path: Path) -> Blocked:
    """Give a checkout with a file in the way."""
    (tmp_path / "a.txt").write_text("mine", encoding="utf-8")
    return Blocked(reason="a.txt", commit="c1", checkout=str(tmp_path), paths=("a.txt",))


def test_tries_become_rarer(blocked: Blocked) -> None:
    """From two seconds to a minute; another reason begins anew."""
    obstacle, now, waits = Obstacle(), 0.0, []
    for _ in range(7):
        obstacle.meet(blocked, now=now)
        begun = now
        while obstacle.held(now=now):
            now += 1.0
        waits.append(now - begun)
    assert waits == [2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0]
    other = Blocked(reason="b.txt", commit="c1", checkout=blocked.checkout, paths=("b.txt",))
    obstacle.meet(other, now=now)
    assert obstacle.held(now=now + 1.9)
    assert not obstacle.held(now=now + 2.0)


@pytest.mark.parametrize("change", ["edited", "removed", "staged"])
def test_a_touched_file_is_tried_at_once(blocked: Blocked, change: str) -> None:
    """Whatever was done with it, the next look sees it."""
    obstacle, root = Obstacle(), Path(blocked.checkout)
    obstacle.meet(blocked, now=0.0)
    assert obstacle.held(now=1.0) == {"c1"}
    if change == "edited":
        os.utime(root / "a.txt", (1.0, 1.0))
    elif change == "removed":
        (root / "a.txt").unlink()
    else:
        (root / ".git").mkdir()
        (root / ".git" / "index").touch()
    assert not obstacle.held(now=1.0)


def test_who_asks_is_heard(blocked: Blocked) -> None:
    """Nothing is held then, and nothing to be looked at is left."""
    obstacle = Obstacle()
    obstacle.meet(blocked, now=0.0)
    assert obstacle.next_s()
    obstacle.clear()
    assert not obstacle.held(now=0.0)
    assert obstacle.next_s() is None


@dataclass(slots=True)
class Untidy(FakeLander):
    """A lander whose checkout is in the way of so many pushes."""

    left: int = TRIES
    seen: list[str] = field(default_factory=list)

    async def push(self, project: Project, item: Item, *, follow: bool) -> PushOutcome:
        """Push, once it is tidy."""
        self.seen.append(item.id)
        if self.left:
            self.left -= 1
            return Waiting(checkout=project.path, reason="files are in the way", paths=("a",))
        return await FakeLander.push(self, project, item, follow=follow)


async def test_the_history_hears_of_an_obstacle_once() -> None:
    """However often it was tried; and it lands by itself in the end."""
    world = World()
    lander = Untidy(world.hub)
    lander.messages.update(world.lander.messages)
    world.lander = lander
    (item,) = await land(world, ["a1.txt"])
    assert item.state is ItemState.LANDED
    assert len(lander.seen) == TRIES + 1
    told = [one.kind for one in world.store.events(EventQuery(landing_id=item.id, limit=1000))]
    begun = ["LandingSubmitted", "ItemQueued", "ItemGating", "ItemPushing"]
    assert told == [*begun, "ItemGreen", "Landed"]
