"""What every lander promises of checks after the fact."""

from dataclasses import replace

from orch.testing.lander_values import LanderWorld, an_item, land, tip


class VerifySuite:
    """Tests of `Lander.verify`; fixture `world`."""

    async def test_verify_finds_a_landing_that_was_lost(self, world: LanderWorld) -> None:
        """I4: a row says landed, and the target does not have it."""
        before = await tip(world)
        item = await land(world, an_item(world.change({"c.txt": "c\n"})))
        world.rewind(before)
        found = await world.lander.verify(world.project, "main", landed=[item])
        assert [violation.invariant for violation in found] == ["I4"]

    async def test_verify_finds_a_landing_that_is_there_twice(self, world: LanderWorld) -> None:
        """I4: two commits bear one landing id."""
        item = await land(world, an_item(world.change({"c.txt": "c\n"})))
        world.advance({"c.txt": None})
        world.repeat(item.new or "")
        found = await world.lander.verify(world.project, "main", landed=[item])
        assert [violation.invariant for violation in found] == ["I4"]

    async def test_verify_finds_a_landing_that_no_row_knows(self, world: LanderWorld) -> None:
        """I4: a commit bears a landing id that is not recorded."""
        item = await land(world, an_item(world.change({"c.txt": "c\n"})))
        found = await world.lander.verify(world.project, "main", landed=[])
        assert [(one.invariant, one.landing) for one in found] == [("I4", item.id)]

    async def test_verify_leaves_to_another_orch_what_it_landed(self, world: LanderWorld) -> None:
        """It counts its landings from l1 as well: no row is missing, and nothing is there twice."""
        before = await tip(world)
        theirs = await land(world, an_item(world.change({"c.txt": "c\n"}), id="l7"))
        world.rewind(before)
        world.advance({"x.txt": "x\n"})
        world.repeat(theirs.new or "")
        assert await world.lander.verify(world.project, "main", landed=[]) == []
        ours = await land(world, an_item(world.change({"d.txt": "d\n"}), id="l7"))
        assert await world.lander.verify(world.project, "main", landed=[ours]) == []
        more = await land(world, an_item(world.change({"e.txt": "e\n"}), id="l8"))
        assert await world.lander.verify(world.project, "main", landed=[ours, more]) == []

    async def test_verify_finds_a_tree_that_was_not_gated(self, world: LanderWorld) -> None:
        """I2: the landed tree is not the one in the row."""
        item = await land(world, an_item(world.change({"c.txt": "c\n"})))
        row = replace(item, tree="ab" * 20)
        found = await world.lander.verify(world.project, "main", landed=[row])
        assert [violation.invariant for violation in found] == ["I2"]

    async def test_verify_finds_another_parent(self, world: LanderWorld) -> None:
        """I3: the landed commit does not stand on the tip that the row names."""
        item = await land(world, an_item(world.change({"c.txt": "c\n"})))
        row = replace(item, old="ab" * 20)
        found = await world.lander.verify(world.project, "main", landed=[row])
        assert [violation.invariant for violation in found] == ["I3"]
