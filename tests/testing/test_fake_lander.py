"""The lander in memory keeps the contract of the lander port."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from orch.ports.errors import Transient
from orch.ports.lander import Moved, Settled
from orch.testing.fake_lander import FakeLander
from orch.testing.lander_suite import FollowSuite, LanderSuite, RefusalSuite, ResolutionSuite
from orch.testing.lander_values import FIRST, Files, an_item, intend, tip
from orch.testing.repositories import Repository, make_project


class FakeWorld:
    """A target in memory."""

    def __init__(self, folder: Path) -> None:
        """Begin with the files that every world begins with."""
        self.lander = FakeLander(checked_out=True)
        self.hub = self.lander.hub
        self.project = make_project(folder / "home", Repository(folder / "person"))
        self.hub.refs["refs/heads/main"] = self.lander.record(FIRST, None, message="Begin")

    def change(self, files: Files, *, on: str = "") -> str:
        """Commit on a commit."""
        parent = on or self.hub.refs["refs/heads/main"]
        changed = {**self.lander.files(parent), **files}
        kept = {name: text for name, text in changed.items() if text is not None}
        return self.lander.record(kept, parent, message="Change")

    def branch(self, name: str, files: Files) -> str:
        """Commit to another branch."""
        self.hub.refs[f"refs/heads/{name}"] = self.change(files)
        return self.hub.refs[f"refs/heads/{name}"]

    def advance(self, files: Files) -> str:
        """Commit to the target."""
        return self.branch("main", files)

    def rewind(self, to: str) -> None:
        """Force the target."""
        self.hub.refs["refs/heads/main"] = to

    def repeat(self, commit: str) -> str:
        """Commit the same difference and message again."""
        before = self.lander.files(self.hub.commits[commit].parent or "")
        after = self.lander.files(commit)
        changed = {n: after.get(n) for n in {*before, *after} if before.get(n) != after.get(n)}
        new = self.change(changed)
        new = self.lander.record(
            self.lander.files(new), self.hub.refs["refs/heads/main"], message=self.message(commit)
        )
        self.hub.refs["refs/heads/main"] = new
        return new

    def read(self, commit: str) -> Mapping[str, str]:
        """Return the files of a commit."""
        return self.lander.files(commit)

    def message(self, commit: str) -> str:
        """Return the message of a commit."""
        return self.lander.messages[commit]

    def teach(self, one: str, other: str, *, resolution: Files) -> None:
        """Note what the two contents of each file became."""
        for name, text in resolution.items():
            sides = frozenset({self.read(one).get(name), self.read(other).get(name)})
            self.lander.resolutions[name, sides] = text or ""

    def cut_off(self) -> None:
        """Make the target unreachable."""
        self.lander.unreachable = True

    def refuse(self, reason: str) -> None:
        """Let the target refuse."""
        self.lander.refusal = reason

    def dirty(self, path: str) -> None:
        """Put a file in the way."""
        self.lander.in_the_way.append(path)

    def clean(self) -> None:
        """Take all out of the way."""
        self.lander.in_the_way.clear()

    def seen(self) -> Mapping[str, str]:
        """Return what is checked out."""
        return self.read(self.hub.refs["refs/heads/main"])


@pytest.fixture
def world(tmp_path: Path) -> FakeWorld:
    """Give a target in memory."""
    return FakeWorld(tmp_path)


class TestFakeLander(LanderSuite):
    """The contract, in memory."""


class TestFakeRefusal(RefusalSuite):
    """A fake target can refuse."""


class TestFakeFollow(FollowSuite):
    """A fake target can be checked out."""


class TestFakeResolution(ResolutionSuite):
    """A fake lander knows resolutions."""


async def test_a_lost_answer_is_settled(world: FakeWorld) -> None:
    """The push arrived and nobody heard of it."""
    item = await intend(world, an_item(world.change({"c.txt": "c\n"})))
    world.lander.lost_answers = 1
    with pytest.raises(Transient):
        await world.lander.push(world.project, item, follow=True)
    assert await world.lander.settle(world.project, item, follow=True) is Settled.LANDED


async def test_somebody_can_come_before_a_push(world: FakeWorld) -> None:
    """Once: the next push is on its own again."""
    item = await intend(world, an_item(world.change({"c.txt": "c\n"})))
    world.lander.before_push.append(lambda: world.advance({"d.txt": "d\n"}))
    moved = await world.lander.push(world.project, item, follow=True)
    assert moved == Moved(tip=await tip(world))
    assert not world.lander.before_push
    assert not world.lander.pushes
