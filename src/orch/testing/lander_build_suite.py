"""What every lander promises of candidates: the same again, complete, nothing foreign."""

from dataclasses import replace

import pytest

from orch.core.landing import Strategy
from orch.ports.errors import Permanent
from orch.ports.lander import Conflict, Nothing, Unrelated
from orch.testing.lander_values import FIRST, LanderWorld, an_item, build, land, tip


class BuildSuite:
    """Tests of `Lander.build` and `Lander.inspect`; fixture `world`."""

    async def test_building_twice_gives_one_commit(self, world: LanderWorld) -> None:
        """The same item on the same tip has the same object id, on another tip another one."""
        item = an_item(world.change({"a.txt": "one\ntwo\n3\n"}))
        first, second = await build(world, item), await build(world, item)
        assert first == second
        assert first.parent == await tip(world)
        assert first.commits == (first.commit,)
        assert first.paths == ("a.txt",)
        world.advance({"c.txt": "c\n"})
        assert (await build(world, item)).commit != first.commit

    async def test_a_conflict_names_its_paths(self, world: LanderWorld) -> None:
        """What does not merge is not built; the paths in question are told."""
        item = an_item(world.change({"a.txt": "mine\n", "c.txt": "c\n"}))
        world.advance({"a.txt": "theirs\n"})
        onto = await tip(world)
        made = await world.lander.build(world.project, item, onto=onto)
        assert isinstance(made, Conflict)
        assert made.paths == ("a.txt",)

    async def test_what_is_there_already_is_nothing(self, world: LanderWorld) -> None:
        """A change that adds nothing is said to be nothing, never landed as empty."""
        before = await tip(world)
        made = await world.lander.build(world.project, an_item(before), onto=before)
        assert made == Nothing(reason=made.reason, landed_as=before)  # type: ignore[union-attr]
        head = world.change({"c.txt": "c\n"})
        world.advance({"c.txt": "c\n"})
        onto = await tip(world)
        assert isinstance(
            await world.lander.build(world.project, an_item(head), onto=onto), Nothing
        )

    async def test_landing_the_same_head_again_is_nothing(self, world: LanderWorld) -> None:
        """The same source under another landing id is recognised, with the commit it became."""
        head = world.change({"c.txt": "c\n"})
        first = await land(world, an_item(head))
        made = await world.lander.build(
            world.project, an_item(head, id="l2"), onto=await tip(world)
        )
        assert isinstance(made, Nothing)
        assert made.landed_as == first.new

    async def test_a_persons_branch_can_be_landed(self, world: LanderWorld) -> None:
        """It is fetched, and its head says whose it is and what it is called."""
        head = world.branch("feature/ä", {"c.txt": "c\n"})
        source = await world.lander.source(world.project, "feature/ä")
        assert (source.commit, source.title) == (head, "Change")
        assert (source.author_name, source.author_email) == ("Ada", "ada@example.invalid")
        made = await build(world, an_item(head, source_ref=source.ref))
        assert made.paths == ("c.txt",)

    async def test_a_branch_that_is_not_there_is_permanent(self, world: LanderWorld) -> None:
        """The branches that are there are listed."""
        world.branch("mine", {"c.txt": "c\n"})
        with pytest.raises(Permanent, match=r"nowhere.*mine"):
            await world.lander.source(world.project, "nowhere")

    async def test_a_commit_that_is_gone_is_unrelated(self, world: LanderWorld) -> None:
        """A head that nobody has is an answer, not a crash."""
        made = await world.lander.build(world.project, an_item("ab" * 20), onto=await tip(world))
        assert isinstance(made, Unrelated)

    async def test_a_foreign_candidate_is_found_out(self, world: LanderWorld) -> None:
        """A candidate that holds more than its source is told as I5 and I6."""
        item = an_item(world.change({"c.txt": "c\n"}))
        honest = await build(world, item)
        foreign = an_item(world.change({"c.txt": "c\n", "evil.txt": "e\n"}), id="l9")
        other = await build(world, foreign)
        found = await world.lander.inspect(world.project, item, candidate=other)
        assert {violation.invariant for violation in found} == {"I5", "I6"}
        assert list(await world.lander.inspect(world.project, item, candidate=honest)) == []

    async def test_a_candidate_on_another_parent_is_found_out(self, world: LanderWorld) -> None:
        """A candidate that does not stand on the parent it names is told as I3."""
        old = await tip(world)
        made = await build(world, an_item(world.change({"c.txt": "c\n"})))
        world.advance({"d.txt": "d\n"})
        onto = await tip(world)
        item = an_item(world.change({"c.txt": "c\n"}, on=old))
        found = await world.lander.inspect(
            world.project, item, candidate=replace(made, parent=onto)
        )
        assert "I3" in {violation.invariant for violation in found}

    async def test_a_rebase_keeps_its_commits(self, world: LanderWorld) -> None:
        """Each commit of the branch is replayed, numbered, and bears the one landing id."""
        old = await tip(world)
        one = world.change({"c.txt": "c\n"})
        two = world.change({"d.txt": "d\n"}, on=one)
        world.advance({"e.txt": "e\n"})
        item = an_item(two, strategy=Strategy.REBASE)
        made = await build(world, item)
        first, last = made.commits
        assert last == made.commit
        assert made == await build(world, item)
        parts = [world.message(commit) for commit in (first, last)]
        assert ["Landing-Part: 1/2" in parts[0], "Landing-Part: 2/2" in parts[1]] == [True, True]
        assert all("Landing-Id: l1\n" in part for part in parts)
        landed = await land(world, item)
        verify = world.lander.verify
        assert list(await verify(world.project, "main", landed=[landed], since=old)) == []

    async def test_a_landing_is_undone_by_another(self, world: LanderWorld) -> None:
        """The inverse of a landed change lands on top of later ones; undone twice is nothing."""
        item = await land(world, an_item(world.change({"c.txt": "c\n", "b.txt": None})))
        world.advance({"d.txt": "d\n"})
        undo = an_item("", id="l2", title="Undo it", reverts=item.new)
        undone = await land(world, undo)
        files = world.read(undone.new or "")
        assert "c.txt" not in files
        assert (files["b.txt"], files["d.txt"]) == (FIRST["b.txt"], "d\n")
        again = await world.lander.build(
            world.project, replace(undo, id="l3"), onto=await tip(world)
        )
        assert isinstance(again, Nothing)

    async def test_what_is_undone_is_undone_whatever_came_since(self, world: LanderWorld) -> None:
        """Others may have changed the same by then: that is no conflict with what is gone."""
        item = await land(world, an_item(world.change({"a.txt": "changed\n"})))
        undo = an_item("", id="l2", reverts=item.new)
        await land(world, undo)
        world.advance({"a.txt": "changed again\n"})
        onto = await tip(world)
        again = await world.lander.build(world.project, replace(undo, id="l3"), onto=onto)
        assert isinstance(again, Nothing)

    async def test_a_rebased_landing_is_undone_as_a_whole(self, world: LanderWorld) -> None:
        """Undoing the last part undoes all parts."""
        one = world.change({"c.txt": "c\n"})
        two = world.change({"d.txt": "d\n"}, on=one)
        item = await land(world, an_item(two, strategy=Strategy.REBASE))
        undone = await land(world, an_item("", id="l2", reverts=item.new))
        assert not {"c.txt", "d.txt"} & world.read(undone.new or "").keys()

    async def test_undoing_what_conflicts_is_a_conflict(self, world: LanderWorld) -> None:
        """Where later changes are in the way the undo is not forced."""
        item = await land(world, an_item(world.change({"a.txt": "changed\n"})))
        world.advance({"a.txt": "changed again\n"})
        onto = await tip(world)
        undo = an_item("", id="l2", reverts=item.new)
        assert isinstance(await world.lander.build(world.project, undo, onto=onto), Conflict)

    async def test_undoing_what_is_not_there_is_unrelated(self, world: LanderWorld) -> None:
        """A commit that the target does not have can't be undone on it."""
        elsewhere = world.change({"c.txt": "c\n"})
        undo = an_item("", reverts=elsewhere)
        made = await world.lander.build(world.project, undo, onto=await tip(world))
        assert isinstance(made, Unrelated)
