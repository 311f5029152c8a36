"""Decides where a task's branch starts: at the base, where it was, or carried onto a new base."""

from dataclasses import dataclass

from orch.adapters.hub import ATTEMPTS, SAVED, Hub
from orch.ports.workspace import PrepareOrder
from orch.system.git import Git, GitError


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """Where the branch shall be (`head`), where it is (`now`), and what counts as its base.

    `merge` tells that the base has to be merged there, by the agent. `note` is for it.
    """

    head: str
    base: str
    now: str | None
    note: str = ""
    merge: bool = False

    @property
    def moves(self) -> bool:
        """Tell whether the branch has to be put elsewhere, or something begun on it."""
        return self.head != self.now or self.merge


async def choose_start(hub: Hub, order: PrepareOrder, *, base: str, kept: bool) -> Start:
    """Find out where the branch shall be; nothing but an attempt's ref is changed.

    `kept` says that its worktree is still there. Earlier work stays where it is; if it is to be
    renewed and the base has moved, it becomes one commit on the new base. Where that would
    conflict the branch begins anew, or the base is to be merged into it. The earlier head is
    recorded under the attempt before.
    """
    now = await hub.commit(f"refs/heads/{order.branch}")
    if now is None:
        return Start(head=base, base=base, now=None)
    fork = (await hub.git.run("merge-base", base, now)).text
    if fork == now:
        # No work of its own: begin where the base is now, unless somebody is in the middle of it.
        head = base if order.renew or not kept else now
        return Start(head=head, base=head, now=now)
    if fork == base or not order.renew:
        return Start(head=now, base=fork or base, now=now)
    earlier = f"{ATTEMPTS}{order.task_id}/{order.attempt - 1}"
    await record_attempt(hub, order.task_id, attempt=order.attempt - 1, commit=now)
    tree, conflicts = await _merge(hub.git, base, head=now)
    if tree is None and order.merge:
        note = _merge_note(order.base, conflicts, base=base)
        return Start(head=now, base=base, now=now, note=note, merge=True)
    if tree is None:
        return Start(head=base, base=base, now=now, note=_conflict_note(earlier, conflicts))
    carried = await _carry(hub.git, order, onto=base, tree=tree, work=f"{fork}..{now}")
    note = (
        f"Earlier work was carried onto the new base as one commit; its history: git log {earlier}"
    )
    return Start(head=carried, base=base, now=now, note=note)


async def record_attempt(hub: Hub, task_id: str, *, attempt: int, commit: str) -> None:
    """Record a head under an attempt; a head recorded before that is not part of it is kept."""
    ref = f"{ATTEMPTS}{task_id}/{attempt}"
    before = await hub.commit(ref)
    if before == commit:
        return
    lines = [f"update {ref} {commit} {before or '0' * len(commit)}"]
    if before is not None and not await hub.git.ok("merge-base", "--is-ancestor", before, commit):
        k = await next_saved(hub, task_id, attempt=attempt)
        lines.insert(0, f"create {SAVED}{task_id}/{attempt}/{k} {before}")
    await hub.git("update-ref", "--stdin", stdin="\n".join(lines) + "\n")


async def next_saved(hub: Hub, task_id: str, *, attempt: int) -> int:
    """Return the next number under `refs/orch/saved/<task>/<attempt>/`."""
    refs = await hub.git("for-each-ref", "--format=%(refname)", f"{SAVED}{task_id}/{attempt}/")
    return 1 + max((int(ref.rpartition("/")[2]) for ref in refs.splitlines()), default=0)


async def _merge(git: Git, base: str, *, head: str) -> tuple[str | None, tuple[str, ...]]:
    """Merge without a checkout: the tree, or None and the files that conflict.

    Raises `GitError` where git could not tell: work is not set aside for a git that was killed.
    """
    options = ("--write-tree", "--name-only", "--no-messages", "--allow-unrelated-histories", "-z")
    args = ("merge-tree", *options, base, head)
    out = await git.run(*args)
    if out.exit_code not in {0, 1} or not out.stdout:
        raise GitError(args, out.exit_code, stderr=out.stderr.decode("utf-8", "replace"))
    tree, *names = out.text.rstrip("\0").split("\0")
    return (tree, ()) if out.exit_code == 0 else (None, tuple(dict.fromkeys(names)))


async def _carry(git: Git, order: PrepareOrder, *, onto: str, tree: str, work: str) -> str:
    titles = await git("log", "--format=* %s", "--reverse", "--no-merges", work)
    title = f"Carry on {order.task_id} from attempt {order.attempt - 1}"
    identity = {
        "GIT_AUTHOR_NAME": order.identity.name,
        "GIT_AUTHOR_EMAIL": order.identity.email,
        "GIT_COMMITTER_NAME": order.identity.name,
        "GIT_COMMITTER_EMAIL": order.identity.email,
    }
    message = f"{title}\n\n{titles}\n"
    return await git("commit-tree", tree, "-p", onto, stdin=message, env=identity)


def _merge_note(name: str, conflicts: tuple[str, ...], *, base: str) -> str:
    files = ", ".join(conflicts) or "the history is another"
    return (
        f"Your change conflicts with what came to {name} meanwhile ({files}). The merge of {name} "
        f"({base[:12]}) is under way in this worktree. In each of these files your lines stand "
        "first between the markers, then what both sides began from, then those of "
        f"{name}. Edit them so that both changes hold and no marker is left, then run "
        "`git add -A && git commit --no-edit`. Finish this one merge; don't merge, rebase or push "
        f"otherwise. To begin it again: `git merge --abort; git merge {base[:12]}`. The result is "
        "checked like any other work, and lands."
    )


def _conflict_note(earlier: str, conflicts: tuple[str, ...]) -> str:
    files = ", ".join(conflicts) or "the history is another"
    return (
        f"The base has moved and your earlier work conflicts with it ({files}), so the branch "
        f"starts at the new base. The earlier work: git log -p HEAD..{earlier}"
    )
