"""Submodules and LFS pointers that change one after the other in a chain of candidates."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from orch.core.landing import Item, ItemState, Strategy
from orch.ports.lander import Candidate, Conflict, Pushed
from orch.testing.lander_chain_suite import build_chain, build_on
from orch.testing.lander_values import an_item, build, tip
from orch.testing.repositories import Repository
from tests.adapters.landers.worlds import GitWorld

Edit = Callable[[Repository], None]

ATTRIBUTES = "*.psd filter=lfs diff=lfs merge=lfs -text\n"
MODULES = "".join(f'[submodule "{n}"]\n\tpath = {n}\n\turl = ../{n}\n' for n in ("lib", "tool"))
each_kind = pytest.mark.parametrize("world", ["remote", "elsewhere"], indirect=True)


def bump(name: str, to: str) -> Edit:
    """Record another commit of a submodule."""

    def edit(repository: Repository) -> None:
        (repository.path / name).mkdir(exist_ok=True)
        repository.git("update-index", "--add", "--cacheinfo", f"160000,{to * 20},{name}")

    return edit


def point(name: str, to: str, *, size: int = 5) -> Edit:
    """Write a pointer as LFS does."""
    text = f"version https://git-lfs.github.com/spec/v1\noid sha256:{to * 32}\nsize {size}\n"

    def edit(repository: Repository) -> None:
        repository.write({name: text})
        repository.git("-c", "filter.lfs.clean=cat", "add", "--", name)

    return edit


def branch(world: GitWorld, *edits: Edit, on: str) -> str:
    """Commit edits on top of a commit, as an agent does; return the commit."""
    world.change({}, on=on)
    for edit in edits:
        edit(world.colleague)
    world.colleague.git("commit", "-q", "-m", "Edit")
    world.publish()
    return world.colleague.head


async def begin(world: GitWorld) -> str:
    """Put two submodules and two pointers on the target; return its tip."""
    world.advance({".gitattributes": ATTRIBUTES, ".gitmodules": MODULES})
    first = (bump("lib", "12"), bump("tool", "12"), point("a.psd", "ab"), point("b.psd", "ab"))
    head = branch(world, *first, on=await tip(world))
    world.colleague.git("push", "-q", "origin", f"{head}:refs/heads/main")
    return await tip(world)


def changes(world: GitWorld, strategy: Strategy, *, on: str) -> list[Item]:
    """Make five changes of them; the last is stacked on the first."""
    lib = branch(world, bump("lib", "34"), on=on)
    heads = [
        lib,
        branch(world, point("a.psd", "cd", size=6), on=on),
        branch(world, bump("tool", "34"), point("c.psd", "ef"), on=on),
        branch(world, point("b.psd", "cd"), on=on),
        branch(world, bump("lib", "56"), point("a.psd", "cd", size=6), on=lib),
    ]
    return [an_item(head, id=f"l{n}", strategy=strategy) for n, head in enumerate(heads, 1)]


@each_kind
@pytest.mark.parametrize("strategy", list(Strategy))
async def test_a_chain_of_them_is_sound_and_lands(world: GitWorld, strategy: Strategy) -> None:
    """Each has exactly its own change; pushed at once, no invariant complains."""
    old = await begin(world)
    items = changes(world, strategy, on=old)
    chain = await build_chain(world, items, onto=old)
    assert [made.paths for made in chain] == [
        ("lib",), ("a.psd",), ("c.psd", "tool"), ("b.psd",), ("lib",),
    ]  # fmt: skip
    landed = []
    for item, made in zip(items, chain, strict=True):
        found = await world.lander.inspect(world.project, item, candidate=made)
        assert list(found) == []
        landed.append(meant(item, made))
    intent = replace(landed[-1], expected_old=old)
    assert isinstance(await world.lander.push(world.project, intent, follow=True), Pushed)
    tree = world.hub.git("ls-tree", "-r", await tip(world))
    assert f"160000 commit {'56' * 20}\tlib" in tree
    assert f"160000 commit {'34' * 20}\ttool" in tree
    assert "size 6" in world.hub.git("show", f"{chain[-1].commit}:a.psd")
    done = [
        replace(one, state=ItemState.LANDED, old=one.expected_old, new=one.candidate)
        for one in landed
    ]
    found = await world.lander.verify(world.project, "main", landed=done, since=old)
    assert list(found) == []


def meant(item: Item, made: Candidate) -> Item:
    """Write a candidate into the row."""
    return replace(
        item,
        state=ItemState.PUSHING,
        expected_old=made.parent,
        candidate=made.commit,
        tree=made.tree,
    )


@each_kind
@pytest.mark.parametrize(
    ("name", "first", "second"),
    [
        ("lib", bump("lib", "34"), bump("lib", "56")),
        ("a.psd", point("a.psd", "cd", size=6), point("a.psd", "ef")),
        ("a.psd", point("a.psd", "cd"), point("a.psd", "ef", size=7)),
    ],
    ids=["submodule", "pointer", "other pointer"],
)
async def test_two_of_one_conflict_in_the_chain_only(
    world: GitWorld, name: str, first: Edit, second: Edit
) -> None:
    """Never a mixture: no pointer with the id of the one and the size of the other."""
    old = await begin(world)
    one = an_item(branch(world, first, on=old), id="l1")
    two = an_item(branch(world, second, on=old), id="l2")
    ahead = await build(world, one)
    made = await world.lander.build(world.project, two, onto=ahead.commit)
    assert isinstance(made, Conflict)
    assert made.paths == (name,)
    assert await world.lander.probe(world.project, [two], onto=ahead.commit) == {two.id}
    assert isinstance(await build(world, two), Candidate)


@each_kind
async def test_the_same_of_both_is_no_conflict(world: GitWorld) -> None:
    """What somebody ahead did as well is left out; the rest lands."""
    old = await begin(world)
    same = (bump("lib", "34"), point("a.psd", "cd"))
    one = an_item(branch(world, *same, on=old), id="l1")
    two = an_item(branch(world, *same, point("b.psd", "cd"), on=old), id="l2")
    ahead = await build(world, one)
    made = await build_on(world, two, onto=ahead.commit)
    assert made.paths == ("b.psd",)
    assert list(await world.lander.inspect(world.project, two, candidate=made)) == []
