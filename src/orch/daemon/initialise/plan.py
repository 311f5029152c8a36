"""Plans `orch init`: looks at everything, changes nothing, and says what would be done."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from orch.core.project import Project
from orch.daemon.initialise.branch import Branches, choose_branch, list_branches
from orch.daemon.initialise.commands import Found, find_commands
from orch.daemon.initialise.excludes import missing_excludes
from orch.daemon.initialise.first_commit import FirstCommit, plan_first_commit
from orch.daemon.initialise.look import find_repository
from orch.daemon.initialise.programs import Program, find_programs
from orch.daemon.initialise.remote import choose_remote
from orch.daemon.initialise.text import config_text
from orch.daemon.projects import Projects
from orch.daemon.settings.effective import Effective, Layers, lay
from orch.daemon.settings.problem import Problem
from orch.daemon.settings.source import Document, load
from orch.daemon.settings.watched import Watched
from orch.system.git import GitError, redact
from orch.system.repository import Repository

NEW_BRANCH = "main"


@dataclass(frozen=True, slots=True, kw_only=True)
class InitOrder:
    """What the person asked for: `--git`, `--repo`, `--name`; `search` is the PATH for agents."""

    git: bool = False
    repo: str = ""
    name: str = ""
    search: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InitPlan:
    """What was found at `top`, and what `write_init` would do; nothing if there are `problems`.

    `document` is the configuration that is there; without one, `text` is what would be written
    (not in a bare repository). `remote` is where landings would go, None for the repository
    itself. `excludes` are the lines that .git/info/exclude lacks. `project` is set where the
    repository is registered already.
    """

    top: Path
    common_dir: Path | None = None
    bare: bool = False
    base_branch: str = ""
    remote: str | None = None
    commands: tuple[Found, ...] = ()
    programs: tuple[Program, ...] = ()
    document: Document | None = None
    text: str = ""
    excludes: tuple[str, ...] = ()
    first_commit: FirstCommit | None = None
    project: Project | None = None
    name: str = ""
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def steps(self) -> tuple[str, ...]:
        """Say what would be done, a sentence each; none if all is there already."""
        return () if self.problems else tuple(_steps(self))


async def plan_init(projects: Projects, path: Path, *, order: InitOrder) -> InitPlan:
    """Look at the folder at an absolute path and plan.

    Nothing is changed, and no remote is contacted.
    """
    found = await find_repository(projects, path)
    if isinstance(found, Problem):
        return InitPlan(top=path, problems=(found,))
    if found is None or found.empty:
        return await _plan_new(found, path, order=order)
    return await _plan_known(projects, found, order=order)


async def _plan_new(found: Repository | None, place: Path, *, order: InitOrder) -> InitPlan:
    """Plan for a folder that is no repository, or for a repository without a commit."""
    top = found.top if found else place
    if found is not None and found.bare:
        what = "this repository has no commit yet, and work starts from one"
        return _refusal(top, what, remedy="push a first commit to it, then run orch init again")
    if not order.git:
        what = "this is no git repository" if found is None else "this repository has no commit yet"
        return _refusal(top, what, remedy="orch init --git makes it one, with a first commit")
    branch = (found.branch if found else None) or NEW_BRANCH
    try:
        first = await plan_first_commit(top, branch=branch, makes=found is None)
    except GitError as error:
        return _refusal(top, error.stderr, remedy="mend the repository first")
    if isinstance(first, list):
        return InitPlan(top=top, problems=tuple(first))
    plan = InitPlan(
        top=top,
        common_dir=found.common_dir if found else top / ".git",
        base_branch=branch,
        first_commit=first,
        name=order.name,
    )
    remote = choose_remote(top, found.remotes if found else (), wanted=order.repo)
    if isinstance(remote, Problem):
        return replace(plan, problems=(remote,))
    return await asyncio.to_thread(_completed, replace(plan, remote=remote), order)


async def _plan_known(projects: Projects, found: Repository, *, order: InitOrder) -> InitPlan:
    """Plan for a repository with commits; its configuration, if it has one, is checked."""
    project = await asyncio.to_thread(projects.at, found.top)
    content = await Watched(project or _unregistered(found.top)).read()
    settings = lay(Layers(host=load(projects.home.config), project=content))
    branches = await list_branches(found)
    branch = choose_branch(found, branches, settings=settings)
    remote = (
        project.remote
        if project and not order.repo
        else choose_remote(found.top, found.remotes, wanted=order.repo)
    )
    problems = [*settings.problems, *(p for p in (branch, remote) if isinstance(p, Problem))]
    plan = InitPlan(
        top=found.top,
        common_dir=found.common_dir,
        bare=found.bare,
        document=content if isinstance(content, Document) else None,
        project=project,
        name=order.name,
        problems=tuple(problems),
    )
    if isinstance(branch, Problem) or isinstance(remote, Problem) or problems:
        return plan
    notes = tuple(_notes(found, settings, branches=branches, branch=branch, remote=remote))
    plan = replace(plan, base_branch=branch, remote=remote, notes=notes)
    return await asyncio.to_thread(_completed, plan, order)


def _completed(plan: InitPlan, order: InitOrder) -> InitPlan:
    """Add what the files of the checkout and the person's PATH tell."""
    commands = () if plan.bare else find_commands(plan.top)
    programs = tuple(find_programs(order.search))
    text = ""
    if plan.document is None and not plan.bare:
        text = config_text(branch=plan.base_branch, commands=commands, programs=programs)
    excludes = () if plan.bare or not plan.common_dir else missing_excludes(plan.common_dir)
    return replace(plan, commands=commands, programs=programs, text=text, excludes=excludes)


def _notes(
    found: Repository, settings: Effective, *, branches: Branches, branch: str, remote: str | None
) -> Iterator[str]:
    if found.bare and not settings.project.digest:
        yield "a bare repository is configured by .orch/config.toml on its default branch"
    if remote is not None and branches.remote and branch not in branches.remote:
        yield f"{branch} is not known on {redact(remote)}: push it before the first task"
    if remote is None and found.remotes:
        yield f"landings move {branch} in this repository, and are not pushed"
    if found.partial:
        yield "no task starts in a partial clone: git fetch --refetch --filter=blob:limit=1t"
    if found.shallow:
        yield "this clone is shallow: git fetch --unshallow, if a task needs the history"


def _steps(plan: InitPlan) -> Iterator[str]:
    first = plan.first_commit
    if first is not None and first.makes:
        yield f"make a git repository in {plan.top}, on branch {first.branch}"
    if first is not None and first.identity is not None:
        name, email = first.identity
        yield f"let git know you as {name} <{email}> in this repository"
    if first is not None:
        yield f"commit {len(first.paths)} files as its beginning"
    if plan.text:
        yield "write .orch/config.toml"
    if plan.excludes:
        yield "keep .orch/ out of git, the configuration aside (.git/info/exclude)"
    where = redact(plan.remote) if plan.remote else f"{plan.base_branch} of this repository"
    if plan.project is None:
        yield f"register the project; what passes its gate lands on {where}"
    elif plan.project.remote != plan.remote:
        yield f"let what passes the gate land on {where}"


def _refusal(top: Path, what: str, *, remedy: str) -> InitPlan:
    return InitPlan(top=top, problems=(Problem(source=str(top), what=what, remedy=remedy),))


def _unregistered(top: Path) -> Project:
    """Stand in for the project that is not registered yet, to read its configuration."""
    return Project(id="", name=top.name, path=str(top), hub="", host_id="", added_at=0.0)
