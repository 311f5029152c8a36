"""What is shown of conflicts is bounded, and says what can't be shown."""

from orch.adapters.landers.material import excerpt
from orch.ports.lander import Conflict
from orch.testing.lander_values import an_item, tip
from tests.adapters.landers.worlds import GitWorld


def test_only_conflicts_and_their_neighbours_are_shown() -> None:
    """Far lines are left out; each gap says where it goes on."""
    far = [f"{n}" for n in range(20)]
    clash = ["<<<<<<< a", "x", "||||||| b", "=======", "y", ">>>>>>> c"]
    shown = excerpt("\n".join([*far, *clash, *far, *clash]))
    first = ["@@ line 18 @@", "17", "18", "19", *clash, "0", "1", "2"]
    second = ["@@ line 44 @@", "17", "18", "19", *clash]
    assert shown.split("\n") == [*first, *second]


def test_escapes_are_not_shown() -> None:
    """A file can't speak to the terminal of who reads it."""
    assert "\x1b" not in excerpt("<<<<<<< a\n\x1b]0;evil\x07\n=======\n>>>>>>> b\n")


async def test_many_large_conflicts_are_cut(world: GitWorld) -> None:
    """Twenty files of a thousand lines each are told in a few thousand characters."""
    names = [f"f{n:02}.txt" for n in range(20)]
    start = world.advance(dict.fromkeys(names, "x\n"))
    head = world.change(dict.fromkeys(names, "mine\n" * 1000), on=start)
    world.advance(dict.fromkeys(names, "theirs\n" * 1000))
    made = await world.lander.build(world.project, an_item(head), onto=await tip(world))
    assert isinstance(made, Conflict)
    assert len(made.paths) == 20
    assert len(made.detail) < 12_000
    assert "more files" in made.detail


async def test_what_has_no_lines_is_said(world: GitWorld) -> None:
    """A binary file, and one that a side deleted."""
    start = world.advance({"bin": "\0\1", "gone": "g\n"})
    head = world.change({"bin": "\0mine", "gone": None}, on=start)
    world.advance({"bin": "\0theirs", "gone": "changed\n"})
    made = await world.lander.build(world.project, an_item(head), onto=await tip(world))
    assert isinstance(made, Conflict)
    assert "bin:\n(binary)" in made.detail
    assert "gone:\n(no lines to compare; not there in: your change)" in made.detail
