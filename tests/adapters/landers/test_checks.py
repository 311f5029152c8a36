"""A candidate that is not its source is found out, however small the difference."""

from dataclasses import replace

import pytest

from orch.core.landing import Item
from orch.ports.lander import Candidate
from orch.testing.lander_values import FIRST, an_item, build, tip
from tests.adapters.landers.worlds import GitWorld

LONG = "".join(f"{n}\n" for n in range(40))


def forge(world: GitWorld, made: Candidate, files: dict[str, str | bytes]) -> Candidate:
    """Make a candidate with other files, as a faulty builder might."""
    colleague = world.colleague
    colleague.git("fetch", "-q", str(world.hub.path), made.commit)
    colleague.git("checkout", "-q", "--detach", "-f", made.commit)
    colleague.write(files)
    colleague.git("add", "-A")
    colleague.git("commit", "-q", "--amend", "--allow-empty", "--no-edit")
    world.publish()
    tree = colleague.git("rev-parse", "HEAD^{tree}")
    return replace(made, commit=colleague.head, tree=tree, commits=(colleague.head,))


async def inspected(world: GitWorld, item: Item, candidate: Candidate) -> set[str]:
    """Name the invariants that don't hold."""
    found = await world.lander.inspect(world.project, item, candidate=candidate)
    assert all(violation.commit == candidate.commit for violation in found)
    return {violation.invariant for violation in found}


@pytest.mark.parametrize(
    "files",
    [
        pytest.param({"long.txt": LONG}, id="the change is lost"),
        pytest.param({"long.txt": "first\n" + LONG + "extra\n"}, id="a line too many"),
        pytest.param({"long.txt": "first \n" + LONG}, id="a blank too many"),
        pytest.param({"long.txt": "first\r\n" + LONG}, id="another line end"),
        pytest.param({"long.txt": ("first\n" + LONG)[:-1]}, id="the last line end is lost"),
        pytest.param({"bin": b"\0other"}, id="another binary"),
    ],
)
@pytest.mark.parametrize("meanwhile", ["other.txt", "long.txt"])
async def test_other_contents_are_found(
    world: GitWorld, files: dict[str, str | bytes], meanwhile: str
) -> None:
    """Whether or not the target touched the same file meanwhile."""
    start = world.advance({"long.txt": LONG})
    world.change({"long.txt": "first\n" + LONG}, on=start)
    head = world.colleague.commit({"bin": b"\0binary"})
    world.publish()
    world.advance({meanwhile: LONG + "last\n"})
    item = an_item(head)
    made = await build(world, item)
    assert await inspected(world, item, made) == set()
    forged = forge(world, made, files)
    assert "I5" in await inspected(world, item, forged)


async def test_another_mode_is_found(world: GitWorld) -> None:
    """An executable bit out of nowhere is a foreign change."""
    item = an_item(world.change({"c.txt": "c\n"}))
    made = await build(world, item)
    world.colleague.git("fetch", "-q", str(world.hub.path), made.commit)
    world.colleague.git("checkout", "-q", "--detach", "-f", made.commit)
    (world.colleague.path / "c.txt").chmod(0o755)
    assert "I5" in await inspected(world, item, forge_here(world, made))


def forge_here(world: GitWorld, made: Candidate) -> Candidate:
    """Make a candidate of what the colleague's checkout holds now."""
    world.colleague.git("commit", "-q", "-a", "--amend", "--no-edit")
    world.publish()
    head, tree = world.colleague.head, world.colleague.git("rev-parse", "HEAD^{tree}")
    return replace(made, commit=head, tree=tree, commits=(head,))


async def test_what_landed_a_minute_ago_is_not_reverted(world: GitWorld) -> None:
    """A squash made against a stale tip takes back another's landing: that is told."""
    start = await tip(world)
    head = world.change({"c.txt": "c\n"}, on=start)
    world.advance({"a.txt": FIRST["a.txt"] + "landed a minute ago\n"})
    item = an_item(head)
    made = await build(world, item)
    forged = forge(world, made, {"a.txt": FIRST["a.txt"]})
    assert await inspected(world, item, forged) == {"I5", "I6"}


async def test_two_parents_are_found(world: GitWorld) -> None:
    """A merge commit is not linear."""
    item = an_item(world.change({"c.txt": "c\n"}))
    made = await build(world, item)
    tree, parents = made.tree, ("-p", made.parent, "-p", item.source_head)
    identity = ("-c", "user.name=x", "-c", "user.email=x@x")
    merge = world.hub.git(*identity, "commit-tree", tree, *parents, "-m", "merge")
    forged = replace(made, commit=merge, commits=(merge,))
    assert await inspected(world, item, forged) == {"I3"}


async def test_a_tree_that_is_not_the_commits_is_found(world: GitWorld) -> None:
    """The tree that is gated must be the tree that is pushed."""
    item = an_item(world.change({"c.txt": "c\n"}))
    made = await build(world, item)
    assert await inspected(world, item, replace(made, tree="ab" * 20)) == {"I3"}


async def test_a_source_that_is_gone_is_told(world: GitWorld) -> None:
    """Without a source nothing can be compared, and that is no pass."""
    item = an_item(world.change({"c.txt": "c\n"}))
    made = await build(world, item)
    assert await inspected(world, replace(item, source_head="ab" * 20), made) == {"I5"}
