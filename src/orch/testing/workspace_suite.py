"""The contract of the workspaces port: run it against workspaces of your own.

Subclass `WorkspaceSuite` in a test module and give it a `kit` fixture, new for each test.
"""

from dataclasses import replace
from typing import Final

import pytest

from orch.core.task import Scope
from orch.ports.errors import Permanent
from orch.ports.workspace import Saved
from orch.testing.workspace_kit import AGENT, ANY, NO_SETTINGS, Kit, order_for, ref_to

_WARM: Final = 2


class _MakingSuite:
    """What `prepare` promises."""

    async def test_prepare(self, kit: Kit) -> None:
        """A workspace stands on its branch at the base, clean."""
        base = kit.advance({"b.txt": "b"})
        workspace = await kit.workspaces.prepare(order_for(kit))
        assert workspace.base_commit == base
        assert workspace.branch == "orch/t1-first"
        assert dict(workspace.environment)["ORCH_WORKSPACE"] == workspace.path
        assert kit.hand(workspace.path).read("b.txt") == "b"
        found = await kit.workspaces.inspect(ref_to(kit, workspace), scope=ANY)
        assert (found.head, found.ahead, found.changed, found.dirty) == (base, 0, (), ())

    async def test_prepare_again(self, kit: Kit) -> None:
        """The same order again returns the same workspace, with what is in it."""
        first = await kit.workspaces.prepare(order_for(kit))
        kit.hand(first.path).write({"new.txt": "new"})
        kit.advance({"b.txt": "b"})
        assert await kit.workspaces.prepare(order_for(kit)) == first
        assert kit.hand(first.path).read("new.txt") == "new"

    async def test_missing_base(self, kit: Kit) -> None:
        """A base that does not exist is refused, and leaves nothing."""
        with pytest.raises(Permanent, match="nowhere"):
            await kit.workspaces.prepare(replace(order_for(kit), base="nowhere"))
        assert list(await kit.workspaces.held(kit.project)) == []

    async def test_failing_setup(self, kit: Kit) -> None:
        """A set-up that fails is told with its last lines, and leaves nothing."""
        settings = replace(NO_SETTINGS, setup=(kit.failing_setup,))
        with pytest.raises(Permanent, match="no such thing"):
            await kit.workspaces.prepare(replace(order_for(kit), settings=settings))
        assert list(await kit.workspaces.held(kit.project)) == []
        await kit.workspaces.prepare(order_for(kit))

    async def test_next_attempt_goes_on(self, kit: Kit) -> None:
        """The next attempt finds the work of the one before, committed or not."""
        first = await kit.workspaces.prepare(order_for(kit))
        head = kit.hand(first.path).commit({"a.txt": "worked on"}, "Work")
        kit.hand(first.path).write({"b.txt": "begun"})
        second = await kit.workspaces.prepare(order_for(kit, 2, renew=True))
        assert (second.path, second.branch) == (first.path, first.branch)
        assert second.base_commit == first.base_commit
        found = await kit.workspaces.inspect(ref_to(kit, second, attempt=2), scope=ANY)
        assert (found.head, found.dirty) == (head, ("b.txt",))

    async def test_overtaken(self, kit: Kit) -> None:
        """An attempt that was given up can't take the workspace back from a later one."""
        await kit.workspaces.prepare(order_for(kit, 2))
        with pytest.raises(Permanent, match="attempt 1 of t1 is over"):
            await kit.workspaces.prepare(order_for(kit, 1))

    async def test_carried_onto_a_new_base(self, kit: Kit) -> None:
        """Where the base has moved, earlier work is carried onto it as far as it merges."""
        first = await kit.workspaces.prepare(order_for(kit))
        head = kit.hand(first.path).commit({"a.txt": "mine"}, "Work")
        base = kit.advance({"b.txt": "b"})
        second = await kit.workspaces.prepare(order_for(kit, 2, renew=True))
        assert second.base_commit == base
        found = await kit.workspaces.inspect(ref_to(kit, second, attempt=2), scope=ANY)
        assert (found.ahead, found.changed, found.dirty) == (1, ("a.txt",), ())
        assert kit.hand(second.path).read("b.txt") == "b"
        assert kit.at(head, "a.txt") == "mine"
        assert "refs/orch/attempts/t1/1" in second.note

    async def test_conflict_with_a_new_base(self, kit: Kit) -> None:
        """Where it does not merge the branch begins anew, and the note says where the work is."""
        first = await kit.workspaces.prepare(order_for(kit))
        head = kit.hand(first.path).commit({"a.txt": "mine"}, "Work")
        kit.hand(first.path).write({"c.txt": "uncommitted"})
        base = kit.advance({"a.txt": "theirs"})
        second = await kit.workspaces.prepare(order_for(kit, 2, renew=True))
        found = await kit.workspaces.inspect(ref_to(kit, second, attempt=2), scope=ANY)
        assert (found.head, found.ahead, found.dirty) == (base, 0, ())
        assert kit.hand(second.path).read("a.txt") == "theirs"
        assert "a.txt" in second.note
        assert "refs/orch/attempts/t1/1" in second.note
        assert kit.at(head, "a.txt") == "mine"
        (saved,) = await kit.workspaces.saved(kit.project, task_id="t1")
        assert kit.at(saved.commit, "c.txt") == "uncommitted"
        assert saved.ref in second.note

    async def test_conflict_to_be_resolved(self, kit: Kit) -> None:
        """The merge of the new base is under way; finished, only the agent's work is new."""
        first = await kit.workspaces.prepare(order_for(kit))
        head = kit.hand(first.path).commit({"a.txt": "mine", "d.txt": "d"}, "Work")
        base = kit.advance({"a.txt": "theirs", "b.txt": "b"})
        order = replace(order_for(kit, 2, renew=True), merge=True)
        second = await kit.workspaces.prepare(order)
        assert second.base_commit == base
        assert "a.txt" in second.note
        ref = ref_to(kit, second, attempt=2)
        found = await kit.workspaces.inspect(ref, scope=ANY)
        assert (found.head, found.unfinished) == (head, "merge")
        hand = kit.hand(second.path)
        text = hand.read("a.txt") or ""
        assert [side in text for side in ("<<<<<<<", "mine", "theirs")] == [True] * 3
        assert (hand.read("b.txt"), hand.read("d.txt")) == ("b", "d")
        hand.commit({"a.txt": "both"}, "Merge")
        found = await kit.workspaces.inspect(ref, scope=ANY)
        assert (found.unfinished, found.changed, found.dirty) == ("", ("a.txt", "d.txt"), ())
        assert found.ahead

    async def test_unfinished_merge_begins_again(self, kit: Kit) -> None:
        """The next attempt gets it anew, with what came to the base since; nothing is lost."""
        first = await kit.workspaces.prepare(order_for(kit))
        kit.hand(first.path).commit({"a.txt": "mine"}, "Work")
        kit.advance({"a.txt": "theirs"})
        order = replace(order_for(kit, 2, renew=True), merge=True)
        second = await kit.workspaces.prepare(order)
        kit.hand(second.path).write({"a.txt": "half of both"})
        base = kit.advance({"b.txt": "b"})
        third = await kit.workspaces.prepare(replace(order, attempt=3))
        assert third.base_commit == base
        hand = kit.hand(third.path)
        assert "<<<<<<<" in (hand.read("a.txt") or "")
        assert hand.read("b.txt") == "b"
        (saved,) = await kit.workspaces.saved(kit.project, task_id="t1")
        assert kit.at(saved.commit, "a.txt") == "half of both"

    async def test_isolated(self, kit: Kit) -> None:
        """What one agent does is not seen by another."""
        one = await kit.workspaces.prepare(order_for(kit))
        two = await kit.workspaces.prepare(order_for(kit, task="t2"))
        kit.hand(one.path).commit({"a.txt": "one"}, "One")
        assert kit.hand(two.path).read("a.txt") == "a"


