"""The hub: orch's own bare repository of a project, where all branches of its tasks live."""

import asyncio
import contextlib
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from orch.adapters.hub_config import keep_config, mend_config
from orch.adapters.hub_errors import explain, refuse_missing
from orch.core.project import Project
from orch.ports.errors import Permanent
from orch.system.file_lock import exclusive
from orch.system.git import Git, GitError, redact
from orch.system.refs import peek
from orch.system.repository import contact_config, excludes, is_partial, is_repository

BASE: Final = "refs/orch/base/"
ATTEMPTS: Final = "refs/orch/attempts/"
SAVED: Final = "refs/orch/saved/"
TASK_BRANCHES: Final = "refs/heads/orch/"
MIRROR: Final = "refs/remotes/origin/"
"""What an agent sees of the base branches: `origin/main`, as in any clone."""

NO_PUSH: Final = "/dev/null/orch-lands-this-work-when-the-task-is-done"
"""Where an agent's `git push` leads: nowhere, and the name says why."""

_CONFIG: Final = (
    ("core.fsync", "all"),
    ("core.fsyncMethod", "batch"),
    ("core.logAllRefUpdates", "true"),
    ("core.filesRefLockTimeout", "10000"),
    ("core.packedRefsTimeout", "10000"),
    ("core.untrackedCache", "true"),
    ("index.threads", "true"),
    ("checkout.workers", "0"),
    ("gc.auto", "0"),
    ("maintenance.auto", "false"),
    ("gc.pruneExpire", "never"),
    ("gc.reflogExpireUnreachable", "never"),
    ("gc.worktreePruneExpire", "never"),
    ("receive.autogc", "false"),
    ("receive.denyDeletes", "true"),
    ("receive.denyNonFastForwards", "true"),
    ("uploadpack.allowAnySHA1InWant", "true"),
    ("rerere.enabled", "true"),
    ("merge.directoryRenames", "false"),
    ("advice.detachedHead", "false"),
)
_FETCH_TIMEOUT_S: Final = 180.0
_CLONE_TIMEOUT_S: Final = 3600.0
_FETCH_TRIES: Final = 8


