"""Judge rooms on this machine's disk (implements `orch.ports.judge_room`).

A room is the commit's files without a repository, made read-only. What the file system says of
each of them is noted beside it: even who may write all the same can't take back that they did.
"""

import asyncio
import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from orch.adapters.hub import Hub, open_hub
from orch.core.project import Project
from orch.ports.errors import Permanent
from orch.ports.judge_room import GONE, JUDGED, JudgeRoom, RoomOrder
from orch.system.distrust import distrust
from orch.system.git import Git, GitError, split_z
from orch.system.paths import Home
from orch.system.worktrees import delete_tree

_DIFF_CHARS: Final = 200_000
_DESK: Final = "desk"
_NOTE: Final = "as-made.json"
_UNMADE: Final = ".unmade"
_WRITABLE: Final = 0o222


class LocalJudgeRooms:
    """Keeps rooms under `$ORCH_HOME/judges/<project>/`."""

    def __init__(self, home: Home) -> None:
        """Keep them in this home."""
        self._home = home

    async def open(self, order: RoomOrder) -> JudgeRoom:
        """Make a room, or find it."""
        room = self._room(order.project, order.name)
        try:
            hub = await open_hub(order.project)
            if not await asyncio.to_thread((room / _NOTE).exists):
                await _make(hub, room, commit=order.commit)
            return await _compare(hub, order, desk=room / _DESK)
        except (GitError, OSError) as error:
            raise Permanent(
                f"{order.commit[:12]} can't be laid out for a judge: {error}",
                remedy=f"make sure that there is room below {self._home.root}",
            ) from error

    async def stains(self, project: Project, name: str) -> Sequence[str]:
        """List what was changed."""
        return await asyncio.to_thread(_stains, self._room(project, name))

    async def close(self, project: Project, name: str) -> None:
        """Remove a room."""
        room = self._room(project, name)
        for path in (room.with_name(name + _UNMADE), room):
            if path.exists():
                await asyncio.to_thread(delete_tree, path)

    async def names(self, project: Project) -> Sequence[str]:
        """List the rooms."""
        folder = self._home.judges(project.id)
        found = sorted(folder.iterdir()) if folder.is_dir() else []
        return sorted({path.name.removesuffix(_UNMADE) for path in found})

    def _room(self, project: Project, name: str) -> Path:
        return self._home.judges(project.id) / name


async def _make(hub: Hub, room: Path, *, commit: str) -> None:
    """Write the commit's files; the room is there once it has its final name."""
    unmade = room.with_name(room.name + _UNMADE)
    for path in (unmade, room):
        if path.exists():
            await asyncio.to_thread(delete_tree, path)
    files = unmade / _DESK / JUDGED
    files.mkdir(mode=0o700, parents=True)
    index = unmade / "index"
    # An agent can write the hub's configuration; none of its programs is started here.
    git = await distrust(Git(files, git_dir=hub.path, work_tree=files, index=index))
    await git("read-tree", commit)
    await git("checkout-index", "--all", "--force", "--quiet")
    index.unlink()
    await asyncio.to_thread(_seal, unmade)
    unmade.rename(room)


async def _compare(hub: Hub, order: RoomOrder, *, desk: Path) -> JudgeRoom:
    between = (order.base, order.commit)
    names = await hub.git.raw("diff-tree", "-r", "--name-only", "-z", *between)
    patch = await hub.git.raw("diff-tree", "-p", "-M", "--no-ext-diff", "--no-textconv", *between)
    diff = patch[: 4 * _DIFF_CHARS].decode(errors="replace")[:_DIFF_CHARS]
    paths = (os.fsencode(name).decode(errors="replace") for name in split_z(names))
    return JudgeRoom(path=str(desk), files=str(desk / JUDGED), diff=diff, paths=tuple(paths))


def _seal(unmade: Path) -> None:
    """Take the right to write from all files and folders, and note how they are."""
    desk = unmade / _DESK
    for path in [desk, *_below(desk)]:
        if not path.is_symlink():
            path.chmod(path.stat().st_mode & ~_WRITABLE)
    (unmade / _NOTE).write_text(json.dumps(_look(desk)), encoding="ascii")


def _stains(room: Path) -> list[str]:
    try:
        before = json.loads((room / _NOTE).read_bytes())
        now = json.loads(json.dumps(_look(room / _DESK)))
    except (OSError, ValueError):
        return [GONE]
    changed = {name for name in {*before, *now} if before.get(name) != now.get(name)}
    # A folder changes with what is in it: told is only what tells more.
    folders = {parent for name in changed for parent in _parents(name)}
    return sorted(_shown(name) for name in changed - folders)


def _look(desk: Path) -> dict[str, list[int]]:
    """Take down what the file system knows of each file and folder; its clock can't be set back."""
    found = {".": _facts(desk)}
    for path in _below(desk):
        found[os.fsencode(path.relative_to(desk)).hex()] = _facts(path)
    return found


def _facts(path: Path) -> list[int]:
    told = path.lstat()
    return [told.st_ino, told.st_mode, told.st_size, told.st_mtime_ns, told.st_ctime_ns]


def _below(desk: Path) -> Iterator[Path]:
    for folder, names, others in os.walk(desk):
        for name in (*names, *others):
            yield Path(folder, name)


def _parents(name: str) -> Iterator[str]:
    if name == ".":
        return
    yield "."
    *above, _ = bytes.fromhex(name).split(b"/")
    for count in range(1, len(above) + 1):
        yield b"/".join(above[:count]).hex()


def _shown(name: str) -> str:
    shown = name if name == "." else bytes.fromhex(name).decode(errors="replace")
    return shown.removeprefix(f"{JUDGED}/")