class _LookingSuite:
    """What `inspect`, `commit_leftovers` and `publish` promise."""

    async def test_inspect(self, kit: Kit) -> None:
        """Commits, changes and what is not committed are told apart."""
        workspace = await kit.workspaces.prepare(order_for(kit))
        hand = kit.hand(workspace.path)
        hand.commit({"a.txt": "changed"}, "One")
        head = hand.commit({"src/new.txt": "new"}, "Two")
        hand.write({"README.md": "dirty", "größe.txt": "untracked"})
        scope = Scope(allowed=("*.txt",), forbidden=("src/",))
        found = await kit.workspaces.inspect(ref_to(kit, workspace), scope=scope)
        assert (found.head, found.ahead, found.detached) == (head, 2, False)
        assert set(found.changed) == {"a.txt", "src/new.txt"}
        assert set(found.dirty) == {"README.md", "größe.txt"}
        assert set(found.out_of_scope) == {"README.md", "src/new.txt"}

    async def test_detached(self, kit: Kit) -> None:
        """Work that is not on the task's branch is seen as such."""
        workspace = await kit.workspaces.prepare(order_for(kit))
        kit.hand(workspace.path).detach()
        head = kit.hand(workspace.path).commit({"a.txt": "elsewhere"}, "Work")
        found = await kit.workspaces.inspect(ref_to(kit, workspace), scope=ANY)
        assert (found.head, found.detached) == (head, True)

    async def test_commit_leftovers(self, kit: Kit) -> None:
        """What is left over is committed; where nothing is, nothing is."""
        workspace = await kit.workspaces.prepare(order_for(kit))
        ref = ref_to(kit, workspace)
        kit.hand(workspace.path).write({"a.txt": "left", "new.txt": "new"})
        head = await kit.workspaces.commit_leftovers(ref, author=AGENT, message="Left over")
        found = await kit.workspaces.inspect(ref, scope=ANY)
        assert (found.head, found.ahead, found.dirty) == (head, 1, ())
        assert set(found.changed) == {"a.txt", "new.txt"}
        assert await kit.workspaces.commit_leftovers(ref, author=AGENT, message="No") == head

    async def test_commit_leftovers_in_a_merge(self, kit: Kit) -> None:
        """What was resolved but not committed becomes the merge."""
        first = await kit.workspaces.prepare(order_for(kit))
        kit.hand(first.path).commit({"a.txt": "mine", "d.txt": "d"}, "Work")
        kit.advance({"a.txt": "theirs", "b.txt": "b"})
        order = replace(order_for(kit, 2, renew=True), merge=True)
        second = await kit.workspaces.prepare(order)
        ref = ref_to(kit, second, attempt=2)
        kit.hand(second.path).write({"a.txt": "both"})
        found = await kit.workspaces.inspect(ref, scope=ANY)
        assert (found.unfinished, found.untouched) == ("merge", ())
        head = await kit.workspaces.commit_leftovers(ref, author=AGENT, message="Merge it")
        found = await kit.workspaces.inspect(ref, scope=ANY)
        assert (found.head, found.unfinished, found.dirty) == (head, "", ())
        assert found.changed == ("a.txt", "d.txt")

    async def test_publish(self, kit: Kit) -> None:
        """A published head outlives the workspace."""
        workspace = await kit.workspaces.prepare(order_for(kit))
        ref = ref_to(kit, workspace)
        head = kit.hand(workspace.path).commit({"a.txt": "done"}, "Work")
        assert await kit.workspaces.publish(ref) == head
        assert await kit.workspaces.publish(ref) == head
        await kit.workspaces.release(ref, settings=NO_SETTINGS)
        assert kit.at(head, "a.txt") == "done"


