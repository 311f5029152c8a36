"""Lists, shows and brings back what the guard saved."""

from dataclasses import dataclass
from pathlib import Path

from orch.adapters.hub import SAVED, Hub
from orch.adapters.workspaces.findings import list_dirty
from orch.ports.errors import Permanent
from orch.ports.workspace import Saved
from orch.system.distrust import distrust
from orch.system.git import Git

_FIELDS = "%(refname)%00%(objectname)%00%(committerdate:unix)%00%(contents)%00%1e"
_PREFIX_LINES = 2


@dataclass(frozen=True, slots=True)
class Restored:
    """Where saved work is now, and the command by which a person takes it over."""

    branch: str
    command: str


async def list_saved(hub: Hub, *, task_id: str | None = None) -> list[Saved]:
    """List what was saved, of one task or of all, newest first."""
    below = f"{SAVED}{task_id}/" if task_id else SAVED
    listed = await hub.git("for-each-ref", "--sort=-committerdate", f"--format={_FIELDS}", below)
    return [_parse(entry) for entry in listed.split("\x1e") if entry.strip()]


async def show_saved(hub: Hub, ref: str) -> str:
    """Render what was saved: its message, the files with their changes, the commits it keeps."""
    ref = (await _find(hub, ref)).ref
    parents = (await hub.git("rev-parse", f"{ref}^@")).split()
    told = await hub.git("log", "-1", "--format=%B", ref)
    if not parents:
        return f"{told}\n\n{await hub.git('ls-tree', '-r', '--name-only', ref)}"
    patch = await hub.git("diff-tree", "-p", "--stat", "-M", parents[0], ref)
    if patch:
        return f"{told}\n\n{patch}"
    bounds = (
        "--not",
        "--glob=refs/heads/orch",
        "--glob=refs/orch/base",
        "--glob=refs/orch/attempts",
    )
    history = await hub.git(
        "log", "-p", "--stat", "--no-ext-diff", "--no-textconv", *parents, *bounds
    )
    return f"{told}\n\n{history}"


async def restore_as_branch(hub: Hub, ref: str, *, branch: str = "") -> Restored:
    """Put a branch at what was saved; files that were uncommitted are one commit there.

    It is called `orch/saved-<task>-<attempt>-<k>` unless named. The same again is harmless.
    Raises `Permanent` if the branch names something else already.
    """
    saved = await _find(hub, ref)
    ref = saved.ref
    name = branch or "orch/saved-" + saved.ref.removeprefix(SAVED).replace("/", "-")
    parents = (await hub.git("rev-parse", f"{ref}^@")).split()
    same = parents and await hub.git.ok("diff-tree", "--quiet", parents[0], ref)
    # One line of commits that was kept is brought back as it was, without the note around it.
    target = parents[0] if same and len(parents) == 1 else saved.commit
    there = await hub.commit(f"refs/heads/{name}")
    if there not in {None, target}:
        raise Permanent(
            f"the branch {name} is there already and holds something else",
            remedy="orch saved restore with another --branch",
        )
    await hub.git("update-ref", f"refs/heads/{name}", target)
    command = f"git fetch '{hub.path}' 'refs/heads/{name}:refs/heads/{name}'"
    return Restored(branch=name, command=command)


async def restore_into(hub: Hub, ref: str, *, workspace: Path) -> tuple[str, ...]:
    """Bring saved files back into a workspace, uncommitted, and return which.

    Commits that were kept are brought back as a branch instead. Raises `Permanent` if a file in
    the workspace that isn't committed would be overwritten; nothing is changed then.
    """
    saved = await _find(hub, ref)
    ref = saved.ref
    parents = (await hub.git("rev-parse", f"{ref}^@")).split()
    base = parents[0] if parents else await hub.git("mktree", stdin="")
    options = ("-r", "--name-only", "--no-renames")
    names = (await hub.git("diff-tree", *options, "-z", base, saved.commit)).split("\0")
    changed = [name for name in names if name]
    git = await distrust(Git(workspace))
    if busy := sorted(set(changed) & set(await list_dirty(git))):
        raise Permanent(
            f"uncommitted changes in the workspace would be overwritten: {', '.join(busy)}",
            remedy=f"commit them first, or: orch saved restore {ref} --branch NAME",
        )
    patch = await hub.git.raw("diff-tree", "-p", "--binary", "--full-index", base, saved.commit)
    if patch:
        out = await git.run("apply", "--whitespace=nowarn", stdin=patch)
        if out.exit_code != 0:
            said = out.stderr.decode(errors="replace").strip()
            raise Permanent(
                f"the saved changes do not fit the workspace: {said}",
                remedy=f"orch saved restore {ref} --branch NAME",
            )
    return tuple(changed)


async def _find(hub: Hub, ref: str) -> Saved:
    """Find saved work by its ref, or by what is behind `refs/orch/saved/`."""
    full = ref if ref.startswith(SAVED) else SAVED + ref
    found = [saved for saved in await list_saved(hub) if saved.ref == full]
    if not found:
        raise Permanent(f"nothing was saved as {ref}", remedy="orch saved")
    return found[0]


def _parse(entry: str) -> Saved:
    ref, commit, at, message = entry.lstrip("\n").split("\0", 3)
    task_id, attempt, _ = ref.removeprefix(SAVED).split("/")
    lines = message.rstrip("\0").splitlines()
    ours = bool(lines) and lines[0].startswith("Saved from ")
    what = lines[_PREFIX_LINES] if ours and len(lines) > _PREFIX_LINES else "commits: " + lines[0]
    return Saved(
        ref=ref, commit=commit, task_id=task_id, attempt=int(attempt), what=what, at=float(at)
    )
