"""Workspaces in memory, under the same contract as real ones: for simulations without a disk."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from orch.core.landing import Person
from orch.core.patterns import matches
from orch.core.project import Project
from orch.core.task import Scope
from orch.ports.errors import Permanent
from orch.ports.workspace import (
    Findings,
    Held,
    PrepareOrder,
    Saved,
    Workspace,
    WorkspaceRef,
    WorkspaceSettings,
)
from orch.testing.fake_hub import FakeHub, FakeWorktree, content_id

_TO_MERGE = "The merge is under way; it conflicts in "
FAILING_SETUP = "fail: no such thing"
"""A set-up command that fails; all others succeed without doing anything."""


class FakeWorkspaces:
    """Implements `orch.ports.workspace.Workspaces` in memory.

    The bases are `refs/heads/<base>` of the hub: whoever plays the person puts them there. Set-up
    commands do nothing but fail when they are `FAILING_SETUP`.
    """

    def __init__(self, hub: FakeHub | None = None) -> None:
        """Work in this hub, or in a new one."""
        self.hub = hub or FakeHub()

    async def prepare(self, order: PrepareOrder) -> Workspace:
        """Make the workspace, or go on in it."""
        path = f"/workspaces/{order.project.id}/{order.task_id}"
        tree = self.hub.worktrees.get(path)
        if tree is not None and tree.owner is not None and tree.made is not None:
            if tree.owner[1] == order.attempt:
                return tree.made
            if tree.owner[1] > order.attempt:
                raise Permanent(f"attempt {order.attempt} of {order.task_id} is over")
        base = self.hub.refs.get(f"refs/heads/{order.base}")
        if base is None:
            raise Permanent(f"there is no branch {order.base!r}")
        if FAILING_SETUP in order.settings.setup:
            raise Permanent(f"the set-up failed: {FAILING_SETUP}")
        head, start, note = self._start(order, base, kept=tree is not None)
        merging = base if note.startswith(_TO_MERGE) else None
        warm = self._take_warm(order) if tree is None else False
        if tree is None or merging or head != self.hub.refs.get(f"refs/heads/{order.branch}"):
            saved = (
                self._save(order.task_id, order.attempt - 1, tree=tree) if tree is not None else []
            )
            note = "\n".join((note, *(f"Saved at {one.ref}: {one.what}" for one in saved)))
            files = self._merged(base, head) if merging else self.hub.commits[head].files
            tree = FakeWorktree(head, order.branch, dict(files), None, merging=merging)
        self.hub.refs[f"refs/heads/{order.branch}"] = head
        tree.owner = (order.task_id, order.attempt)
        tree.made = Workspace(
            path=path,
            branch=order.branch,
            base_commit=start,
            environment=(("ORCH_WORKSPACE", path), ("ORCH_WORKSPACE_NAME", order.task_id)),
            note=note.strip(),
            was_warm=warm,
        )
        self.hub.worktrees[path] = tree
        return tree.made

    def _start(self, order: PrepareOrder, base: str, *, kept: bool) -> tuple[str, str, str]:
        """Return where the branch shall be, its base, and the note."""
        now = self.hub.refs.get(f"refs/heads/{order.branch}")
        fork = self.hub.fork(base, now) if now is not None else None
        if now is None or (now == fork and (order.renew or not kept)):
            return base, base, ""
        if fork == base or not order.renew:
            return now, fork or base, ""
        ref = f"refs/orch/attempts/{order.task_id}/{order.attempt - 1}"
        self.hub.refs[ref] = now
        mine = self.hub.changed(fork, self.hub.commits[now].files) if fork else ()
        theirs = self.hub.changed(fork, self.hub.commits[base].files) if fork else ()
        clash = sorted(set(mine) & set(theirs))
        if clash and order.merge:
            return now, base, f"{_TO_MERGE}{', '.join(clash)}"
        if clash:
            return base, base, f"Conflicts in {', '.join(clash)}; the earlier work: git show {ref}"
        work = self.hub.commits[now].files
        files = {**self.hub.commits[base].files, **{n: work[n] for n in mine if n in work}}
        carried = {name: text for name, text in files.items() if name not in mine or name in work}
        return self.hub.commit(carried, base, message="Carry on"), base, f"Carried on; see {ref}"

    def _merged(self, base: str, head: str) -> dict[str, str]:
        """Merge file by file; what both sides changed has the contents of both, and markers."""
        fork = self.hub.fork(base, head)
        mine = set(self.hub.changed(fork, self.hub.commits[head].files)) if fork else set()
        ours, theirs = self.hub.commits[head].files, self.hub.commits[base].files
        merged = {name: text for name, text in theirs.items() if name not in mine}
        for name in mine & ours.keys():
            same = fork is not None and theirs.get(name) == self.hub.commits[fork].files.get(name)
            sides = f"<<<<<<< mine\n{ours[name]}\n=======\n{theirs.get(name)}\n>>>>>>> theirs\n"
            merged[name] = ours[name] if same else sides
        return merged

    def _take_warm(self, order: PrepareOrder) -> bool:
        warm = [path for path, tree in self.hub.worktrees.items() if tree.owner is None]
        if warm and order.settings.warm:
            del self.hub.worktrees[warm[0]]
        return bool(warm and order.settings.warm)

    def _tree(self, ref: WorkspaceRef) -> FakeWorktree:
        tree = self.hub.worktrees.get(ref.path)
        if tree is None:
            raise Permanent(f"the workspace {ref.path} is gone")
        return tree

    async def inspect(self, ref: WorkspaceRef, *, scope: Scope) -> Findings:
        """Compare what lies there with the base commit."""
        tree = self._tree(ref)
        files = self.hub.commits[tree.head].files
        changed = self.hub.changed(ref.base_commit, files)
        dirty = self.hub.changed(tree.head, tree.files)
        span = set(self.hub.history(tree.head)) - set(self.hub.history(ref.base_commit))
        return Findings(
            head=tree.head,
            tree=content_id(*(f"{name}={text}" for name, text in sorted(files.items()))),
            ahead=len(span),
            changed=changed,
            dirty=dirty,
            out_of_scope=tuple(n for n in sorted({*changed, *dirty}) if not _allowed(n, scope)),
            detached=tree.branch != ref.branch,
            unfinished="merge" if tree.merging else "",
        )

    async def commit_leftovers(self, ref: WorkspaceRef, *, author: Person, message: str) -> str:
        """Commit what is not committed, and finish a merge."""
        tree = self._tree(ref)
        if tree.merging or self.hub.changed(tree.head, tree.files):
            self._advance(tree, f"{message}\n{author.name}")
        return tree.head

    def _advance(self, tree: FakeWorktree, message: str) -> None:
        tree.head = self.hub.commit(tree.files, tree.merging or tree.head, message=message)
        tree.merging = None
        if tree.branch is not None:
            self.hub.refs[f"refs/heads/{tree.branch}"] = tree.head

    async def publish(self, ref: WorkspaceRef) -> str:
        """Record the head under the attempt."""
        head = self._tree(ref).head
        self.hub.refs[f"refs/orch/attempts/{ref.task_id}/{ref.attempt}"] = head
        return head

    async def release(self, ref: WorkspaceRef, *, settings: WorkspaceSettings) -> Sequence[Saved]:
        """Save what no branch reaches and remove the workspace; its set-up left nothing here."""
        del settings
        tree = self.hub.worktrees.get(ref.path)
        if tree is not None and (tree.owner is None or tree.owner[1] <= ref.attempt):
            self._save(ref.task_id, ref.attempt, tree=tree)
            del self.hub.worktrees[ref.path]
        mine = await self.saved(ref.project, task_id=ref.task_id)
        return [one for one in mine if one.attempt == ref.attempt]

    def _save(self, task_id: str, attempt: int, *, tree: FakeWorktree) -> list[Saved]:
        dirty = self.hub.changed(tree.head, tree.files)
        reached = {commit for head in self.hub.refs.values() for commit in self.hub.history(head)}
        if not dirty and tree.head in reached:
            return []
        commit = self.hub.commit(tree.files, tree.head, message="Saved") if dirty else tree.head
        what = f"uncommitted changes: {', '.join(dirty)}" if dirty else "commits left behind"
        k = 1 + sum(one.task_id == task_id and one.attempt == attempt for one in self.hub.saved)
        ref = f"refs/orch/saved/{task_id}/{attempt}/{k}"
        one = Saved(ref=ref, commit=commit, task_id=task_id, attempt=attempt, what=what, at=0.0)
        self.hub.refs[ref] = commit
        self.hub.saved.append(one)
        return [one]

    async def saved(self, project: Project, *, task_id: str | None = None) -> Sequence[Saved]:
        """List what was saved, newest first; a fake hub has one project."""
        del project
        return [one for one in reversed(self.hub.saved) if task_id in {None, one.task_id}]

    async def held(self, project: Project) -> Sequence[Held]:
        """List the workspaces."""
        return [
            Held(
                path=path,
                project_id=project.id,
                task_id=tree.owner[0] if tree.owner else None,
                attempt=tree.owner[1] if tree.owner else None,
                leased=tree.owner is not None,
                warm=tree.owner is None,
            )
            for path, tree in sorted(self.hub.worktrees.items())
        ]

    async def refill(self, project: Project, *, base: str, settings: WorkspaceSettings) -> int:
        """Make as many warm workspaces as are wanted."""
        head = self.hub.refs[f"refs/heads/{base}"]
        for path in [path for path, tree in self.hub.worktrees.items() if tree.owner is None]:
            del self.hub.worktrees[path]
        for number in range(settings.warm):
            tree = FakeWorktree(head, None, dict(self.hub.commits[head].files), None)
            self.hub.worktrees[f"/warm/{project.id}/{number}"] = tree
        return settings.warm

    def hand(self, path: str) -> "FakeHand":
        """Be the agent in a workspace."""
        return FakeHand(self, self.hub.worktrees[path])

    def advance(self, files: Mapping[str, str], *, base: str = "main") -> str:
        """Commit files on a base branch as a person would, and return the commit."""
        old = self.hub.refs.get(f"refs/heads/{base}")
        before = self.hub.commits[old].files if old else {}
        new = self.hub.commit({**before, **files}, old, message="By a person")
        self.hub.refs[f"refs/heads/{base}"] = new
        return new


@dataclass(frozen=True, slots=True)
class FakeHand:
    """An agent at work in a fake worktree."""

    workspaces: FakeWorkspaces
    tree: FakeWorktree

    def write(self, files: Mapping[str, str]) -> None:
        """Write files, without committing them."""
        self.tree.files |= files

    def read(self, name: str) -> str | None:
        """Read a file; None if it isn't there."""
        return self.tree.files.get(name)

    def commit(self, files: Mapping[str, str], message: str) -> str:
        """Write files, commit all, and return the commit."""
        self.write(files)
        self.workspaces._advance(self.tree, message)  # noqa: SLF001 - two halves of one fake
        return self.tree.head

    def detach(self) -> None:
        """Leave the branch."""
        self.tree.branch = None


def _allowed(name: str, scope: Scope) -> bool:
    if scope.forbidden and matches(name, scope.forbidden):
        return False
    return not scope.allowed or matches(name, scope.allowed)