class _ReleasingSuite:
    """What `release`, `saved` and `held` promise."""

    async def test_release(self, kit: Kit) -> None:
        """A released workspace is gone; what was not committed is saved; again is harmless."""
        workspace = await kit.workspaces.prepare(order_for(kit))
        ref = ref_to(kit, workspace)
        kit.hand(workspace.path).write({"a.txt": "lost?", "new.txt": "new"})
        (saved,) = await kit.workspaces.release(ref, settings=NO_SETTINGS)
        assert (saved.task_id, saved.attempt, saved.ref) == ("t1", 1, "refs/orch/saved/t1/1/1")
        assert "a.txt" in saved.what
        assert kit.at(saved.commit, "a.txt") == "lost?"
        assert kit.at(saved.commit, "new.txt") == "new"
        assert not kit.exists(workspace.path)
        assert list(await kit.workspaces.held(kit.project)) == []
        assert _same(await kit.workspaces.release(ref, settings=NO_SETTINGS), [saved])
        with pytest.raises(Permanent, match="gone"):
            await kit.workspaces.inspect(ref, scope=ANY)

    async def test_release_detached(self, kit: Kit) -> None:
        """Commits that no branch reaches are saved."""
        workspace = await kit.workspaces.prepare(order_for(kit))
        kit.hand(workspace.path).detach()
        kit.hand(workspace.path).commit({"a.txt": "elsewhere"}, "Work")
        (saved,) = await kit.workspaces.release(ref_to(kit, workspace), settings=NO_SETTINGS)
        assert kit.at(saved.commit, "a.txt") == "elsewhere"

    async def test_release_clean(self, kit: Kit) -> None:
        """Where all is committed nothing is saved, and the branch can be gone on with."""
        workspace = await kit.workspaces.prepare(order_for(kit))
        head = kit.hand(workspace.path).commit({"a.txt": "done"}, "Work")
        ref = ref_to(kit, workspace)
        assert list(await kit.workspaces.release(ref, settings=NO_SETTINGS)) == []
        again = await kit.workspaces.prepare(order_for(kit, 2, renew=True))
        found = await kit.workspaces.inspect(ref_to(kit, again, attempt=2), scope=ANY)
        assert (found.head, found.changed) == (head, ("a.txt",))

    async def test_release_of_an_old_attempt(self, kit: Kit) -> None:
        """Giving back an attempt that was overtaken leaves the later one its workspace."""
        first = await kit.workspaces.prepare(order_for(kit))
        second = await kit.workspaces.prepare(order_for(kit, 2, renew=True))
        assert list(await kit.workspaces.release(ref_to(kit, first), settings=NO_SETTINGS)) == []
        assert kit.exists(second.path)

    async def test_saved(self, kit: Kit) -> None:
        """What was saved is listed by task."""
        for task in ("t1", "t2"):
            workspace = await kit.workspaces.prepare(order_for(kit, task=task))
            kit.hand(workspace.path).write({"new.txt": task})
            await kit.workspaces.release(ref_to(kit, workspace, task=task), settings=NO_SETTINGS)
        listed = await kit.workspaces.saved(kit.project)
        assert sorted(one.task_id for one in listed) == ["t1", "t2"]
        (one,) = await kit.workspaces.saved(kit.project, task_id="t2")
        assert kit.at(one.commit, "new.txt") == "t2"

    async def test_held(self, kit: Kit) -> None:
        """Workspaces are listed with whoever has them."""
        workspace = await kit.workspaces.prepare(order_for(kit, 3))
        (held,) = await kit.workspaces.held(kit.project)
        assert (held.path, held.task_id, held.attempt) == (workspace.path, "t1", 3)
        assert (held.leased, held.warm) == (True, False)

    async def test_warm(self, kit: Kit) -> None:
        """A warm workspace is taken at the exact base, and another can be made."""
        settings = replace(NO_SETTINGS, warm=_WARM)
        assert await kit.workspaces.refill(kit.project, base="main", settings=settings) == _WARM
        assert [held.warm for held in await kit.workspaces.held(kit.project)] == [True, True]
        base = kit.advance({"b.txt": "b"})
        workspace = await kit.workspaces.prepare(replace(order_for(kit), settings=settings))
        assert workspace.was_warm
        assert workspace.base_commit == base
        assert kit.hand(workspace.path).read("b.txt") == "b"
        found = await kit.workspaces.inspect(ref_to(kit, workspace), scope=ANY)
        assert (found.head, found.dirty, found.detached) == (base, (), False)
        assert await kit.workspaces.refill(kit.project, base="main", settings=settings) == _WARM


class WorkspaceSuite(_MakingSuite, _LookingSuite, _ReleasingSuite):
    """Everything that `Workspaces` promises."""


def _same(some: object, others: list[Saved]) -> bool:
    return list(some) == others if isinstance(some, list | tuple) else False
