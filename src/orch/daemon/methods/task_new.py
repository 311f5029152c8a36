"""Methods that make tasks or change what is wanted of them: one, many from a file, edits."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from orch.core import names, taskfile
from orch.core.events import TaskEdited, TaskSubmitted
from orch.core.project import Project
from orch.core.settings import ProjectSettings
from orch.core.task import Budget, Scope, Task
from orch.daemon.call import Call
from orch.daemon.context import Context
from orch.daemon.lineage import (
    Place,
    check_project,
    check_room,
    guard,
    lead_of_person,
    narrowed,
    own_task,
    place_of_session,
)
from orch.daemon.methods.lookup import (
    find_project,
    find_task,
    maybe_project,
    project_of,
    projects_of,
)
from orch.daemon.methods.relations import check_no_cycle, find_all
from orch.daemon.methods.table import method
from orch.daemon.methods.wording import (
    check_key,
    check_labels,
    check_prompt,
    check_slug,
    check_title,
)
from orch.daemon.rights import Role
from orch.daemon.views import project_name, task_shape
from orch.ports.errors import Permanent
from orch.ports.store import TaskQuery
from orch.wire.codes import Code, WireError, invalid
from orch.wire.shapes.tasks import Added, TaskShape


@dataclass(frozen=True, slots=True, kw_only=True)
class AddParams:
    """What is wanted. `after` and `parent` name tasks; `cwd` finds the project if none is named.

    `lead` is the address at which somebody is told how it goes: "inbox", "pane:TARGET",
    "command:PROGRAM ARGUMENTS"; the project says where without one.
    `attempts` and `rounds` override the project's limits; `draft` keeps the task from starting.
    """

    title: str
    prompt: str = ""
    key: str | None = None
    slug: str | None = None
    agent: str | None = None
    priority: int = 0
    labels: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    parent: str | None = None
    base: str = ""
    allowed_files: tuple[str, ...] = ()
    forbidden_files: tuple[str, ...] = ()
    attempts: int | None = None
    rounds: int | None = None
    draft: bool = False
    lead: str | None = None
    project: str | None = None
    cwd: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportParams:
    """A file's text and its name; see `docs/cli.md` for how tasks are written in it."""

    text: str
    source: str
    draft: bool = False
    project: str | None = None
    cwd: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EditParams:
    """What is to change; what is left out stays."""

    task: str
    title: str | None = None
    prompt: str | None = None
    priority: int | None = None
    labels: tuple[str, ...] | None = None
    agent: str | None = None
    after: tuple[str, ...] | None = None
    project: str | None = None
    cwd: str | None = None


@method("task.add", Role.SESSION)
async def add(call: Call, params: AddParams) -> Added:
    """Ask for work; answers once it is stored.

    With a `key` that the project knows already, the task that is there is returned unchanged. What
    a session asks for is a child of its own task, within the project's limits.
    """
    if call.caller.role is Role.SESSION:
        async with call.context.filing:
            [added] = await _file(call, (params,), named=params.project)
            return added
    project = await find_project(call.context, name=params.project, cwd=params.cwd)
    return await _create(call, params, project=project)


@method("task.import", Role.SESSION)
async def import_(call: Call, params: ImportParams) -> tuple[Added, ...]:
    """Ask for all the tasks of a file; the same file again adds only what is new in it.

    Every task is checked before the first one is made.
    """
    try:
        wanted = taskfile.order(taskfile.parse(params.text, source=params.source))
    except taskfile.TaskFileError as error:
        raise invalid(str(error)) from error
    asked = [_asked(one, draft=params.draft) for one in wanted]
    if call.caller.role is Role.SESSION:
        async with call.context.filing:
            return await _file(call, asked, named=params.project)
    project = await find_project(call.context, name=params.project, cwd=params.cwd)
    return await _create_all(call, asked, project=project)


@method("task.edit", Role.LEAD)
async def edit(call: Call, params: EditParams) -> TaskShape:
    """Change what is wanted of a task that is not at work."""
    project = await maybe_project(call.context, name=params.project, cwd=params.cwd)
    task = await find_task(call, name=params.task, project=project)
    after = params.after
    if after is not None:
        after = await find_all(call, names=after, project=project)
        await check_no_cycle(call.context, task.id, after=after)
    if params.agent is not None:
        await _check_agent(call.context, params.agent, project=await project_of(call.context, task))
    event = TaskEdited(
        at=call.now(),
        actor=call.actor,
        title=None if params.title is None else check_title(params.title),
        prompt=None if params.prompt is None else check_prompt(params.prompt),
        priority=params.priority,
        labels=None if params.labels is None else check_labels(params.labels),
        agent=params.agent,
        after=after,
    )
    changed = await call.engine.writer.submit(task.id, event)
    return task_shape(changed, await projects_of(call.context))


