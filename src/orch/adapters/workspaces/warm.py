"""Warm workspaces: worktrees that are set up in advance, taken by a rename."""

import contextlib
import hashlib
import json
import os
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

from orch.adapters.hub import Hub
from orch.adapters.workspaces.checkouts import switch_detached
from orch.adapters.workspaces.copying import (
    Stamp,
    copy_ignored,
    find_ignored,
    missing_literals,
    refresh_copies,
)
from orch.adapters.workspaces.files import read_record, write_record
from orch.adapters.workspaces.ports_block import free_ports, move_ports, reserve_ports
from orch.adapters.workspaces.setup import Script, end_abandoned, set_up, tear_down
from orch.ports.errors import Permanent, Transient
from orch.ports.workspace import WorkspaceSettings
from orch.system.git import GitError
from orch.system.paths import Home
from orch.system.worktrees import add_worktree, is_whole, move_worktree, remove_worktree

_ABANDONED_S: Final = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """A warm workspace: at which commit it is, what it was made by, what it owns."""

    number: int
    base: str
    digest: str
    name: str
    ports: tuple[int, int]
    stamps: tuple[Stamp, ...]
    at: float


@dataclass(frozen=True, slots=True)
class Stock:
    """The warm workspaces of one project, a folder each, with a record once they are ready.

    Who renames the record owns the workspace; so two can't take the same, and one that is being
    made or brought up to date can't be taken at all.
    """

    home: Home
    hub: Hub
    settings: WorkspaceSettings

    @property
    def folder(self) -> Path:
        """Where they are."""
        return self.home.warm(self.hub.project.id)

    @property
    def person(self) -> Path:
        """The checkout from which ignored files are copied."""
        return Path(self.hub.project.path)

    @property
    def digest(self) -> str:
        """A hash of all settings that went into the making: others make others."""
        wanted = asdict(replace(self.settings, warm=0, keep=()))
        return hashlib.sha256(json.dumps(wanted, sort_keys=True).encode()).hexdigest()

    def place(self, number: int) -> Path:
        """Return where a warm workspace is made."""
        return self.folder / str(number)

    def ready(self) -> Iterator[Ready]:
        """Yield those that are ready, the oldest first."""
        files = (self.folder / ".ready").glob("*.json")
        for file in sorted(files, key=lambda file: int(file.stem)):
            if (record := read_record(file)) is not None:
                first, size = record.pop("ports")
                stamps = tuple((str(n), int(s), int(t)) for n, s, t in record.pop("stamps"))
                yield Ready(**record, ports=(first, size), stamps=stamps)

    def claim(self, number: int) -> bool:
        """Become the owner of one that is ready; False if somebody else was quicker."""
        name = f"{number}.json"
        (self.folder / ".taken").mkdir(exist_ok=True)
        try:
            (self.folder / ".ready" / name).rename(self.folder / ".taken" / name)
        except FileNotFoundError:
            return False
        os.utime(self.folder / ".taken" / name)
        return True

    def offer(self, warm: Ready) -> None:
        """Let others take it."""
        write_record(self.folder / ".ready" / f"{warm.number}.json", asdict(warm))
        self.forget(warm.number)

    def forget(self, number: int) -> None:
        """Remove the record of one that was claimed."""
        (self.folder / ".taken" / f"{number}.json").unlink(missing_ok=True)

    def script(self, warm: Ready, path: Path, *, commands: tuple[str, ...]) -> Script:
        """Compose the set-up or the teardown of a warm workspace at a path."""
        first, size = warm.ports
        pair = (("ORCH_PORT", str(first)), ("ORCH_PORT_END", str(first + size - 1)))
        named = (("ORCH_WORKSPACE", str(path)), ("ORCH_WORKSPACE_NAME", warm.name))
        return Script(
            commands=commands,
            folder=path,
            environment=(*named, *pair) if size else named,
            log=self.folder / f"{warm.number}.log",
            timeout_s=self.settings.setup_timeout_s,
        )


async def make_warm(stock: Stock, commit: str) -> Ready:
    """Make one more and set it up. Raises `Permanent` if its set-up fails; then it is gone."""
    number = _next_number(stock)
    path, name = stock.place(number), f"warm-{stock.hub.project.id}-{number}"
    await add_worktree(stock.hub.git, path, what=commit)
    size = stock.settings.ports
    warm = Ready(
        number=number,
        base=commit,
        digest=stock.digest,
        name=name,
        ports=await reserve_ports(stock.home, name, path=path, size=size),
        stamps=(),
        at=time.time(),
    )
    try:
        names = await find_ignored(stock.person, stock.settings.copy)
        copied = await copy_ignored(stock.person, path, names=names)
        warm = replace(warm, stamps=copied.stamps)
        await set_up(stock.script(warm, path, commands=stock.settings.setup))
    except BaseException:
        await discard_warm(stock, warm)
        raise
    stock.offer(warm)
    return warm


