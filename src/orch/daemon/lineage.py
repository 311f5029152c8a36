"""Lineage: whose child a task is, and what a session may do to which tasks.

A session shows which one it is by the token in its environment; its name alone could be made up.
What it files is a child of its own task, whatever its flags say.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace

from orch.core.address import INBOX, ToSession, parse_address
from orch.core.attempt import Phase
from orch.core.project import Project
from orch.core.settings import Limits, ProjectSettings
from orch.core.task import ENDED, FINAL, Scope, Status, Task
from orch.daemon.call import Call
from orch.daemon.rights import Role
from orch.ports.store import TaskQuery
from orch.wire.codes import Code, WireError, invalid

_MOST = 100_000
_ALONE = "do it yourself, or ask: orch report ask -m QUESTION"


async def own_task(call: Call) -> Task:
    """Return the task of the session that calls. Raises `WireError` if it can't show that it is."""
    session = call.caller.session
    task_id, _, n = session.rpartition(".")
    found = await call.read(call.store.tasks, TaskQuery(ids=(task_id,), limit=1)) if task_id else ()
    attempt = found[0].attempt if found else None
    known = attempt is not None and str(attempt.n) == n
    if attempt is None or not known or not _proven(call, attempt.token):
        raise WireError(
            Code.FORBIDDEN,
            f"this process does not show that it is session {session or '(unknown)'}: "
            "its environment lacks that session's token",
            next="run it within the session, with the environment that it was given",
        )
    if found[0].status is not Status.IN_PROGRESS or attempt.phase is Phase.ENDED:
        raise WireError(
            Code.REFUSED,
            f"session {session} is not at work any more: {found[0].id} is "
            f"{found[0].status.replace('_', ' ')}",
        )
    return found[0]


def _proven(call: Call, fence: str) -> bool:
    return call.context.tokens.fits(call.caller.token, call.caller.session, fence=fence)


async def guard(call: Call, task: Task) -> None:
    """Refuse a session what it did not file, itself included. Raises `WireError`."""
    if call.caller.role is not Role.SESSION:
        return
    own = await own_task(call)
    if task.id not in {one.id for one in await below(call, (own,))}:
        raise WireError(
            Code.FORBIDDEN,
            f"session {call.caller.session} may do this only to tasks that it filed, "
            f"and {task.id} is none",
            next="orch task list --mine",
        )


async def below(call: Call, roots: Collection[Task]) -> list[Task]:
    """List all tasks below some, the deepest last; those themselves are not among them."""
    seen, level, found = {task.id for task in roots}, list(roots), list[Task]()
    while level:
        children: list[Task] = []
        for parent in level:
            asked = TaskQuery(parent=parent.id, limit=_MOST)
            children += [
                one for one in await call.read(call.store.tasks, asked) if one.id not in seen
            ]
        children.sort(key=lambda one: one.created_at)
        seen |= {one.id for one in children}
        found += children
        level = children
    return found


async def mine(call: Call) -> list[Task]:
    """List what is the caller's: of a session all below its task, of a person what they added."""
    if call.caller.role is Role.SESSION:
        return await below(call, (await own_task(call),))
    tasks = await call.read(call.store.tasks, TaskQuery(limit=_MOST))
    return [task for task in tasks if task.owner == call.actor]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a new task stands: below which one, and who is told of it."""

    parent: Task | None
    lead: str | None

    @property
    def depth(self) -> int:
        """Return how deep below a person's own task it stands."""
        return self.parent.depth + 1 if self.parent else 0


def lead_of_person(asked: str | None, settings: ProjectSettings) -> str | None:
    """Return where a person is told: where they say, else as the project says."""
    lead = settings.lead.notify if asked is None else asked.strip()
    try:
        parse_address(lead)
    except ValueError as error:
        raise invalid(f"--lead: {error}", candidates=["inbox", "pane", "command:…"]) from error
    return None if lead == INBOX else lead


def place_of_session(own: Task, parent: Task, *, caller: str, asked: str | None) -> Place:
    """Place what a session files. It names no pane and no command: those would run unasked."""
    if asked not in {None, INBOX, caller}:
        raise WireError(
            Code.FORBIDDEN,
            f"the lead of what session {caller.partition(':')[2]} files is that session",
            next="leave --lead out",
        )
    address = parse_address(caller)
    lead = None if asked == INBOX or address != ToSession(own.id) else caller
    return Place(parent, lead)


async def check_room(call: Call, parent: Task, *, limits: Limits, more: int) -> None:
    """Refuse what would go deeper, or be more at once, than the project allows."""
    if parent.depth + 1 > limits.depth:
        raise WireError(
            Code.REFUSED,
            f"{parent.id} stands {parent.depth} deep and [limits] depth is {limits.depth}, so "
            "nothing can be filed below it; nothing was added",
            next=_ALONE,
        )
    root = await _root(call, parent)
    live = [one.id for one in await below(call, (root,)) if one.status not in ENDED]
    if len(live) + more > limits.workers:
        raise WireError(
            Code.REFUSED,
            f"{len(live)} tasks are open below {root.id}, {more} more would go beyond [limits] "
            f"workers = {limits.workers}; nothing was added",
            next=f"wait until some have ended: orch wait --mine --any; or {_ALONE}",
        )


async def _root(call: Call, task: Task) -> Task:
    seen = {task.id}
    while task.parent and task.parent not in seen:
        found = await call.read(call.store.tasks, TaskQuery(ids=(task.parent,), limit=1))
        if not found:
            break
        task = found[0]
        seen.add(task.id)
    return task


def narrowed(scope: Scope, parent: Task) -> Scope:
    """Keep a child within its parent's files: it can be given fewer of them, never others."""
    own = parent.scope
    if strange := [one for one in scope.allowed if own.allowed and one not in own.allowed]:
        raise invalid(
            f"{parent.id} may not change {strange[0]} itself, so nothing below it may",
            candidates=list(own.allowed),
        )
    forbidden = tuple(dict.fromkeys((*own.forbidden, *scope.forbidden)))
    return replace(scope, allowed=scope.allowed or own.allowed, forbidden=forbidden)


def check_project(project: Project, named: str | None) -> None:
    """Refuse that a session files into another project than its own task's."""
    if named not in {None, project.id, project.name, project.path}:
        raise WireError(
            Code.FORBIDDEN,
            f"a session files tasks in its own project, {project.name}, not in {named}",
            next="leave --project out",
        )


def open_below(tasks: Collection[Task]) -> list[Task]:
    """List those that are still open, the deepest first."""
    return [task for task in reversed(list(tasks)) if task.status not in FINAL]
