"""Keeps repositories that lie inside a workspace: submodules, and what an agent cloned or made."""

from dataclasses import dataclass, replace
from functools import partial

from orch.adapters.hub import patiently
from orch.adapters.workspaces.loose import tips_of
from orch.adapters.workspaces.snapshot import Source, take
from orch.system.git import Git, GitError


@dataclass(frozen=True, slots=True, kw_only=True)
class Nested:
    """What an inner repository has that no remote of its own has.

    `tree` is its folder as it lies there; `commits` are now in the hub too; `origin` says where
    the rest of its history is.
    """

    name: str
    tree: str
    commits: tuple[str, ...]
    origin: str


async def take_nested(source: Source, name: str) -> Nested | None:
    """Keep the repository in the folder `name` of a workspace; None if all of it is elsewhere.

    Raises `GitError` or `OSError` if it can't be read as a whole.
    """
    git = Git(source.folder / name)
    head = (await git.run("rev-parse", "--verify", "--quiet", "HEAD^{commit}")).text
    inner = await take(replace(source, folder=source.folder / name, index=None, head=None))
    if inside := [path for path in inner.nested if name]:
        raise GitError(
            ("snapshot", name), 1, stderr=f"repositories in repositories: {', '.join(inside)}"
        )
    unpublished = await _unpublished(git) if head else ()
    committed = await git.run("rev-parse", "--verify", "--quiet", "HEAD^{tree}")
    if not unpublished and committed.text == inner.tree:
        return None
    if unpublished:
        hub = Git(source.hub, git_dir=source.hub)
        options = ("--quiet", "--no-write-fetch-head", "--no-tags", "--no-recurse-submodules")
        folder = str(git.directory)
        await patiently(partial(hub, "fetch", *options, "--", folder, *unpublished))
    remotes = await git.run("config", "--get-regexp", r"^remote\..*\.url$")
    origin = f"{head or 'no commit'} of {remotes.text or 'no remote'}"
    return Nested(name=name, tree=inner.tree, commits=unpublished, origin=origin)


async def _unpublished(git: Git) -> tuple[str, ...]:
    """Find the newest commits that none of its remotes has."""
    history = await git("rev-list", "--parents", "--branches", "HEAD", "--not", "--remotes")
    return tips_of(history)
