"""Commits what an agent left uncommitted, in its name and without running anybody's hooks."""

from pathlib import Path

from orch.adapters.workspaces.findings import list_dirty
from orch.adapters.workspaces.loose import unfinished
from orch.core.landing import Person
from orch.ports.errors import Permanent
from orch.ports.workspace import MERGE, WorkspaceRef
from orch.system.distrust import distrust
from orch.system.git import Git
from orch.system.worktrees import find_admin


async def commit_all(ref: WorkspaceRef, *, author: Person, message: str) -> str:
    """Commit all that is neither committed nor ignored, and return the head.

    A merge is finished with it, whatever the files hold. Repositories inside are left out. Raises
    `Permanent` in the middle of a rebase or the like, and if the workspace is gone.
    """
    path = Path(ref.path)
    admin = find_admin(Path(ref.project.hub), path)
    if admin is None:
        raise Permanent(f"the workspace {path} is gone", remedy=f"orch task retry {ref.task_id}")
    state = unfinished(admin)
    if state not in {"", MERGE}:
        raise Permanent(
            f"the agent left a {state} unfinished in {path}",
            remedy=f"finish it there, or: orch task retry {ref.task_id}",
        )
    git = await distrust(Git(path, git_dir=admin, work_tree=path).person())
    dirty = await list_dirty(git)
    inner = [name for name in dirty if name.endswith("/")]
    if len(dirty) > len(inner) or state:
        excluded = [f":(top,exclude,literal){name.rstrip('/')}" for name in inner]
        await git("add", "--all", "--", ":/", *excluded)
        identity = {
            "GIT_AUTHOR_NAME": author.name,
            "GIT_AUTHOR_EMAIL": author.email,
            "GIT_COMMITTER_NAME": author.name,
            "GIT_COMMITTER_EMAIL": author.email,
        }
        options = ("--quiet", "--no-verify", "--cleanup=verbatim", "--file=-")
        # A merge is one also where nothing of the other side was taken.
        if state or not await git.ok("diff-index", "--cached", "--quiet", "HEAD"):
            await git("commit", *options, stdin=message + "\n", env=identity)
    return await git("rev-parse", "HEAD")
