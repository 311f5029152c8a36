"""Methods of projects: plan and carry out `orch init`, list, remove, pause, trust, agents."""

import asyncio
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

from orch.adapters.agents.registry import AGENTS
from orch.core.project import Project
from orch.core.settings import AgentProfile
from orch.daemon.call import Call
from orch.daemon.context import Context
from orch.daemon.initialise.plan import InitOrder, InitPlan, plan_init
from orch.daemon.initialise.programs import find_programs
from orch.daemon.initialise.write import write_init
from orch.daemon.methods.lookup import find_project, maybe_project, projects_of
from orch.daemon.methods.table import method
from orch.daemon.probing import probed
from orch.daemon.rights import Role
from orch.daemon.settings.change import approve
from orch.daemon.settings.problem import Problem
from orch.daemon.settings.source import Document
from orch.daemon.views import project_shape
from orch.ports.errors import Permanent
from orch.system.git import redact
from orch.wire.codes import Code, WireError, invalid
from orch.wire.shapes.overview import Done, ProjectShape
from orch.wire.shapes.settings import (
    AgentShape,
    InitPlanShape,
    InitShape,
    ProblemShape,
    TrustShape,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class InitParams:
    """Which folder (absolute), and what was asked for; `search` is the person's PATH.

    `seen` is the digest of the configuration that the person has agreed to; without it, or if
    another one is there by now, its commands don't run before `orch trust`.
    """

    path: str
    git: bool = False
    repo: str = ""
    name: str = ""
    search: str | None = None
    seen: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectsParams:
    """Nothing to choose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectParams:
    """Which project: the one named, else the one around the folder."""

    project: str | None = None
    cwd: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveParams:
    """Which project; `force` forgets it although tasks of it wait."""

    project: str
    force: bool = False
    cwd: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApproveParams:
    """Which project; `seen` is the digest of what the person was shown."""

    seen: str
    project: str | None = None
    cwd: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentsParams:
    """Whose agents: those of one project, or of all; `search` is the person's PATH."""

    project: str | None = None
    cwd: str | None = None
    search: str | None = None


@method("project.plan", Role.PERSON)
async def plan(call: Call, params: InitParams) -> InitPlanShape:
    """Look at a folder and say what `project.add` would do; changes nothing."""
    return _plan_shape(await _plan(call.context, params))


@method("project.add", Role.PERSON)
async def add(call: Call, params: InitParams) -> InitShape:
    """Set up and register the repository of a folder: all of it, or nothing is left."""
    found = await _plan(call.context, params)
    if found.problems:
        first = found.problems[0]
        raise WireError(
            Code.REFUSED,
            "\n".join(f"{problem.where}: {problem.what}" for problem in found.problems),
            kept="nothing was changed",
            next=first.remedy,
        )
    seen = bool(params.seen) and params.seen == _document(found).digest
    done = await write_init(
        found, call.context.projects, trust=call.context.configuration.trust, approved=seen
    )
    call.context.configuration.forget(done.project)
    await call.engine.reload()
    counts = await call.read(call.engine.registry.counts)
    return InitShape(project=project_shape(done.project, counts), did=done.did, notes=done.notes)


@method("project.list", Role.SESSION)
async def list_(call: Call, params: ProjectsParams) -> tuple[ProjectShape, ...]:
    """List the registered projects, oldest first."""
    del params
    counts = await call.read(call.engine.registry.counts)
    projects = await projects_of(call.context)
    return tuple(project_shape(project, counts) for project in projects.values())


@method("project.remove", Role.PERSON)
async def remove(call: Call, params: RemoveParams) -> Done:
    """Forget a project; its tasks, its history and orch's repository of it stay."""
    project = await find_project(call.context, name=params.project, cwd=params.cwd)
    await call.read(call.context.projects.remove, project, force=params.force)
    return Done(what=f"{project.name} is forgotten; orch's repository of it stays: {project.hub}")


@method("project.pause", Role.PERSON)
async def pause(call: Call, params: ProjectParams) -> Done:
    """Start nothing new in a project; what runs goes on."""
    project = await find_project(call.context, name=params.project, cwd=params.cwd)
    await call.engine.pause(project.id, actor=call.actor)
    return Done(what=f"{project.name} is paused")


@method("project.resume", Role.PERSON)
async def resume(call: Call, params: ProjectParams) -> Done:
    """Let a paused project's tasks start again; what failed until now never counts again."""
    project = await find_project(call.context, name=params.project, cwd=params.cwd)
    await call.engine.resume(project.id, actor=call.actor)
    return Done(what=f"{project.name} is at work")


@method("trust.show", Role.PERSON)
async def show_trust(call: Call, params: ProjectParams) -> TrustShape:
    """Show a project's configuration as it is written now, and whether its commands may run."""
    project = await find_project(call.context, name=params.project, cwd=params.cwd)
    written = (await call.context.configuration.look(project)).written
    return TrustShape(
        project=project.name,
        source=written.document.source,
        digest=written.document.digest,
        text=written.document.data.decode(errors="replace"),
        trusted=written.verdict.trusted,
        why=written.verdict.why,
        problems=problem_shapes(written.problems),
    )


@method("trust.approve", Role.PERSON)
async def approve_(call: Call, params: ApproveParams) -> Done:
    """Let the commands of the configuration that was shown run."""
    if not params.seen:
        raise invalid("show it first: trust.show", next="orch trust")
    project = await find_project(call.context, name=params.project, cwd=params.cwd)
    document = await approve(call.context.configuration, project, seen=params.seen)
    await call.engine.reload()
    return Done(what=f"the commands of {document.source} may run")


@method("agents.list", Role.LEAD)
async def agents(call: Call, params: AgentsParams) -> tuple[AgentShape, ...]:
    """List the agents that configurations name, and the agent programs that are installed."""
    project = await maybe_project(call.context, name=params.project, cwd=params.cwd)
    chosen = [project] if project else list((await projects_of(call.context)).values())
    found: dict[tuple[str, str], AgentShape] = {}
    for one in chosen:
        for profile in await _profiles(call.context, one):
            shape = await asyncio.to_thread(_agent_shape, profile, one, search=params.search)
            known = found.get((profile.name, profile.start_command))
            used_by = (*known.used_by, one.name) if known else (one.name,)
            found[profile.name, profile.start_command] = replace(shape, used_by=used_by)
    named = {shape.program for shape in found.values()}
    for program in await asyncio.to_thread(find_programs, params.search):
        if program.name not in named:
            found[program.name, ""] = AgentShape(
                name=program.name,
                adapter="",
                command=program.command,
                program=program.name,
                path=program.path,
                used_by=(),
            )
    return tuple([await probed(call.context.home, shape) for shape in found.values()])


async def _plan(context: Context, params: InitParams) -> InitPlan:
    path = Path(params.path)
    if not path.is_absolute():
        raise invalid("the path of a folder is absolute")
    order = InitOrder(git=params.git, repo=params.repo, name=params.name, search=params.search)
    return await plan_init(context.projects, path, order=order)


def _document(plan: InitPlan) -> Document:
    """Return what the person agrees to: the configuration that is there, or would be written."""
    return plan.document or Document(str(plan.top), plan.text.encode())


def _plan_shape(plan: InitPlan) -> InitPlanShape:
    document = _document(plan)
    return InitPlanShape(
        top=str(plan.top),
        base_branch=plan.base_branch,
        remote=redact(plan.remote) if plan.remote else None,
        steps=plan.steps,
        notes=plan.notes,
        problems=problem_shapes(plan.problems),
        agents=tuple(program.name for program in plan.programs),
        config=document.data.decode(errors="replace"),
        digest=document.digest,
        writes=bool(plan.text),
        project=plan.project.name if plan.project else None,
    )


def problem_shapes(problems: tuple[Problem, ...]) -> tuple[ProblemShape, ...]:
    """Show what is wrong with settings or a repository."""
    return tuple(
        ProblemShape(where=problem.where, what=problem.what, remedy=problem.remedy)
        for problem in problems
    )


async def _profiles(context: Context, project: Project) -> tuple[AgentProfile, ...]:
    try:
        return (await context.configuration.project(project)).agents
    except Permanent:
        return ()


def _agent_shape(profile: AgentProfile, project: Project, *, search: str | None) -> AgentShape:
    adapter = AGENTS.get(profile.adapter)
    program = adapter.program(profile) if adapter else profile.adapter
    path = shutil.which(program, path=search) if program else "/bin/sh"
    return AgentShape(
        name=profile.name,
        adapter=profile.adapter,
        command=profile.start_command,
        program=program,
        path=path or "",
        used_by=(project.name,),
    )
