"""What every lander promises of conflicts that were resolved before."""

from dataclasses import replace
from typing import Protocol

from orch.core.landing import BY_AGENT, Strategy, beside, resolved_also
from orch.ports.lander import Conflict
from orch.testing.lander_values import Files, LanderWorld, an_item, build, land, tip

LINES = "1\n2\n3\n4\n5\n"
MINE = LINES.replace("3", "mine")
THEIRS = LINES.replace("3", "theirs")
BOTH = LINES.replace("3", "mine and theirs")


class TaughtWorld(LanderWorld, Protocol):
    """A world in which somebody resolves a conflict beside the lander."""

    def teach(self, one: str, other: str, *, resolution: Files) -> None:
        """Let an agent merge two commits in its worktree, and write these files to resolve it."""
        ...


class ResolutionSuite:
    """Tests of the conflict ladder of `Lander.build`; fixture `world`."""

    async def test_what_was_resolved_once_is_resolved_again(self, world: TaughtWorld) -> None:
        """The candidate is flagged, says so in its commit, is sound, and lands."""
        head = await _teach(world, resolution={"f.txt": BOTH})
        item = an_item(head)
        made = await build(world, item)
        assert made.resolved == "rerere"
        assert "Resolved-By: rerere\n" in world.message(made.commit)
        assert world.read(made.commit)["f.txt"] == BOTH
        assert list(await world.lander.inspect(world.project, item, candidate=made)) == []
        assert await build(world, replace(item, resolved=made.resolved)) == made
        assert (await land(world, item)).new == made.commit

    async def test_a_rebase_is_resolved_as_a_whole(self, world: TaughtWorld) -> None:
        """Commits that can't be carried over one by one become one."""
        head = await _teach(world, resolution={"f.txt": BOTH})
        made = await build(world, an_item(head, strategy=Strategy.REBASE))
        assert (made.resolved, made.commits) == ("rerere", (made.commit,))

    async def test_half_a_resolution_is_none(self, world: TaughtWorld) -> None:
        """Where one file of two is known the conflict stays a conflict, of both."""
        head = await _teach(world, resolution={"f.txt": BOTH})
        more = world.change({"a.txt": "mine\n"}, on=head)
        world.advance({"a.txt": "theirs\n"})
        made = await world.lander.build(world.project, an_item(more), onto=await tip(world))
        assert isinstance(made, Conflict)
        assert made.paths == ("a.txt", "f.txt")

    async def test_a_session_and_what_is_known_may_resolve_one_after_the_other(
        self, world: TaughtWorld
    ) -> None:
        """The candidate says what it needed itself; the item's row remembers both."""
        head = await _teach(world, resolution={"f.txt": BOTH})
        item = an_item(head, resolved=BY_AGENT)
        made = await build(world, item)
        assert beside(made.resolved) == made.resolved == "rerere"
        both = resolved_also(item.resolved, made.resolved)
        assert both == "agent, rerere"
        assert await build(world, replace(item, resolved=both)) == made

    async def test_who_resolved_it_stands_in_the_commit(self, world: TaughtWorld) -> None:
        """A change whose conflict its agent resolved says so, and conflicts with nothing now."""
        item = an_item(world.change({"c.txt": "c\n"}), resolved=BY_AGENT)
        made = await build(world, item)
        assert made.resolved == BY_AGENT
        assert "Resolved-By: agent\n" in world.message(made.commit)
        assert list(await world.lander.inspect(world.project, item, candidate=made)) == []


async def _teach(world: TaughtWorld, *, resolution: Files) -> str:
    """Let two changes conflict and be resolved; return one of them, the other is the target's."""
    start = world.advance({"f.txt": LINES})
    mine = world.change({"f.txt": MINE}, on=start)
    theirs = world.advance({"f.txt": THEIRS})
    await tip(world)
    world.teach(mine, theirs, resolution=resolution)
    return mine
