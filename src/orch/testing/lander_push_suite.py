"""What every lander promises of the target: moved once, by compare-and-swap, or not at all."""

import pytest

from orch.ports.errors import Permanent, Transient
from orch.ports.lander import Moved, Pushed, Refused, Settled, Traces, Waiting
from orch.testing.lander_values import (
    FIRST,
    CheckedOutWorld,
    LanderWorld,
    RefusingWorld,
    an_item,
    intend,
    land,
    tip,
)


class PushSuite:
    """Tests of `Lander.tip`, `push` and `settle`; fixture `world`."""

    async def test_landing_moves_the_target(self, world: LanderWorld) -> None:
        """The target is at the candidate, which holds the change and nothing else."""
        before = await tip(world)
        item = await land(world, an_item(world.change({"c.txt": "c\n", "b.txt": None})))
        assert (item.old, item.new) == (before, await tip(world))
        assert item.new == item.candidate
        files = world.read(item.new or "")
        assert files["c.txt"] == "c\n"
        assert files["a.txt"] == FIRST["a.txt"]
        assert "b.txt" not in files

    async def test_a_message_carries_its_identity(self, world: LanderWorld) -> None:
        """Title, body and the trailers Task-Id, Landing-Id and Source-Head stand in the commit."""
        item = await land(world, an_item(world.change({"c.txt": "c\n"})))
        message = world.message(item.new or "")
        assert message.startswith("Mend the thing\n\nIt was broken.\n\n")
        assert f"Task-Id: t1\nLanding-Id: l1\nSource-Head: {item.source_head}" in message

    async def test_a_landing_leaves_traces(self, world: LanderWorld) -> None:
        """A database that knows less can be told what landed; what only was built is no landing."""
        assert await world.lander.traces(world.project, after=0) == Traces()
        item = await land(world, an_item(world.change({"c.txt": "c\n"})))
        await intend(world, an_item(world.change({"d.txt": "d\n"}), id="l7"))
        await tip(world)
        found = await world.lander.traces(world.project, after=0)
        (trace,) = found.landed
        assert (trace.landing_id, trace.task_id, trace.target) == ("l1", "t1", "main")
        assert (trace.commit, trace.parent, trace.tree) == (item.new, item.old, item.tree)
        assert (trace.source_head, trace.title) == (item.source_head, item.title)
        assert (await world.lander.traces(world.project, after=1)).landed == ()

    async def test_two_changes_land_one_after_the_other(self, world: LanderWorld) -> None:
        """A change made on an older tip is merged onto what landed meanwhile."""
        old = await tip(world)
        one, two = world.change({"c.txt": "c\n"}), world.change({"d.txt": "d\n"}, on=old)
        first = await land(world, an_item(one, id="l1"))
        second = await land(world, an_item(two, id="l2"))
        assert second.old == first.new
        files = world.read(second.new or "")
        assert (files["c.txt"], files["d.txt"]) == ("c\n", "d\n")
        rows = [first, second]
        assert list(await world.lander.verify(world.project, "main", landed=rows, since=old)) == []

    async def test_pushing_again_is_harmless(self, world: LanderWorld) -> None:
        """The same intent carried out twice moves the target once."""
        item = await intend(world, an_item(world.change({"c.txt": "c\n"})))
        first = await world.lander.push(world.project, item, follow=True)
        second = await world.lander.push(world.project, item, follow=True)
        assert first == second == Pushed(old=item.expected_old or "", new=item.candidate or "")

    async def test_a_target_that_moved_is_left_alone(self, world: LanderWorld) -> None:
        """Somebody else was quicker: nothing is pushed, their commit stays."""
        item = await intend(world, an_item(world.change({"c.txt": "c\n"})))
        world.advance({"d.txt": "d\n"})
        onto = await tip(world)
        assert await world.lander.push(world.project, item, follow=True) == Moved(tip=onto)
        assert await tip(world) == onto

    async def test_the_target_never_goes_backwards(self, world: LanderWorld) -> None:
        """An intent whose commit does not build on the expected tip is refused."""
        old = await tip(world)
        new = world.advance({"d.txt": "d\n"})
        item = an_item(old, expected_old=new, candidate=old)
        assert isinstance(await world.lander.push(world.project, item, follow=True), Refused)
        assert await tip(world) == new

    async def test_settling_tells_what_became_of_an_intent(self, world: LanderWorld) -> None:
        """Not landed before the push, landed after it, also when others have built on it."""
        item = await intend(world, an_item(world.change({"c.txt": "c\n"})))
        settle = world.lander.settle
        assert await settle(world.project, item, follow=True) is Settled.NOT_LANDED
        await world.lander.push(world.project, item, follow=True)
        assert await settle(world.project, item, follow=True) is Settled.LANDED
        world.advance({"d.txt": "d\n"})
        assert await settle(world.project, item, follow=True) is Settled.LANDED

    async def test_settling_tells_that_the_target_moved(self, world: LanderWorld) -> None:
        """Somebody else pushed instead: the item has to be built again."""
        item = await intend(world, an_item(world.change({"c.txt": "c\n"})))
        world.advance({"d.txt": "d\n"})
        assert await world.lander.settle(world.project, item, follow=True) is Settled.MOVED

    async def test_settling_knows_a_landing_by_its_trailer(self, world: LanderWorld) -> None:
        """The target was rewritten with the landing in it: it has landed, under another name."""
        before = await tip(world)
        item = await land(world, an_item(world.change({"c.txt": "c\n"})))
        world.rewind(before)
        world.advance({"d.txt": "d\n"})
        world.repeat(item.new or "")
        assert await world.lander.settle(world.project, item, follow=True) is Settled.LANDED

    async def test_settling_takes_no_other_landing_of_that_id_for_its_own(
        self, world: LanderWorld
    ) -> None:
        """Another orch with the same target counts from l1 as well; no work is lost by that."""
        ours = await intend(world, an_item(world.change({"c.txt": "c\n"})))
        theirs = await land(world, an_item(world.change({"d.txt": "d\n"})))
        assert theirs.id == ours.id
        assert await world.lander.settle(world.project, ours, follow=True) is Settled.MOVED
        undo = await intend(world, an_item("", reverts=theirs.new))
        await land(world, an_item(world.change({"e.txt": "e\n"})))
        assert await world.lander.settle(world.project, undo, follow=True) is Settled.MOVED

    async def test_an_unreachable_target_is_unknown(self, world: LanderWorld) -> None:
        """Neither push nor settle guess where the target can't be asked."""
        item = await intend(world, an_item(world.change({"c.txt": "c\n"})))
        world.cut_off()
        with pytest.raises(Transient):
            await world.lander.push(world.project, item, follow=True)
        with pytest.raises(Transient):
            await world.lander.settle(world.project, item, follow=True)
        with pytest.raises((Transient, Permanent)):
            await tip(world)

    async def test_a_missing_branch_is_permanent(self, world: LanderWorld) -> None:
        """A target that does not exist is named, with what to do."""
        with pytest.raises(Permanent, match="nowhere"):
            await world.lander.tip(world.project, "nowhere")