async def _file(call: Call, asked: Sequence[AddParams], *, named: str | None) -> tuple[Added, ...]:
    """Make what a session files, all of it or nothing."""
    own = await own_task(call)
    project = await project_of(call.context, own)
    check_project(project, named)
    limits = (await _settings(call.context, project)).limits
    fresh = 0
    for one in asked:
        if (
            one.key is None
            or (known := await _keyed(call.context, project.id, key=one.key)) is None
        ):
            fresh += 1
        else:
            await guard(call, known)
        if (one.attempts or 0) > limits.attempts or (one.rounds or 0) > limits.rounds:
            most = f"{limits.attempts} attempts and {limits.rounds} rounds"
            raise invalid(f"what a session files gets at most {most}")
    if fresh:
        for parent in {one.parent for one in asked}:
            below = await find_task(call, name=parent, project=project) if parent else own
            await check_room(call, below, limits=limits, more=fresh)
    return await _create_all(call, asked, project=project)


async def _create_all(
    call: Call, asked: Sequence[AddParams], *, project: Project
) -> tuple[Added, ...]:
    keys = {one.key for one in asked}
    for one in asked:
        others = tuple(name for name in one.after if name not in keys)
        await _check(call, replace(one, after=others), project=project)
    return tuple([await _create(call, one, project=project) for one in asked])


async def _create(call: Call, asked: AddParams, *, project: Project) -> Added:
    event = await _check(call, asked, project=project)
    known = await _known(call.context, event)
    task = known or await call.engine.writer.create(event)
    return Added(
        id=task.id,
        key=task.key,
        title=task.title,
        slug=task.slug,
        status=task.status.value,
        branch=task.branch,
        project=project_name({project.id: project}, task.project_id),
        created=known is None,
    )


async def _known(context: Context, event: TaskSubmitted) -> Task | None:
    return await _keyed(context, event.project_id, key=event.key) if event.key else None


async def _keyed(context: Context, project_id: str, *, key: str) -> Task | None:
    query = TaskQuery(project_id=project_id, key=key, limit=1)
    found = await context.read(context.engine.store.tasks, query)
    return found[0] if found else None


async def _check(call: Call, asked: AddParams, *, project: Project) -> TaskSubmitted:
    """Turn what was asked for into the event; nothing is written if anything of it is wrong."""
    title = check_title(asked.title)
    settings = await _settings(call.context, project)
    if asked.agent is not None:
        await _check_agent(call.context, asked.agent, project=project)
    place = await _place(call, asked, project=project)
    scope = Scope(allowed=asked.allowed_files, forbidden=asked.forbidden_files)
    if place.parent and call.caller.role is Role.SESSION:
        scope = narrowed(scope, place.parent)
    return TaskSubmitted(
        at=call.now(),
        actor=call.actor,
        task_id="",
        project_id=project.id,
        title=title,
        slug=check_slug(asked.slug) if asked.slug else names.slug(title),
        prompt=check_prompt(asked.prompt),
        key=check_key(asked.key) if asked.key else None,
        priority=asked.priority,
        labels=check_labels(asked.labels),
        after=await find_all(call, names=asked.after, project=project),
        parent=place.parent.id if place.parent else None,
        lead=place.lead,
        depth=place.depth,
        agent=asked.agent,
        base=asked.base,
        scope=scope,
        budget=_budget(asked, settings),
        draft=asked.draft,
    )


async def _place(call: Call, asked: AddParams, *, project: Project) -> Place:
    named = await find_task(call, name=asked.parent, project=project) if asked.parent else None
    if call.caller.role is Role.SESSION:
        own = await own_task(call)
        return place_of_session(own, named or own, caller=call.actor, asked=asked.lead)
    return Place(named, lead_of_person(asked.lead, await _settings(call.context, project)))


def _budget(asked: AddParams, settings: ProjectSettings) -> Budget:
    attempts = settings.limits.attempts if asked.attempts is None else asked.attempts
    rounds = settings.limits.rounds if asked.rounds is None else asked.rounds
    if attempts < 1 or rounds < 0:
        raise invalid("a task needs at least one attempt, and no fewer than 0 rounds")
    return Budget(attempts=attempts, rounds=rounds)


async def _settings(context: Context, project: Project) -> ProjectSettings:
    try:
        return await context.configuration.project(project)
    except Permanent:
        # What is asked for is stored in any case; the task says that it waits for `orch trust`.
        return ProjectSettings()


async def _check_agent(context: Context, agent: str, *, project: Project) -> None:
    known = [profile.name for profile in (await _settings(context, project)).agents]
    if known and agent not in known:
        raise WireError(
            Code.INVALID,
            f"{project.name} has no agent {agent!r}",
            candidates=known,
            next=f"add a table [agents.{agent}] to {project.path}/.orch/config.toml",
        )


def _asked(one: taskfile.Wanted, *, draft: bool) -> AddParams:
    return AddParams(
        title=one.title,
        prompt=one.prompt,
        key=one.key,
        slug=one.slug or None,
        agent=one.agent,
        priority=one.priority,
        labels=one.labels,
        after=one.after,
        draft=draft,
    )
