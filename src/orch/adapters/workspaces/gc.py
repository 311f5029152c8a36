"""Finds what nobody needs any more, says why and how much it is, and removes it by the guard."""

import asyncio
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Final

from orch.adapters.hub import Hub, open_hub
from orch.adapters.workspaces.files import size_bytes
from orch.adapters.workspaces.holdings import list_held
from orch.adapters.workspaces.leases import Leases
from orch.core.project import Project
from orch.system.paths import Home

DAY_S: Final = 86_400.0
_REST_S: Final = DAY_S
_BRANCH: Final = re.compile(r"orch/(t\d+)(?:-.*)?")
TASK_OF_FOLDER: Final = re.compile(r"(t\d+)(?:-.*)?")


class Kind(StrEnum):
    """What can be removed."""

    WORKSPACE = "workspace"
    BRANCH = "branch"
    LOGS = "logs"
    REST = "rest"


@dataclass(frozen=True, slots=True)
class Ended:
    """When a task ended (epoch), and whether its work has landed."""

    at: float
    landed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What may be removed of one project.

    `live` are the tasks that have not ended: nothing of theirs is touched, whatever the quota.
    `ended` are the others; tasks that are in neither are unknown to the store. What a task leaves
    is kept for `keep_days` after its end, the workspace of one that landed not at all. If more
    than `quota_bytes` are taken all the same, the oldest goes first. What was begun before
    `rest_before` (epoch) and not brought to its end is nobody's any more.
    """

    now: float
    live: frozenset[str]
    ended: Mapping[str, Ended]
    keep_days: float = 7.0
    quota_bytes: int | None = None
    rest_before: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """Something that can go: what it is, where, why, and how much room that makes."""

    kind: Kind
    where: str
    why: str
    size_bytes: int = 0
    task_id: str | None = None
    attempt: int = 0
    ended_at: float = 0.0
    is_due: bool = True


async def plan_removals(home: Home, project: Project, *, policy: Policy) -> list[Removal]:
    """Say what would be removed now; changes nothing."""
    hub = await open_hub(project)
    found = await asyncio.to_thread(_find_folders, home, project, policy=policy)
    found += await _find_branches(hub, policy=policy)
    found += await asyncio.to_thread(_find_rest, home, hub, before=policy.rest_before)
    return _within(found, policy)


def _within(found: list[Removal], policy: Policy) -> list[Removal]:
    """Take what is due, and as much of the rest, the oldest first, as the quota wants."""
    due = [one for one in found if one.is_due]
    later = sorted((one for one in found if not one.is_due), key=lambda one: one.ended_at)
    if policy.quota_bytes is None:
        return due
    excess = sum(one.size_bytes for one in later) - policy.quota_bytes
    for one in later:
        if excess <= 0:
            break
        if one.size_bytes and one.task_id not in policy.live:
            due.append(replace(one, why="more room is taken than the quota allows"))
            excess -= one.size_bytes
    return due


def _find_folders(home: Home, project: Project, *, policy: Policy) -> list[Removal]:
    leases = {lease.path: lease for lease in Leases(home, project.id).all()}
    found = []
    for held in list_held(home, project):
        if held.warm:
            continue
        lease = leases.get(held.path)
        named = TASK_OF_FOLDER.fullmatch(Path(held.path).name)
        task_id = lease.task_id if lease else named[1] if named else None
        one = _judge(policy, Kind.WORKSPACE, where=held.path, task_id=task_id)
        if lease is None:
            one = replace(one, why="no attempt has it", is_due=task_id not in policy.live)
        found.append(replace(one, attempt=lease.attempt if lease else 0))
    for task_id in policy.ended:
        logs = home.attempt(task_id, 0).parent
        if logs.is_dir():
            found.append(_judge(policy, Kind.LOGS, where=str(logs), task_id=task_id))
    return [replace(one, size_bytes=size_bytes(Path(one.where))) for one in found]


def _judge(policy: Policy, kind: Kind, *, where: str, task_id: str | None) -> Removal:
    """Say whether something of a task is due, by the task's fate."""
    one = Removal(kind=kind, where=where, why="", task_id=task_id)
    if task_id in policy.live:
        return replace(one, why="its task goes on", is_due=False, ended_at=policy.now)
    end = policy.ended.get(task_id or "")
    if end is None:
        return replace(one, why="its task is unknown")
    days = (policy.now - end.at) / DAY_S
    if kind is Kind.WORKSPACE and end.landed:
        return replace(one, why="its task has landed", ended_at=end.at)
    why = f"its task ended {days:.0f} days ago"
    return replace(one, why=why, ended_at=end.at, is_due=days >= policy.keep_days)


async def _find_branches(hub: Hub, *, policy: Policy) -> list[Removal]:
    """Find branches of ended tasks.

    One on which a workspace stands is among them: whenever the branch is due so is that, and it
    goes first. Left to the next time, a clean-up would leave something to be cleaned up.
    """
    listed = await hub.git("for-each-ref", "--format=%(refname:lstrip=2)", "refs/heads/orch")
    found = []
    for name in listed.splitlines():
        match = _BRANCH.fullmatch(name)
        if match is None or match[1] not in policy.ended:
            continue
        found.append(_judge(policy, Kind.BRANCH, where=name, task_id=match[1]))
    return found


def _find_rest(home: Home, hub: Hub, *, before: float | None) -> list[Removal]:
    """Find what deletions and snapshots that were killed left behind."""
    project_id = hub.project.id
    folders: Sequence[Path] = (home.workspaces(project_id), home.warm(project_id))
    rest = [path for folder in folders for path in folder.glob(".removing-*")]
    rest += (hub.path / "orch-scratch").glob("*")
    return [
        Removal(
            kind=Kind.REST,
            where=str(path),
            why="a crash left it behind",
            size_bytes=size_bytes(path),
        )
        for path in rest
        if _is_abandoned(path, before=before)
    ]


def _is_abandoned(path: Path, *, before: float | None) -> bool:
    try:
        found = path.lstat()
    except FileNotFoundError:
        return False  # Whoever was removing it has come to the end.
    # Being renamed, which is how a removal begins, changes only the one that can't be set.
    return found.st_mtime < time.time() - _REST_S or (
        before is not None and found.st_ctime < before
    )
