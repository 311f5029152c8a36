"""Carries out a plan of `orch init`: all of it, or nothing is left of it."""

import asyncio
import contextlib
import os
import secrets
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from orch.core.project import Project
from orch.daemon.initialise.excludes import add_excludes, restore_excludes
from orch.daemon.initialise.first_commit import make_first_commit
from orch.daemon.initialise.plan import InitPlan
from orch.daemon.projects import Projects
from orch.daemon.settings.effective import CONFIG
from orch.daemon.settings.source import Document
from orch.daemon.settings.watched import Watched
from orch.daemon.trust import Trust
from orch.ports.errors import Permanent
from orch.system.git import GitError


@dataclass(frozen=True, slots=True)
class InitResult:
    """The project as it is registered now, and what was done (nothing, if all was there)."""

    project: Project
    did: tuple[str, ...]
    notes: tuple[str, ...] = ()


async def write_init(
    plan: InitPlan, projects: Projects, *, trust: Trust, approved: bool
) -> InitResult:
    """Carry out a plan.

    `approved` says that the person has seen the configuration (`--yes`, or they said so when
    asked): then its commands may run. Raises `Permanent` if the plan has problems or something
    fails; then everything is as it was before.
    """
    if plan.problems:
        said = "\n".join(f"{problem.where}: {problem.what}" for problem in plan.problems)
        raise Permanent(said, remedy=plan.problems[0].remedy)
    async with AsyncExitStack() as undo:
        try:
            if plan.first_commit is not None:
                await make_first_commit(plan.top, plan.first_commit, undo=undo)
            await asyncio.to_thread(_write_files, plan, undo)
            project = await asyncio.to_thread(_register, plan, projects, undo=undo)
            if approved:
                await _approve(plan, project, trust=trust)
        except (GitError, OSError) as error:
            said = error.stderr if isinstance(error, GitError) else str(error)
            remedy = "mend the cause and run orch init again"
            raise Permanent(f"orch init failed, nothing was left: {said}", remedy=remedy) from error
        undo.pop_all()
    return InitResult(project, plan.steps, plan.notes)


def _write_files(plan: InitPlan, undo: AsyncExitStack) -> None:
    if plan.text:
        _write_new(plan.top / CONFIG, plan.text.encode(), undo=undo)
    if plan.excludes and plan.common_dir is not None:
        before = add_excludes(plan.common_dir)
        undo.callback(restore_excludes, plan.common_dir, before)


def _write_new(path: Path, data: bytes, *, undo: AsyncExitStack) -> None:
    """Write a file that is not there; one that has appeared meanwhile is never overwritten."""
    if not path.parent.is_dir():
        path.parent.mkdir()
        undo.callback(_remove_folder, path.parent)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with draft.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        path.hardlink_to(draft)
        undo.callback(path.unlink, missing_ok=True)
    finally:
        draft.unlink(missing_ok=True)


def _remove_folder(folder: Path) -> None:
    with contextlib.suppress(OSError):
        folder.rmdir()


def _register(plan: InitPlan, projects: Projects, *, undo: AsyncExitStack) -> Project:
    before = projects.at(plan.top)
    project = projects.register(plan.top, name=plan.name, remote=plan.remote, at=time.time())
    if before is None:
        undo.callback(projects.registry.remove_project, project.id)
    else:
        undo.callback(projects.registry.save_project, before)
    return project


async def _approve(plan: InitPlan, project: Project, *, trust: Trust) -> None:
    """Trust what the person was shown: the file that was written, or the one that was there."""
    document = plan.document or Document("", plan.text.encode())
    found = await Watched(project).read()
    if isinstance(found, Document) and found.data == document.data:
        await trust.trust(project, found)
