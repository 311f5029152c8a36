"""Looks at what is really in a workspace, without changing anything in it."""

from pathlib import Path
from typing import Final

from orch.adapters.workspaces.loose import unfinished
from orch.adapters.workspaces.untouched import list_untouched
from orch.core.patterns import matches
from orch.core.task import Scope
from orch.ports.errors import Permanent
from orch.ports.workspace import MERGE, Findings, WorkspaceRef
from orch.system.distrust import distrust
from orch.system.git import Git, split_z
from orch.system.worktrees import find_admin, is_whole

_DIFF_CHARS: Final = 200_000


async def look_into(ref: WorkspaceRef, hub: Path, *, scope: Scope) -> Findings:
    """Compare the workspace with its base commit. Raises `Permanent` if it is gone."""
    path = Path(ref.path)
    admin = find_admin(hub, path)
    if admin is None or not is_whole(hub, path):
        raise Permanent(
            f"the workspace {ref.path} is gone; what was committed is on {ref.branch}",
            remedy=f"orch task retry {ref.task_id}",
        )
    git = await distrust(Git(path, git_dir=admin, work_tree=path).person())
    head, tree = (await git("rev-parse", "HEAD", "HEAD^{tree}")).split()
    branch = await git.run("symbolic-ref", "--quiet", "HEAD")
    span = (ref.base_commit, head)
    changed = split_z(await git.raw("diff-tree", "-r", "-z", "--name-only", "--no-renames", *span))
    dirty = await list_dirty(git)
    state = unfinished(admin)
    untouched = await list_untouched(git, path) if state == MERGE else []
    return Findings(
        head=head,
        tree=tree,
        ahead=int(await git("rev-list", "--count", f"{ref.base_commit}..{head}")),
        changed=tuple(_shown(path) for path in changed),
        dirty=tuple(_shown(path) for path in dirty),
        out_of_scope=tuple(
            _shown(path) for path in sorted({*changed, *dirty}) if not _is_allowed(path, scope)
        ),
        detached=branch.text != f"refs/heads/{ref.branch}",
        unfinished=state,
        untouched=tuple(_shown(path) for path in untouched),
        diff=_shown(await git.beginning("diff-tree", "-p", "-M", *span, limit_chars=_DIFF_CHARS)),
    )


async def list_dirty(git: Git) -> list[str]:
    """List what is not committed: tracked changes, and untracked files that are not ignored."""
    options = ("--porcelain=v1", "-z", "--untracked-files=all", "--no-renames")
    entries = split_z(await git.raw("status", *options))
    return [entry[3:] for entry in entries]


def _is_allowed(path: str, scope: Scope) -> bool:
    if scope.forbidden and matches(path, scope.forbidden):
        return False
    return not scope.allowed or matches(path, scope.allowed)


def _shown(text: str) -> str:
    """Write out bytes that are no UTF-8, so that the text can be stored and sent."""
    return text.encode("utf-8", "backslashreplace").decode()
