"""The contract of judge rooms: run it against rooms of your own.

Subclass `JudgeRoomSuite` in a test module and give it a `world` fixture (see `RoomWorld`).
"""

from dataclasses import replace
from typing import Protocol

import pytest

from orch.core.project import Project
from orch.ports.errors import Permanent
from orch.ports.judge_room import GONE, JudgeRoom, JudgeRooms, RoomOrder


class RoomWorld(Protocol):
    """A project with two commits: `commit` changes `deep/a.txt` of `base` and adds `b.txt`."""

    @property
    def rooms(self) -> JudgeRooms:
        """The rooms to be tested."""
        ...

    @property
    def project(self) -> Project:
        """The project that is judged."""
        ...

    @property
    def base(self) -> str:
        """What the commit is compared with."""
        ...

    @property
    def commit(self) -> str:
        """What is judged."""
        ...

    def write(self, room: JudgeRoom, path: str) -> None:
        """Write to a file in a room, as a judge must not do."""
        ...


def an_order(world: RoomWorld) -> RoomOrder:
    """Order a room for the world's commit."""
    return RoomOrder(project=world.project, name="t1.1.j", commit=world.commit, base=world.base)


class JudgeRoomSuite:
    """What all judge rooms promise; fixture `world`."""

    async def test_a_room_tells_the_change(self, world: RoomWorld) -> None:
        """Which paths, and how they differ."""
        room = await world.rooms.open(an_order(world))
        assert sorted(room.paths) == ["b.txt", "deep/a.txt"]
        assert "b.txt" in room.diff

    async def test_the_same_order_finds_the_same_room(self, world: RoomWorld) -> None:
        """Also with what was done to it meanwhile."""
        room = await world.rooms.open(an_order(world))
        assert list(await world.rooms.stains(world.project, "t1.1.j")) == []
        world.write(room, "deep/a.txt")
        assert await world.rooms.open(an_order(world)) == room
        assert list(await world.rooms.stains(world.project, "t1.1.j")) == ["deep/a.txt"]

    async def test_a_room_that_is_closed_is_gone(self, world: RoomWorld) -> None:
        """Closing it twice is harmless, and it is vouched for no more."""
        room = await world.rooms.open(an_order(world))
        world.write(room, "b.txt")
        assert list(await world.rooms.names(world.project)) == ["t1.1.j"]
        for _ in range(2):
            await world.rooms.close(world.project, "t1.1.j")
        assert list(await world.rooms.names(world.project)) == []
        assert list(await world.rooms.stains(world.project, "t1.1.j")) == [GONE]
        await world.rooms.open(an_order(world))
        assert list(await world.rooms.stains(world.project, "t1.1.j")) == []

    async def test_a_commit_that_is_gone_is_permanent(self, world: RoomWorld) -> None:
        """Nobody can judge what is not there."""
        with pytest.raises(Permanent):
            await world.rooms.open(replace(an_order(world), commit="ab" * 20))
