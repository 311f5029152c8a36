"""What every lander promises of candidates that stand on other candidates, and of forecasts."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from orch.core.landing import Item, ItemState, Strategy
from orch.ports.lander import Candidate, Conflict, Nothing, Pushed
from orch.testing.lander_values import Files, LanderWorld, an_item, build, tip

CHANGES: Sequence[Files] = ({"c.txt": "c\n"}, {"d.txt": "d\n", "b.txt": None}, {"e.txt": "e\n"})


class ChainSuite:
    """Tests of `Lander.build` on candidates and of `Lander.probe`; fixture `world`."""

    async def test_candidates_stand_on_candidates(self, world: LanderWorld) -> None:
        """Three changes as a chain: each is sound, holds those ahead, and is the same again."""
        for strategy in Strategy:
            items = _items(world, strategy)
            onto = await tip(world)
            first = await build_chain(world, items, onto=onto)
            assert [made.parent for made in first] == [onto, *(m.commit for m in first[:-1])]
            assert [made.paths for made in first] == [("c.txt",), ("b.txt", "d.txt"), ("e.txt",)]
            for item, made in zip(items, first, strict=True):
                found = await world.lander.inspect(world.project, item, candidate=made)
                assert list(found) == []
            assert {"c.txt", "d.txt", "e.txt"} <= world.read(first[-1].commit).keys()
            assert await build_chain(world, items, onto=onto) == first

    async def test_a_chain_lands_from_its_head(self, world: LanderWorld) -> None:
        """Each link is pushed by itself, and none of them has to be built again."""
        items = _items(world, Strategy.SQUASH)
        chain = await build_chain(world, items, onto=await tip(world))
        old = await tip(world)
        landed = [await _push(world, i, made=m) for i, m in zip(items, chain, strict=True)]
        assert await tip(world) == chain[-1].commit
        found = await world.lander.verify(world.project, "main", landed=landed, since=old)
        assert list(found) == []

    async def test_a_candidate_outlives_a_newer_one(self, world: LanderWorld) -> None:
        """What was built on a candidate can land although that one was built again elsewhere."""
        one, two, _ = _items(world, Strategy.SQUASH)
        first = await build(world, one)
        second = await build_on(world, two, onto=first.commit)
        alone = await build(world, two)
        assert await build_on(world, one, onto=alone.commit) != first
        landed = [await _push(world, one, made=first), await _push(world, two, made=second)]
        assert await tip(world) == landed[-1].new
        assert await build_on(world, two, onto=first.commit) == second

    async def test_those_ahead_can_be_in_the_way(self, world: LanderWorld) -> None:
        """What merges with the tip and not with a candidate conflicts there, and only there."""
        one = an_item(world.change({"a.txt": "mine\n"}), id="l1")
        two = an_item(world.change({"a.txt": "yours\n"}), id="l2")
        first = await build(world, one)
        made = await world.lander.build(world.project, two, onto=first.commit)
        assert isinstance(made, Conflict)
        assert made.paths == ("a.txt",)
        assert isinstance(await build(world, two), Candidate)

    async def test_a_change_ahead_can_be_the_same(self, world: LanderWorld) -> None:
        """The same head twice: the second adds nothing, as long as the first is ahead of it."""
        head = world.change({"c.txt": "c\n"})
        one, two = an_item(head, id="l1"), an_item(head, id="l2")
        first = await build(world, one)
        made = await world.lander.build(world.project, two, onto=first.commit)
        assert isinstance(made, Nothing)
        assert made.landed_as == first.commit
        assert isinstance(await build(world, two), Candidate)

    async def test_a_stacked_branch_lands_its_own_part(self, world: LanderWorld) -> None:
        """A branch that began on another's head lands the rest, once that one is ahead of it."""
        below = world.change({"c.txt": "c\n"})
        above = world.change({"d.txt": "d\n"}, on=below)
        first = await build(world, an_item(below, id="l1"))
        item = an_item(above, id="l2")
        made = await build_on(world, item, onto=first.commit)
        assert made.paths == ("d.txt",)
        assert list(await world.lander.inspect(world.project, item, candidate=made)) == []

    async def test_a_probe_tells_conflicts(self, world: LanderWorld) -> None:
        """It agrees with a build about what does not merge, on tips and on candidates."""
        item = an_item(world.change({"a.txt": "mine\n", "c.txt": "c\n"}))
        other = await build(world, an_item(world.change({"a.txt": "theirs\n"}), id="l2"))
        beside = an_item(world.change({"d.txt": "d\n"}), id="l3")
        probe = world.lander.probe
        assert not await probe(world.project, [item, beside], onto=await tip(world))
        assert await probe(world.project, [item, beside], onto=other.commit) == {item.id}
        assert not await probe(world.project, [], onto=other.commit)

    async def test_a_probe_of_what_cannot_conflict_is_quiet(self, world: LanderWorld) -> None:
        """A commit that is gone, or is there already, hides nothing of those beside it.

        `build` says what is wrong with it, not the probe.
        """
        mine = world.change({"a.txt": "mine\n"})
        onto = (await build(world, an_item(world.change({"a.txt": "theirs\n"}), id="l2"))).commit
        heads = ("ab" * 20, mine, onto, "cd" * 20, mine, "ef" * 20)
        items = [an_item(head, id=f"l{number}") for number, head in enumerate(heads, 10)]
        assert await world.lander.probe(world.project, items, onto=onto) == {"l11", "l14"}

    async def test_a_probe_of_an_undoing(self, world: LanderWorld) -> None:
        """Undoing merges as long as nobody built on what is undone."""
        item = an_item(world.change({"a.txt": "changed\n"}))
        landed = await _push(world, item, made=await build(world, item))
        undo = an_item("", id="l2", reverts=landed.new)
        assert not await world.lander.probe(world.project, [undo], onto=await tip(world))
        world.advance({"a.txt": "changed again\n"})
        onto = await tip(world)
        assert await world.lander.probe(world.project, [undo], onto=onto) == {undo.id}


async def build_on(world: LanderWorld, item: Item, *, onto: str) -> Candidate:
    """Build on a commit what must be buildable there."""
    made = await world.lander.build(world.project, item, onto=onto)
    assert isinstance(made, Candidate), made
    return made


async def build_chain(world: LanderWorld, items: Sequence[Item], *, onto: str) -> list[Candidate]:
    """Build each item on the one before it."""
    chain = list[Candidate]()
    for item in items:
        chain.append(await build_on(world, item, onto=chain[-1].commit if chain else onto))
    return chain


def _items(world: LanderWorld, strategy: Strategy) -> list[Item]:
    heads = [world.change(files) for files in CHANGES]
    return [an_item(head, id=f"l{n}", strategy=strategy) for n, head in enumerate(heads, 1)]


async def _push(world: LanderWorld, item: Item, *, made: Candidate) -> Item:
    fields: Mapping[str, str] = {"expected_old": made.parent, "candidate": made.commit}
    item = replace(item, tree=made.tree, **fields)  # type: ignore[arg-type]
    pushed = await world.lander.push(world.project, item, follow=True)
    assert isinstance(pushed, Pushed), pushed
    return replace(item, state=ItemState.LANDED, old=pushed.old, new=pushed.new)
