"""Finds what crashes and kills left behind, and clears it away where nobody can miss it."""

import asyncio
import socket
import stat
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import structlog

from orch.adapters.artifacts import LocalArtifacts
from orch.adapters.hub import Hub, open_hub
from orch.adapters.workspaces.gc import Kind, Removal
from orch.adapters.workspaces.leases import Leases
from orch.core.findings import Finding, Severity
from orch.core.project import Project
from orch.core.task import FINAL
from orch.daemon.cleaning import plan, remove
from orch.daemon.context import Context
from orch.daemon.lock import is_listening
from orch.ports.errors import Permanent, Transient
from orch.ports.store import TaskQuery
from orch.system.cgroup import members, own_cgroup
from orch.system.cgroup import remove as remove_group
from orch.system.git import GitError
from orch.system.git_locks import clear_stale_locks, stale_locks
from orch.system.worktrees import delete_tree, find_stillborn, remove_worktree

log = structlog.get_logger(__name__)

_SETTLED_S: Final = 60.0
"""Whoever makes a socket or a worktree has done so by then."""

_SAFE: Final = frozenset({Kind.WORKSPACE, Kind.REST})
"""What may go without being asked for: the guard saves what is in it, or nothing is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leftover:
    """Something that nobody will clear away by itself, and how it is cleared away."""

    finding: Finding
    clear: Callable[[], Awaitable[object]]


async def find_leftovers(context: Context, projects: Sequence[Project]) -> list[Leftover]:
    """Look for what was left behind; changes nothing. What can't be looked at is passed over."""
    found = [*_sockets(context), *_groups(context), *await _private_homes(context)]
    for project in projects:
        try:
            found += await _of_project(context, project)
        except (Permanent, Transient, GitError, OSError) as error:
            log.info("leftovers could not be looked for", project=project.name, why=str(error))
    return found


async def clear(leftovers: Sequence[Leftover], *, named: frozenset[str]) -> None:
    """Clear away what an earlier look has `named` too: what was just being made is not."""
    for one in leftovers:
        if one.finding.subject not in named:
            continue
        try:
            await one.clear()
        except (Permanent, Transient, GitError, OSError) as error:
            log.warning("could not be cleared away", subject=one.finding.subject, why=str(error))


async def _of_project(context: Context, project: Project) -> list[Leftover]:
    if not await asyncio.to_thread(Path(project.hub).is_dir):
        return []
    hub = await open_hub(project)
    found = [
        _workspace(context, project, removal=one)
        for one in await plan(context, project)
        if one.kind in _SAFE
    ]
    found += await asyncio.to_thread(lambda: [*_notes(context, hub), *_locks(hub)])
    return found


def _workspace(context: Context, project: Project, *, removal: Removal) -> Leftover:
    return Leftover(
        finding=_finding(f"{removal.kind.value} {removal.where}", removal.why, by="orch gc"),
        clear=partial(remove, context, project, planned=[removal]),
    )


def _notes(context: Context, hub: Hub) -> Iterator[Leftover]:
    """Find git's notes on worktrees that are not there: half made, or half removed."""
    leased = {lease.path for lease in Leases(context.home, hub.project.id).all()}
    for note in hub.path.glob("worktrees/*/gitdir"):
        place = _noted(note)
        if place is not None and not place.exists() and str(place) not in leased:
            what = f"{place} is not there any more"
            yield Leftover(
                finding=_finding(f"worktree {note.parent}", what),
                clear=partial(remove_worktree, hub.git, place),
            )
    for stillborn in find_stillborn(hub.path):
        yield Leftover(
            finding=_finding(f"worktree {stillborn}", "it was killed while it was made"),
            clear=partial(asyncio.to_thread, delete_tree, stillborn),
        )


def _noted(note: Path) -> Path | None:
    """Read where a worktree is; None if that is being written, or removed at this moment."""
    try:
        place = Path(note.read_text(encoding="utf-8", errors="surrogateescape").strip()).parent
        found = note.stat()
    except FileNotFoundError:
        return None
    return place if found.st_size and found.st_mtime < time.time() - _SETTLED_S else None


def _locks(hub: Hub) -> Iterator[Leftover]:
    for lock in stale_locks(hub.path):
        yield Leftover(
            finding=_finding(f"lock {lock.path}", "a git that was killed held it"),
            clear=partial(asyncio.to_thread, clear_stale_locks, hub.path),
        )


def _sockets(context: Context) -> Iterator[Leftover]:
    folder = context.home.sockets
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if _is_old_socket(path) and not _is_heard(path):
            yield Leftover(
                finding=_finding(f"socket {path}", "nobody listens at it"),
                clear=partial(asyncio.to_thread, path.unlink, missing_ok=True),
            )


def _is_old_socket(path: Path) -> bool:
    try:
        found = path.lstat()
    except FileNotFoundError:
        return False  # Whoever had it has just put it away.
    return stat.S_ISSOCK(found.st_mode) and found.st_mtime < time.time() - _SETTLED_S


def _is_heard(path: Path) -> bool:
    """Tell whether anybody has the socket, for connections or for single messages."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as caller, suppress(OSError):
        caller.connect(str(path))
        return True
    return is_listening(path)


def _groups(context: Context) -> Iterator[Leftover]:
    """Find empty control groups of sessions that are forgotten; a full one is never removed."""
    own = own_cgroup()
    for group in sorted(own.glob(f"orch-{context.home.digest}-*")) if own else ():
        name = group.name.removeprefix(f"orch-{context.home.digest}-")
        if not members(group) and not context.home.session(name).exists():
            yield Leftover(
                finding=_finding(f"control group {group}", "its session is forgotten"),
                clear=partial(asyncio.to_thread, remove_group, group),
            )


async def _private_homes(context: Context) -> list[Leftover]:
    """Find folders of agents, with copies of credentials, whose tasks are over."""
    folder = context.home.agents("t0").parent
    names = tuple(path.name for path in folder.iterdir()) if folder.is_dir() else ()
    if not names:
        return []
    query = TaskQuery(ids=names, limit=len(names))
    known = {task.id: task for task in await context.read(context.engine.store.tasks, query)}
    return [
        Leftover(
            finding=_finding(
                f"private home {folder / name}", "its task is over", severity=Severity.WARNING
            ),
            clear=partial(asyncio.to_thread, LocalArtifacts(context.home).clear_homes, name),
        )
        for name in sorted(names)
        if name not in known or known[name].status in FINAL
    ]


def _finding(
    subject: str, what: str, *, severity: Severity = Severity.INFO, by: str = "orch doctor --fix"
) -> Finding:
    return Finding(severity=severity, subject=subject, what=what, repair=by, fixable=True)