@dataclass(frozen=True, slots=True)
class Hub:
    """An open hub; `git` is bound to it."""

    project: Project
    git: Git

    @property
    def path(self) -> Path:
        """Where the hub is."""
        return self.git.directory

    @property
    def lock(self) -> Path:
        """What is held while the hub's shared refs or its list of worktrees change."""
        return self.path.with_suffix(".lock")

    async def commit(self, name: str) -> str | None:
        """Return the commit that a ref or an object id names; None if there is none."""
        out = await self.git.run("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
        return out.text if out.exit_code == 0 else None


async def open_hub(project: Project) -> Hub:
    """Open a project's hub, and make it first if it isn't there.

    It is a clone with hard links to the objects of the person's repository, so it takes little
    room and the person's garbage collection can't take anything from it. A hub is either there
    as a whole or not at all, and is configured as orch wants it. Raises `Permanent` if the
    person's repository can't be copied.
    """
    path = Path(project.hub)
    hub = Hub(project, Git(path, git_dir=path))
    if not (path / "HEAD").exists():
        async with exclusive(hub.lock):
            if not (path / "HEAD").exists():
                await _make(hub)
    await mend_config(path)
    return hub


async def fetch_base(project: Project, base: str, *, timeout_s: float = _FETCH_TIMEOUT_S) -> str:
    """Fetch a branch of the project's target into the hub and return the commit it names now.

    It comes from the remote if the project has one, else from the person's repository, and is
    kept at `refs/orch/base/<base>`; agents see it as `origin/<base>`. A base `orch/…` names the
    branch of another task and is looked up in the hub itself. Raises `Permanent` if there is no
    such branch or no right to read it, `Transient` if a remote does not answer.
    """
    hub = await open_hub(project)
    if base.startswith("orch/") and (own := await hub.commit(f"refs/heads/{base}")):
        return own
    if project.remote is None and (known := await _known(hub, base)):
        return known
    async with exclusive(hub.lock):
        return await _fetch(hub, base, timeout_s=timeout_s)


async def contact(hub: Hub) -> Git:
    """Bind the hub with what the person has configured to reach the project's remote."""
    config = await contact_config(Path(hub.project.path))
    return hub.git.person().with_config(*config)


def source(project: Project) -> str:
    """Return where the project's branches are fetched from: its remote, or the person's path."""
    return project.remote or project.path


async def export_command(hub: Hub, ref: str, *, branch: str) -> str:
    """Compose the command by which a person takes a ref of the hub into their repository."""
    return f"git fetch '{hub.path}' '{ref}:refs/heads/{branch}'"


async def _known(hub: Hub, base: str) -> str | None:
    """Return the tip of a local branch if the hub has it already: no fetch is needed then."""
    path, branch = Path(hub.project.path), f"refs/heads/{base}"
    if (seen := peek(path, branch)) is not None and seen == peek(hub.path, BASE + base):
        return seen
    out = await Git(path, as_person=True).run(
        "rev-parse", "--verify", "--quiet", f"{branch}^{{commit}}"
    )
    return out.text if out.exit_code == 0 and await hub.commit(BASE + base) == out.text else None


async def note_tip(hub: Hub, base: str, *, old: str, new: str) -> None:
    """Note where a push has brought the target, so that the next look needs no fetch.

    Where the hub has seen the target elsewhere meanwhile, or can't be written, that stays so: a
    fetch tells the truth in any case.
    """
    lines = "".join(f"update {where}{base} {new} {old}\n" for where in (BASE, MIRROR))
    await hub.git.run("update-ref", "--stdin", stdin=lines)


async def _fetch(hub: Hub, base: str, *, timeout_s: float) -> str:
    git = (await contact(hub)).with_config(("fetch.prune", "false"))
    branch = f"+refs/heads/{base}"
    refspecs = (f"{branch}:{BASE}{base}", f"{branch}:{MIRROR}{base}")
    options = ("--no-write-fetch-head", "--no-recurse-submodules", "--update-shallow", "--quiet")
    place = source(hub.project)
    try:
        await patiently(lambda: git("fetch", *options, "--", place, *refspecs, timeout_s=timeout_s))
    except GitError as error:
        if "couldn't find remote ref" in error.stderr or "invalid refspec" in error.stderr:
            heads = await git.run("ls-remote", "--heads", "--", place, timeout_s=timeout_s)
            raise refuse_missing(hub.project, base, listing=heads.text) from error
        raise explain(error, doing=f"fetching {base} from {redact(place)}") from error
    commit = await hub.commit(BASE + base)
    if commit is None:
        raise Permanent(f"{base} of {redact(place)} does not name a commit")
    return commit


async def patiently(fetch: Callable[[], Awaitable[str]]) -> None:
    """Fetch into a hub, and again where the only fault is a worktree that is just being made.

    Git looks at the HEAD of every worktree when it fetches, and that of a new one names nothing
    for a moment.
    """
    for turn in range(_FETCH_TRIES):
        try:
            await fetch()
        except GitError as error:
            if "bad object worktrees/" not in error.stderr or turn == _FETCH_TRIES - 1:
                raise
            await asyncio.sleep(0.02 * 2**turn)
        else:
            return


async def _make(hub: Hub) -> None:
    person, path = Path(hub.project.path), hub.path
    await _refuse_unfit(person)
    making = path.with_suffix(".making")
    # What a crash left of an earlier try is a half-made copy and nothing else.
    shutil.rmtree(making, ignore_errors=True)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    settings = [part for key, value in _CONFIG for part in ("-c", f"{key}={value}")]
    try:
        await Git(path.parent, as_person=True)(
            *("clone", "--bare", *await _locality(person), "--template=", "--quiet"),
            *settings,
            *("--", str(person), str(making)),
            timeout_s=_CLONE_TIMEOUT_S,
        )
        await _furnish(Git(making, git_dir=making), hub)
    except GitError as error:
        shutil.rmtree(making, ignore_errors=True)
        raise explain(error, doing=f"copying {person} to {path}") from error
    making.rename(path)


async def _refuse_unfit(person: Path) -> None:
    if not await is_repository(person):
        raise Permanent(
            f"{person} is not a git repository (any more); nothing was changed",
            remedy="git init, or orch init with the folder it was moved to",
        )
    if await is_partial(person):
        raise Permanent(
            f"{person} is a partial clone: files are missing from it until they are asked for",
            remedy="git fetch --refetch --filter=blob:limit=1t, or clone it without --filter",
        )


async def _locality(person: Path) -> tuple[str, ...]:
    """Choose hard links, unless the objects are borrowed: then their owner might delete them.

    Nothing is said for hard links: git makes them by itself between paths, and copies where the
    two are on different disks; told `--local`, it would fail there.
    """
    git = Git(person, as_person=True)
    common = Path(person, await git("rev-parse", "--git-common-dir"))
    borrowed = (common / "objects" / "info" / "alternates").exists()
    return ("--no-local",) if borrowed else ()


async def _furnish(git: Git, hub: Hub) -> None:
    """Make a hub of a clone: branches become `origin/…`, and nothing leads to the person's."""
    refs = await git("for-each-ref", "--format=%(refname:lstrip=2) %(objectname)", "refs/heads")
    lines = [line.rsplit(" ", 1) for line in refs.splitlines()]
    moves = [f"create {MIRROR}{name} {commit}" for name, commit in lines]
    moves += [f"delete refs/heads/{name} {commit}" for name, commit in lines]
    await git("symbolic-ref", "HEAD", "refs/heads/orch/none")
    if moves:
        await git("update-ref", "--no-deref", "--stdin", stdin="\n".join(moves) + "\n")
    await git("config", "remote.origin.url", str(hub.path))
    await git("config", "remote.origin.pushurl", NO_PUSH)
    await git("config", "--replace-all", "remote.origin.fetch", f"+{BASE}*:{MIRROR}*")
    # Each worktree has settings of its own (identity, hooks); `core.bare` must not be theirs.
    (git.directory / "config.worktree").write_text("[core]\n\tbare = true\n", encoding="ascii")
    await git("config", "extensions.worktreeConfig", "true")
    await git("config", "--unset", "core.bare")
    keep_config(git.directory)
    await write_excludes(git, Path(hub.project.path))


async def write_excludes(git: Git, person: Path, *, patterns: tuple[str, ...] = ()) -> None:
    """Let the hub's worktrees ignore what the person ignores, and what is copied into them.

    The person's own files for that (`.git/info/exclude`, `core.excludesFile`) are out of sight
    for orch's git; without them, their clutter would look like work.
    """
    text = "\n".join((await excludes(person), *patterns)) + "\n"
    path = git.directory / "info" / "exclude"
    path.parent.mkdir(exist_ok=True)
    with contextlib.suppress(OSError):
        if path.read_text(encoding="utf-8", errors="surrogateescape") == text:
            return
    draft = path.with_name("exclude.orch-new")
    draft.write_text(text, encoding="utf-8", errors="surrogateescape")
    draft.replace(path)