async def discard_warm(stock: Stock, warm: Ready) -> None:
    """Tear one down and remove it: no agent was ever in it, so there is nothing to guard."""
    path = stock.place(warm.number)
    if path.is_dir() and not path.is_symlink():
        await tear_down(stock.script(warm, path, commands=stock.settings.teardown))
        await remove_worktree(stock.hub.git, path)
    await free_ports(stock.home, warm.name)
    stock.forget(warm.number)
    stock.place(warm.number).with_suffix(".log").unlink(missing_ok=True)


async def update_warm(stock: Stock, warm: Ready, *, commit: str) -> Ready:
    """Bring one that was claimed to another commit, and set it up again."""
    path = stock.place(warm.number)
    await switch_detached(stock.hub, path, commit=commit)
    warm = replace(warm, base=commit)
    await set_up(stock.script(warm, path, commands=stock.settings.setup))
    return warm


async def take_warm(stock: Stock, commit: str, *, path: Path) -> tuple[Ready, bool] | None:
    """Take one, bring it to `commit` and to `path`; None if there is none that fits.

    The second value tells whether its set-up must run again, since it was made at another
    commit. Its old path stays as a link, for set-ups write absolute paths into what they make.
    """
    digest = stock.digest
    for warm in list(stock.ready()):
        if warm.digest != digest or not stock.claim(warm.number):
            continue
        with contextlib.suppress(GitError, OSError):
            return await _bring(stock, warm, commit=commit, path=path)
        await discard_warm(stock, warm)
    return None


async def _bring(stock: Stock, warm: Ready, *, commit: str, path: Path) -> tuple[Ready, bool]:
    place = stock.place(warm.number)
    if warm.base != commit:
        await switch_detached(stock.hub, place, commit=commit)
    copied = await refresh_copies(stock.person, place, stamps=warm.stamps)
    if missing_literals(stock.person, stock.settings.copy, stamps=copied.stamps):
        names = await find_ignored(stock.person, stock.settings.copy)
        await copy_ignored(stock.person, place, names=names)
    move_worktree(stock.hub.path, place, new=path)
    place.symlink_to(path)
    if warm.ports[1]:
        await move_ports(stock.home, warm.name, path=path)
    stock.forget(warm.number)
    return warm, warm.base != commit


def sweep(stock: Stock) -> list[int]:
    """Find numbers of which a crash left something that is neither ready nor being taken."""
    stock.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    owned = {warm.number for warm in stock.ready()}
    for file in (stock.folder / ".taken").glob("*.json"):
        if time.time() - file.stat().st_mtime < _ABANDONED_S:
            owned.add(int(file.stem))
    left = []
    for place in stock.folder.iterdir():
        if place.is_symlink() and not place.exists():
            place.unlink()
        elif place.name.isdigit() and not place.is_symlink() and int(place.name) not in owned:
            left.append(int(place.name))
    return left


def _next_number(stock: Stock) -> int:
    stock.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    names = [place.name for place in stock.folder.iterdir()]
    return 1 + max((int(name) for name in names if name.isdigit()), default=0)


async def refill_stock(stock: Stock, commit: str) -> int:
    """Bring the number of warm workspaces to what is wanted, all at `commit`; return how many.

    To be called by one at a time. Those made by other settings are discarded. Raises `Permanent`
    or `Transient` where a set-up fails; what was ready stays so.
    """
    for number in sweep(stock):
        await end_abandoned(stock.place(number))
        await remove_worktree(stock.hub.git, stock.place(number))
        stock.forget(number)
    digest, kept = stock.digest, 0
    for warm in list(stock.ready()):
        fits = warm.digest == digest and is_whole(stock.hub.path, stock.place(warm.number))
        if fits and warm.base == commit and kept < stock.settings.warm:
            kept += 1
        elif stock.claim(warm.number):
            kept += await _renew(
                stock, warm, commit=commit, wanted=fits and kept < stock.settings.warm
            )
    while kept < stock.settings.warm:
        await make_warm(stock, commit)
        kept += 1
    return kept


async def _renew(stock: Stock, warm: Ready, *, commit: str, wanted: bool) -> int:
    if not wanted:
        await discard_warm(stock, warm)
        return 0
    try:
        stock.offer(await update_warm(stock, warm, commit=commit))
    except (GitError, Permanent, Transient):
        # Made anew it may work, and if not, the reason is told there.
        await discard_warm(stock, warm)
        return 0
    return 1