class RefusalSuite:
    """What a lander promises whose target can refuse; fixture `world`."""

    async def test_a_refusal_is_told_in_the_targets_words(self, world: RefusingWorld) -> None:
        """A refusal is an answer: nothing moved, and why."""
        item = await intend(world, an_item(world.change({"c.txt": "c\n"})))
        world.refuse("no landings on a Friday")
        answer = await world.lander.push(world.project, item, follow=True)
        assert isinstance(answer, Refused)
        assert "no landings on a Friday" in answer.reason
        assert await tip(world) == item.expected_old


class FollowSuite:
    """What a lander promises that lets checkouts follow; fixture `world`."""

    async def test_a_clean_checkout_follows(self, world: CheckedOutWorld) -> None:
        """The person's files are those of the landed commit."""
        await land(world, an_item(world.change({"c.txt": "c\n", "b.txt": None})))
        assert world.seen()["c.txt"] == "c\n"
        assert "b.txt" not in world.seen()

    async def test_a_dirty_checkout_makes_it_wait(self, world: CheckedOutWorld) -> None:
        """Nothing moves while a file is in the way; it is named; afterwards it goes on."""
        item = await intend(world, an_item(world.change({"c.txt": "c\n"})))
        world.dirty("a.txt")
        files = dict(world.seen())
        waiting = await world.lander.push(world.project, item, follow=True)
        assert isinstance(waiting, Waiting)
        assert waiting.paths == ("a.txt",)
        assert await tip(world) == item.expected_old
        assert world.seen() == files
        assert await world.lander.settle(world.project, item, follow=True) is Settled.NOT_LANDED
        world.clean()
        assert isinstance(await world.lander.push(world.project, item, follow=True), Pushed)

    async def test_holding_waits_always(self, world: CheckedOutWorld) -> None:
        """With `landing.checkout = "hold"` a clean checkout waits too."""
        item = await intend(world, an_item(world.change({"c.txt": "c\n"})))
        waiting = await world.lander.push(world.project, item, follow=False)
        assert isinstance(waiting, Waiting)
        assert "hold" in waiting.reason
        assert await tip(world) == item.expected_old
