"""Reads a task's change out of git: from orch's own repository, or from the live workspace."""

from pathlib import Path

from orch.core.attempt import Attempt
from orch.core.project import Project
from orch.core.task import Task
from orch.system.distrust import distrust
from orch.system.git import Git, GitError
from orch.wire.codes import Code, WireError
from orch.wire.shapes.tasks import DiffShape

PATCH_CHARACTERS = 1_000_000
"""How much of a patch is sent; git shows the rest."""

_OPTIONS = ("--no-color", "--no-ext-diff", "--no-textconv", "--find-renames")


async def diff_of(task: Task, attempt: Attempt, *, project: Project) -> DiffShape:
    """Return the patch from the base to what was claimed, or to the workspace as it is now.

    Raises `WireError` if neither is there any more.
    """
    base, head = attempt.base_commit, attempt.head
    try:
        if head:
            patch = await Git(Path(project.hub))("diff", *_OPTIONS, f"{base}...{head}")
        else:
            # An agent's filters would run to read its files, here and not in its session.
            git = await distrust(Git(Path(attempt.workspace)))
            patch = await git("diff", *_OPTIONS, base)
    except (GitError, OSError) as error:
        raise WireError(
            Code.NOT_FOUND,
            f"the work of {task.id} can't be read: {error}",
            next=f"orch saved list {task.id}",
        ) from error
    return DiffShape(
        task=task.id,
        base=base,
        head=head or "",
        patch=patch.encode("utf-8", "replace").decode()[:PATCH_CHARACTERS],
        cut=len(patch) > PATCH_CHARACTERS,
    )
