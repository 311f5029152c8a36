"""The guard: every verb that destroys a workspace goes through it, and it keeps what was there."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from orch.adapters.hub import SAVED, Hub
from orch.adapters.hub_locks import unlocked
from orch.adapters.workspaces.loose import Loose, Place, find_loose, unfinished
from orch.adapters.workspaces.nested import Nested, take_nested
from orch.adapters.workspaces.snapshot import Snapshot, Source, take
from orch.ports.errors import Permanent
from orch.ports.workspace import Saved
from orch.system.git import Git, GitError
from orch.system.run import CannotStart
from orch.system.worktrees import find_admin

_LISTED: Final = 500
_NAMED: Final = 5
_IDENTITY: Final = {
    "GIT_AUTHOR_NAME": "orch",
    "GIT_AUTHOR_EMAIL": "orch@orch.invalid",
    "GIT_COMMITTER_NAME": "orch",
    "GIT_COMMITTER_EMAIL": "orch@orch.invalid",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardOrder:
    """Which workspace is about to be destroyed, and for which attempt its work is kept.

    `keep_ignored` are patterns of ignored files that are kept as well; others are only named.
    """

    hub: Hub
    path: Path
    branch: str
    task_id: str
    attempt: int
    keep_ignored: tuple[str, ...] = ()

    @property
    def refs(self) -> str:
        """Where this attempt's saved work is kept."""
        return f"{SAVED}{self.task_id}/{self.attempt}/"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Draft:
    """A commit to be made: `subject` and `lines` become its message."""

    tree: str
    parents: tuple[str, ...]
    subject: str
    lines: tuple[str, ...] = ()


async def save_unreachable(order: GuardOrder) -> Sequence[Saved]:
    """Keep all work of a workspace that no branch reaches, and return what was kept.

    Uncommitted and untracked files, what was staged, stashes, commits on a detached HEAD or left
    behind by a reset, unfinished merges and rebases, branches made here, and repositories inside
    become commits at `refs/orch/saved/<task>/<attempt>/<k>`. The workspace is only read. What was
    kept before is not kept twice. Raises `Permanent` if anything can't be kept: then nothing may
    be removed.
    """
    try:
        return await unlocked(order.hub, lambda: _save(order))
    except (GitError, CannotStart, OSError) as error:
        raise Permanent(
            f"the work in {order.path} could not be saved, so it was left as it is: {error}",
            remedy=f"mend that or copy what you need from {order.path}, then do it again",
        ) from error


async def _save(order: GuardOrder) -> list[Saved]:
    admin = find_admin(order.hub.path, order.path)
    place = Place(hub=order.hub, path=order.path, admin=admin, branch=order.branch)
    head = await _head(order, admin)
    drafts = await _folder_drafts(order, admin, head=head)
    drafts += [await _loose_draft(order.hub.git, loose) for loose in await find_loose(place)]
    known = await _known(order)
    drafts = [draft for draft in drafts if (draft.tree, draft.parents) not in known]
    commits = [await _commit(order, draft) for draft in drafts]
    await _prove(order.hub.git, commits)
    return await _record(order, drafts, commits=commits)


async def _known(order: GuardOrder) -> set[tuple[str, tuple[str, ...]]]:
    """Return what this attempt's earlier saves hold: a guard that was interrupted comes again."""
    listed = await order.hub.git("for-each-ref", "--format=%(tree) %(parent)", order.refs)
    lines = [line.split() for line in listed.splitlines()]
    return {(tree, tuple(parents)) for tree, *parents in lines}


async def _head(order: GuardOrder, admin: Path | None) -> str | None:
    """Return the commit the workspace is on; its branch tells where git has forgotten it."""
    if admin is None:
        return await order.hub.commit(f"refs/heads/{order.branch}")
    git = Git(order.hub.path, git_dir=admin)
    out = await git.run("rev-parse", "--verify", "--quiet", "HEAD^{commit}")
    return out.text or None


