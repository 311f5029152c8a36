"""Judge rooms in memory."""

from collections.abc import Sequence

from orch.core.project import Project
from orch.ports.errors import Permanent
from orch.ports.judge_room import GONE, JUDGED, JudgeRoom, RoomOrder
from orch.testing.fake_hub import FakeHub


class FakeJudgeRooms:
    """Implements `JudgeRooms` without a disk; `write` does what a judge must not do."""

    def __init__(self, hub: FakeHub) -> None:
        """Take the files from this hub."""
        self._hub = hub
        self._stains: dict[str, set[str]] = {}

    async def open(self, order: RoomOrder) -> JudgeRoom:
        """Make a room, or find it."""
        if order.commit not in self._hub.commits or order.base not in self._hub.commits:
            raise Permanent(f"{order.commit[:12]} is not there")
        self._stains.setdefault(order.name, set())
        files = self._hub.commits[order.commit].files
        paths = self._hub.changed(order.base, files)
        diff = "".join(f"+{name}: {files.get(name, '')}\n" for name in paths)
        path = f"/judges/{order.name}"
        return JudgeRoom(path=path, files=f"{path}/{JUDGED}", diff=diff, paths=paths)

    async def stains(self, project: Project, name: str) -> Sequence[str]:
        """List what was changed."""
        del project
        return sorted(self._stains.get(name, {GONE}))

    async def close(self, project: Project, name: str) -> None:
        """Forget a room."""
        del project
        self._stains.pop(name, None)

    async def names(self, project: Project) -> Sequence[str]:
        """List the rooms."""
        del project
        return sorted(self._stains)

    def write(self, room: JudgeRoom, path: str) -> None:
        """Change a file in a room."""
        self.stained(room.path.rpartition("/")[2], path)

    def stained(self, name: str, path: str) -> None:
        """Change a file in the room of this name."""
        self._stains[name].add(path)
