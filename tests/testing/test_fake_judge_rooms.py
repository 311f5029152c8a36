"""Judge rooms in memory keep the contract of real ones."""

from pathlib import Path

import pytest

from orch.ports.judge_room import JudgeRoom
from orch.testing.fake_hub import FakeHub
from orch.testing.fake_judge_rooms import FakeJudgeRooms
from orch.testing.judge_room_suite import JudgeRoomSuite
from orch.testing.repositories import Repository, make_project


class FakeRoomWorld:
    """A hub in memory with two commits."""

    def __init__(self, folder: Path) -> None:
        """Make the commits."""
        hub = FakeHub()
        self.rooms = FakeJudgeRooms(hub)
        self.project = make_project(folder / "home", Repository(folder / "person"))
        self.base = hub.commit({"deep/a.txt": "one"}, None)
        self.commit = hub.commit({"deep/a.txt": "two", "b.txt": "new"}, self.base)

    def write(self, room: JudgeRoom, path: str) -> None:
        """Write as a judge must not."""
        self.rooms.write(room, path)


@pytest.fixture
def world(tmp_path: Path) -> FakeRoomWorld:
    """Give rooms in memory."""
    return FakeRoomWorld(tmp_path)


class TestFakeJudgeRooms(JudgeRoomSuite):
    """The contract, in memory."""