async def _folder_drafts(
    order: GuardOrder, admin: Path | None, *, head: str | None
) -> list[_Draft]:
    if not order.path.is_dir():
        return []
    exclude = order.hub.path / "info" / "exclude"
    source = Source(
        hub=order.hub.path,
        folder=order.path,
        index=admin / "index" if admin else None,
        head=head,
        exclude=exclude.read_text("utf-8", "surrogateescape") if exclude.exists() else "",
        keep_ignored=order.keep_ignored,
    )
    snapshot = await take(source)
    inside = [*snapshot.nested, *([""] if (order.path / ".git").is_dir() else [])]
    nested = [found for name in inside if (found := await take_nested(source, name))]
    return [
        *await _uncommitted(order.hub.git, snapshot, head=head, state=unfinished(admin)),
        *(_nested_draft(found) for found in nested),
    ]


async def _uncommitted(
    git: Git, snapshot: Snapshot, *, head: str | None, state: str
) -> list[_Draft]:
    if not snapshot.changed and snapshot.staged is None:
        return []
    parents = (head,) if head else ()
    if snapshot.staged is not None:
        staged = _Draft(tree=snapshot.staged, parents=parents, subject="what was staged")
        parents = (*parents, await _write(git, staged, message="what was staged", at="@0 +0000"))
    names = [change.partition(" ")[2] for change in snapshot.changed]
    during = f" during an unfinished {state}" if state else ""
    left_out = [f"! {name}" for name in snapshot.ignored[:_NAMED]]
    more = len(snapshot.ignored) - _NAMED
    left_out += [f"! and {more} more"] if more > 0 else []
    return [
        _Draft(
            tree=snapshot.tree,
            parents=parents,
            subject=f"uncommitted changes{during}: {_few(names) or 'only staged'}",
            lines=(
                *snapshot.changed[:_LISTED],
                *(("", "Ignored files that were not kept:", *left_out) if left_out else ()),
            ),
        )
    ]


def _nested_draft(nested: Nested) -> _Draft:
    name = nested.name or "the folder's own .git"
    return _Draft(
        tree=nested.tree,
        parents=nested.commits,
        subject=f"repository inside: {name}",
        lines=(f"It was at {nested.origin}.",),
    )


async def _loose_draft(git: Git, loose: Loose) -> _Draft:
    fields = ("--no-walk=unsorted", "--format=%h %s", "--no-commit-header")
    told = await git("rev-list", *fields, *loose.tips)
    tree = await git("rev-parse", f"{loose.tips[0]}^{{tree}}")
    titles = told.splitlines()
    return _Draft(
        tree=tree,
        parents=loose.tips,
        subject=f"{loose.kind}: {_few(titles)}",
        lines=tuple(titles[:_LISTED]),
    )


async def _commit(order: GuardOrder, draft: _Draft) -> str:
    title = f"Saved from {order.task_id}, attempt {order.attempt}"
    return await _write(
        order.hub.git, draft, message="\n".join((title, "", draft.subject, *draft.lines))
    )


async def _write(git: Git, draft: _Draft, *, message: str, at: str = "") -> str:
    """Write a commit; one with a fixed time gets the same id each time."""
    parents = [part for parent in draft.parents for part in ("-p", parent)]
    dates = {"GIT_AUTHOR_DATE": at, "GIT_COMMITTER_DATE": at} if at else {}
    env = _IDENTITY | dates
    return await git("commit-tree", draft.tree, *parents, stdin=message + "\n", env=env)


async def _prove(git: Git, commits: list[str]) -> None:
    """Read back that everything the commits need is there."""
    if commits:
        reachable = ("--not", "--glob=refs/heads/orch", "--glob=refs/orch")
        await git("rev-list", "--objects", "--quiet", *commits, *reachable)


async def _record(order: GuardOrder, drafts: list[_Draft], *, commits: list[str]) -> list[Saved]:
    listed = await order.hub.git("for-each-ref", "--format=%(refname)", order.refs)
    first = 1 + max((int(ref.rpartition("/")[2]) for ref in listed.splitlines()), default=0)
    saved = [
        Saved(
            ref=f"{order.refs}{first + i}",
            commit=commit,
            task_id=order.task_id,
            attempt=order.attempt,
            what=draft.subject,
            at=float(int(time.time())),
        )
        for i, (draft, commit) in enumerate(zip(drafts, commits, strict=True))
    ]
    lines = "".join(f"create {item.ref} {item.commit}\n" for item in saved)
    if lines:
        await order.hub.git("update-ref", "--stdin", stdin=lines)
    return saved


def _few(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
