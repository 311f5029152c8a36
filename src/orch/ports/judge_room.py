"""Judge rooms: throw-away copies of a project at one commit, in which a judge reads."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from orch.core.judge_prompt import JUDGED
from orch.core.project import Project
from orch.ports.errors import Permanent


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomOrder:
    """Which commit is judged, against which one it is compared, and what the room is called."""

    project: Project
    name: str
    commit: str
    base: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeRoom:
    """A room that is ready: where it is, and how the commit differs from its base.

    A judge starts in `path`, where nothing is but the folder `JUDGED`, the `files` of the commit:
    so what these hold to set up an agent (hooks, servers, plug-ins) sets up no judge. `diff` is
    cut at 200,000 characters; `paths` are all that the commit changes.
    """

    path: str
    files: str
    diff: str
    paths: tuple[str, ...]


class JudgeRooms(Protocol):
    """Keeps rooms on one host.

    A room is no checkout: there is no repository in it, so nothing that a judge does there can
    reach the project's. Its files are read-only, and `stains` finds what was changed all the same.
    """

    async def open(self, order: RoomOrder) -> JudgeRoom:
        """Make a room, or find it as it stands, also after a crash.

        Raises `Permanent` if the commit is gone or the room can't be made.
        """
        ...

    async def stains(self, project: Project, name: str) -> Sequence[str]:
        """List the paths that were changed, added or removed since the room was made.

        A room that is not there can't be vouched for: it says so.
        """
        ...

    async def close(self, project: Project, name: str) -> None:
        """Remove a room; harmless where there is none."""
        ...

    async def names(self, project: Project) -> Sequence[str]:
        """List the rooms that there are, half-made ones too."""
        ...


__all__ = ["GONE", "JUDGED", "JudgeRoom", "JudgeRooms", "NoJudgeRooms", "RoomOrder"]


class NoJudgeRooms:
    """A host without rooms: nothing can be judged there."""

    async def open(self, order: RoomOrder) -> JudgeRoom:
        """Refuse."""
        raise Permanent(f"this host has no room to judge {order.commit[:12]} in")

    async def stains(self, project: Project, name: str) -> Sequence[str]:
        """Vouch for nothing."""
        del project, name
        return (GONE,)

    async def close(self, project: Project, name: str) -> None:
        """Do nothing."""

    async def names(self, project: Project) -> Sequence[str]:
        """List none."""
        del project
        return ()


GONE = "the judge's folder itself"
"""What is told as changed where there is nothing left to look at."""
