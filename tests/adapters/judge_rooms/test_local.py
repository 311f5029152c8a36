"""Judge rooms on disk keep the contract, and nothing that is done in one goes unseen."""

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from orch.adapters.hub import open_hub
from orch.adapters.judge_rooms.local import LocalJudgeRooms
from orch.ports.judge_room import JudgeRoom
from orch.system.paths import Home
from orch.testing.judge_room_suite import JudgeRoomSuite, an_order
from orch.testing.repositories import make_project, make_repository


class RealRoomWorld:
    """A real project with two commits."""

    def __init__(self, folder: Path) -> None:
        """Make the repository, not yet the hub."""
        self.home = Home(folder / "home")
        self.rooms = LocalJudgeRooms(self.home)
        self.person = make_repository(folder / "person ä")
        self.project = make_project(folder / "home", self.person)
        self.base = self.person.commit({"deep/a.txt": "one\n", "ä\n.txt": "odd\n"})
        (self.person.path / "link").symlink_to("/etc/passwd")
        self.base = self.person.commit()
        self.commit = self.person.commit({"deep/a.txt": "two\n", "b.txt": "new\n"})

    async def open(self) -> "RealRoomWorld":
        """Make the hub."""
        await open_hub(self.project)
        return self

    def write(self, room: JudgeRoom, path: str) -> None:
        """Write as a judge would who first gives itself the right to."""
        file = Path(room.files, path)
        file.chmod(0o644)
        file.write_text("the judge was here\n")


@pytest.fixture
async def world(tmp_path: Path) -> RealRoomWorld:
    """Give a real project."""
    return await RealRoomWorld(tmp_path).open()


class TestLocalJudgeRooms(JudgeRoomSuite):
    """The contract, on a real disk."""


def _add(room: Path) -> None:
    (room / "deep").chmod(0o755)
    (room / "deep" / "new.txt").write_text("new\n")


def _remove(room: Path) -> None:
    (room / "deep").chmod(0o755)
    (room / "deep" / "a.txt").unlink()


def _restore(room: Path) -> None:
    file = room / "b.txt"
    before, mode = file.stat(), file.stat().st_mode
    file.chmod(0o644)
    content = file.read_bytes()
    file.write_text("something else\n")
    file.write_bytes(content)
    file.chmod(stat.S_IMODE(mode))
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))


@pytest.mark.parametrize(
    ("deed", "told"),
    [(_add, "deep/new.txt"), (_remove, "deep/a.txt"), (_restore, "b.txt")],
    ids=["adds", "removes", "restores"],
)
async def test_no_deed_goes_unseen(
    world: RealRoomWorld, deed: Callable[[Path], None], told: str
) -> None:
    """Not even one that puts everything back as it was, the time of the file included."""
    room = await world.rooms.open(an_order(world))
    deed(Path(room.files))
    assert list(await world.rooms.stains(world.project, "t1.1.j")) == [told]


def _all_below(room: Path) -> list[Path]:
    return [path for path in (room, *room.rglob("*")) if not path.is_symlink()]


async def test_a_room_has_no_repository_and_no_right_to_write(world: RealRoomWorld) -> None:
    """There is nothing in it from which the project's refs could be reached."""
    opened = await world.rooms.open(an_order(world))
    files, desk = Path(opened.files), Path(opened.path)
    assert (files / "deep/a.txt").read_text() == "two\n"
    assert files / ".git" not in _all_below(desk)
    assert (files / "link").is_symlink()
    assert not [path for path in _all_below(desk) if path.lstat().st_mode & 0o222]


async def test_what_a_commit_sets_agents_up_with_sets_up_no_judge(world: RealRoomWorld) -> None:
    """Where a judge starts there is nothing but the folder of the commit's files."""
    world.commit = world.person.commit({".claude/settings.json": "{}", "opencode.json": "{}"})
    hub = await open_hub(world.project)
    await hub.git("fetch", "-q", str(world.person.path), world.commit)
    desk = Path((await world.rooms.open(an_order(world))).path)
    assert [path.name for path in _all_below(desk) if path.parent == desk] == ["judged"]
    _add(desk / "judged")
    _write_beside(desk)
    told = list(await world.rooms.stains(world.project, "t1.1.j"))
    assert told == ["deep/new.txt", "settings.json"]


def _write_beside(desk: Path) -> None:
    desk.chmod(0o755)
    (desk / "settings.json").write_text("{}")


async def test_a_room_that_was_half_made_is_made_anew(world: RealRoomWorld) -> None:
    """The daemon was killed while it wrote the files."""
    unmade = world.home.judges(world.project.id) / "t1.1.j.unmade"
    (unmade / "desk").mkdir(parents=True)
    (unmade / "desk" / "half.txt").write_text("half")
    assert list(await world.rooms.names(world.project)) == ["t1.1.j"]
    room = await world.rooms.open(an_order(world))
    assert not [path for path in _all_below(Path(room.path)) if path.name == "half.txt"]
    assert list(await world.rooms.stains(world.project, "t1.1.j")) == []


async def test_programs_that_an_agent_configured_are_not_run(
    world: RealRoomWorld, tmp_path: Path
) -> None:
    """A filter in the hub's configuration would run outside of any sandbox."""
    hub = await open_hub(world.project)
    await hub.git("config", "filter.evil.smudge", f"touch {tmp_path / 'ran'}; cat")
    world.commit = world.person.commit({".gitattributes": "* filter=evil\n"})
    await hub.git("fetch", "-q", str(world.person.path), world.commit)
    await world.rooms.open(an_order(world))
    assert not (tmp_path / "ran").exists()
