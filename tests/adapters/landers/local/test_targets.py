"""Targets that somebody rewinds, replaces, deletes or renames, and shallow repositories."""

from dataclasses import replace
from pathlib import Path

import pytest

from orch.adapters.hub import open_hub
from orch.core.landing import Strategy
from orch.ports.errors import Permanent, Transient
from orch.ports.lander import Moved, Nothing, Pushed, Settled, Unrelated
from orch.testing.lander_values import an_item, build, intend, land, tip
from orch.testing.repositories import Repository, make_bare, make_project, make_repository
from tests.adapters.landers.worlds import GitWorld

each_kind = pytest.mark.parametrize("world", ["remote", "bare", "elsewhere"], indirect=True)


@each_kind
async def test_a_rewound_target_is_built_on_anew(world: GitWorld) -> None:
    """Forced back after the candidate was made: nothing is pushed, then it lands on the old tip."""
    old = await tip(world)
    world.advance({"d.txt": "d\n"})
    head = world.change({"c.txt": "c\n"})
    item = await intend(world, an_item(head))
    world.rewind(old)
    assert await world.lander.push(world.project, item, follow=True) == Moved(tip=old)
    settle = world.lander.settle
    assert await settle(world.project, item, follow=True) is Settled.MOVED
    again = await build(world, replace(item, expected_old=None, candidate=None))
    assert again.parent == old
    # The branch stands on what was taken back; whoever took it back has to know of it.
    assert again.paths == ("c.txt", "d.txt")


@each_kind
async def test_a_landing_that_was_forced_away_can_land_again(world: GitWorld) -> None:
    """The rewound target does not have it, so it is no nothing."""
    old = await tip(world)
    head = world.change({"c.txt": "c\n"})
    landed = await land(world, an_item(head))
    world.rewind(old)
    found = await world.lander.verify(world.project, "main", landed=[landed])
    assert [one.invariant for one in found] == ["I4"]
    again = await land(world, an_item(head, id="l2"))
    assert again.old == old


@each_kind
async def test_a_replaced_target_has_no_history_in_common(world: GitWorld) -> None:
    """Another history was pushed over it: nothing is pushed, and the reason is told."""
    item = await intend(world, an_item(world.change({"c.txt": "c\n"})))
    other = make_repository(world.hub.path.parent / "other", {"x": "x\n"})
    other.git("push", "-q", str(world.store.path), "HEAD:refs/heads/other")
    world.store.git("update-ref", "refs/heads/main", other.head)
    answer = await world.lander.push(world.project, item, follow=True)
    assert answer == Moved(tip=other.head)
    built = await world.lander.build(world.project, item, onto=await tip(world))
    assert isinstance(built, Unrelated)
    assert "no history in common with main" in built.reason


@each_kind
async def test_a_deleted_target_is_told_and_can_come_back(world: GitWorld) -> None:
    """What is there instead is listed (it may have been renamed); an intent stays unknown."""
    item = await intend(world, an_item(world.change({"c.txt": "c\n"})))
    old = item.expected_old or ""
    world.store.git("branch", "-m", "main", "trunk")
    with pytest.raises(Permanent, match=r"no branch 'main'; it has .*trunk") as caught:
        await tip(world)
    assert "landing.base_branch" in caught.value.remedy
    with pytest.raises((Transient, Permanent), match="trunk"):
        await world.lander.push(world.project, item, follow=True)
    with pytest.raises(Transient, match=r"not known.*trunk"):
        await world.lander.settle(world.project, item, follow=True)
    assert world.store.git("rev-parse", "trunk") == old
    world.store.git("branch", "main", old)
    settle = world.lander.settle
    assert await settle(world.project, item, follow=True) is Settled.NOT_LANDED
    assert isinstance(await world.lander.push(world.project, item, follow=True), Pushed)


@pytest.mark.parametrize("strategy", list(Strategy))
async def test_branches_that_bring_nothing(world: GitWorld, strategy: Strategy) -> None:
    """Without a commit, behind, with an empty commit, with a change and its opposite, landed."""
    begin = await tip(world)
    empty = world.change({})
    there = world.change({"c.txt": "c\n"})
    back = world.change({"c.txt": None}, on=there)
    landed = await land(world, an_item(world.change({"e.txt": "e\n"}), id="l0"))
    for head in (begin, empty, back, landed.source_head, landed.new or ""):
        item = an_item(head, strategy=strategy)
        built = await world.lander.build(world.project, item, onto=await tip(world))
        assert isinstance(built, Nothing), head
        assert built.reason


@pytest.mark.parametrize("remote", [True, False], ids=["to a remote", "in place"])
async def test_a_shallow_clone_lands(tmp_path: Path, *, remote: bool) -> None:
    """A person's repository without its beginnings is as good as any."""
    whole = make_repository(tmp_path / "whole", {"a.txt": "one\n"})
    for n in range(3):
        whole.commit({"n.txt": f"{n}\n"})
    far = make_bare(tmp_path / "far.git", of=whole)
    whole.git("clone", "-q", "--depth=1", f"file://{far.path}", str(tmp_path / "shallow"))
    shallow = Repository(tmp_path / "shallow")
    world = GitWorld(tmp_path / "world", "remote")
    world.person, world.store = shallow, far if remote else shallow
    world.project = make_project(tmp_path / "home", shallow, remote=far if remote else None)
    await open_hub(world.project)
    agent = world.worktree(world.hub.git("rev-parse", "refs/remotes/origin/main"))
    head = agent.commit({"c.txt": "c\n"})
    item = await land(world, an_item(head))
    assert world.store.git("rev-parse", "main") == item.new
    assert world.store.git("show", "main:c.txt") == "c"
    found = await world.lander.verify(world.project, "main", landed=[item], since=item.old)
    assert list(found) == []


async def test_a_partial_clone_is_refused_in_words(tmp_path: Path) -> None:
    """Its files are missing until somebody asks for them, with the person's credentials."""
    whole = make_repository(tmp_path / "whole", {"a.txt": "one\n"})
    far = make_bare(tmp_path / "far.git", of=whole)
    far.git("config", "uploadpack.allowFilter", "true")
    whole.git("clone", "-q", "--filter=blob:none", f"file://{far.path}", str(tmp_path / "partial"))
    project = make_project(tmp_path / "home", Repository(tmp_path / "partial"), remote=far)
    with pytest.raises(Permanent, match="is a partial clone") as caught:
        await open_hub(project)
    assert caught.value.remedy
