"""What is undone is known by the undo that stands on the target, not by how files look now."""

from dataclasses import replace

import pytest

from orch.adapters.landers.undoing import undone_by
from orch.core.landing import Item
from orch.ports.lander import Build, Conflict, Nothing
from orch.testing.lander_values import an_item, land, tip
from tests.adapters.landers.worlds import GitWorld

ONE, TWO, THREE, FOUR = (digit * 40 for digit in "1234")
LONG = "".join(f"line {number}\n" for number in range(40))


def said(commit: str) -> str:
    """Write a message as that of a revert."""
    return f'Revert "x"\n\nThis reverts commit {commit}.\n\nLanding-Id: l2\n'


@pytest.mark.parametrize(
    ("told", "by"),
    [
        ([], None),
        ([(TWO, said(ONE))], TWO),
        ([(TWO, said(THREE))], None),
        ([(TWO, said(ONE)), (THREE, said(TWO))], None),
        ([(TWO, said(ONE)), (THREE, said(TWO)), (FOUR, said(THREE))], TWO),
        ([(TWO, said(ONE)), (THREE, said(TWO)), (FOUR, said(ONE))], FOUR),
        ([(TWO, f"It is not that this reverts commit {ONE}.")], None),
    ],
)
def test_an_undo_that_is_undone_undoes_nothing(told: list[tuple[str, str]], by: str | None) -> None:
    """In whatever order they are listed."""
    assert undone_by(ONE, told) == by
    assert undone_by(ONE, reversed(told)) == by


async def undo(world: GitWorld, landed: Item, name: str) -> Item:
    """Land the undoing of a landing."""
    return await land(world, an_item("", id=name, title="Undo", reverts=landed.new))


async def try_undo(world: GitWorld, landed: Item) -> Build:
    """Build once more what undoes a landing."""
    item = an_item("", id="l9", reverts=landed.new)
    return await world.lander.build(world.project, item, onto=await tip(world))


async def test_what_was_undone_is_undone_also_where_a_file_like_it_came_since(
    world: GitWorld,
) -> None:
    """To git that file is the one that the undo removed, renamed: it would call it a conflict."""
    landed = await land(world, an_item(world.change({"long.txt": LONG})))
    first = await undo(world, landed, "l2")
    world.advance({"other.txt": LONG + "and another\n"})
    made = await try_undo(world, landed)
    assert isinstance(made, Nothing)
    assert f"undone on main already, by {(first.new or '')[:12]}" in made.reason
    again = await undo(world, first, "l3")
    assert world.read(again.new or "")["long.txt"] == LONG
    assert isinstance(await try_undo(world, first), Nothing)


async def test_what_stands_again_can_be_undone_again(world: GitWorld) -> None:
    """By an undo of its undo; what is in the way then is a conflict, and not called undone."""
    landed = await land(world, an_item(world.change({"a.txt": "changed\n"})))
    first = await undo(world, landed, "l2")
    await undo(world, first, "l3")
    second = await undo(world, landed, "l4")
    assert second.new != first.new
    await undo(world, second, "l5")
    world.advance({"a.txt": "changed by others\n"})
    assert isinstance(await try_undo(world, landed), Conflict)
    assert isinstance(await try_undo(world, first), Nothing)


async def test_what_landed_a_second_time_is_undone_by_its_own_name(world: GitWorld) -> None:
    """The first landing stays undone, whatever became of the second."""
    source = world.change({"a.txt": "changed\n"})
    landed = await land(world, an_item(source))
    await undo(world, landed, "l2")
    again = await land(world, replace(an_item(source), id="l3"))
    assert world.read(again.new or "")["a.txt"] == "changed\n"
    await undo(world, again, "l4")
    world.advance({"a.txt": "changed by others\n"})
    assert isinstance(await try_undo(world, landed), Nothing)
    assert isinstance(await try_undo(world, again), Nothing)
