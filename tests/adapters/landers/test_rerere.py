"""Resolutions that agents made are made again, and nothing else of theirs takes part."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from orch.core.landing import BY_AGENT, Item, Strategy
from orch.ports.lander import Candidate, Conflict
from orch.testing.lander_values import FIRST, Files, an_item, build, intend, land, tip
from tests.adapters.landers.worlds import GitWorld

CLASH: Files = {"a.txt": "one\nmine\nthree\n"}
OTHER: Files = {"a.txt": "one\ntheirs\nthree\n"}
BOTH = "one\nmine and theirs\nthree\n"


async def conflicting(world: GitWorld, *, more: Files | None = None) -> str:
    """Let a change and the target conflict in a.txt; return the change."""
    head = world.change({**CLASH, **(more or {})})
    world.advance(OTHER)
    await tip(world)
    return head


async def taught(world: GitWorld, resolution: str = BOTH) -> str:
    """Let an agent resolve that conflict in its worktree."""
    head = await conflicting(world)
    world.teach(head, await tip(world), resolution={"a.txt": resolution})
    return head


async def attempt(world: GitWorld, item: Item) -> object:
    """Build on the tip, whatever comes of it."""
    return await world.lander.build(world.project, item, onto=await tip(world))


def cached(world: GitWorld, kind: str) -> list[Path]:
    """List what the hub knows of conflicts."""
    return sorted((world.hub.path / "rr-cache").glob(f"*/{kind}"))


async def test_an_agents_worktree_teaches_the_project(world: GitWorld) -> None:
    """What was resolved in one worktree is known to the lane, and to all other worktrees."""
    head = await taught(world)
    assert (await build(world, an_item(head))).resolved == "rerere"
    other = world.worktree(head)
    with pytest.raises(AssertionError):
        other.git("merge", "-q", await tip(world))
    assert (other.path / "a.txt").read_text() == BOTH


async def test_looking_leaves_no_trace(world: GitWorld, tmp_path: Path) -> None:
    """A conflict that the lane meets is not noted as one that somebody resolves."""
    await taught(world)
    known = cached(world, "*")
    shutil.copytree(world.hub.path / "rr-cache", tmp_path / "before")
    head = world.change({"b.txt": "mine\n"})
    world.advance({"b.txt": "theirs\n"})
    assert isinstance(await attempt(world, an_item(head)), Conflict)
    assert cached(world, "*") == known


async def test_a_person_who_landed_a_merge_teaches_too(world: GitWorld) -> None:
    """The same conflict, met again after the target was rewound, needs nobody."""
    head = await conflicting(world)
    onto = await tip(world)
    world.colleague.git("fetch", "-q", "origin")
    world.colleague.git("checkout", "-q", "--detach", head)
    with pytest.raises(AssertionError):
        world.colleague.git("merge", "-q", onto)
    merged = world.colleague.commit({"a.txt": BOTH}, "Merge")
    world.publish()
    assert not cached(world, "postimage")
    await land(world, an_item(merged, task_id=None))
    assert len(cached(world, "postimage")) == 1
    world.rewind(onto)
    made = await build(world, an_item(head, id="l2"))
    assert made.resolved == "rerere"
    assert world.read(made.commit)["a.txt"] == BOTH


async def test_an_intent_is_built_again_as_it_was(world: GitWorld) -> None:
    """Somebody resolves it otherwise, or all is forgotten: the same commit comes out."""
    item = await intend(world, an_item(await taught(world)))
    cached(world, "postimage")[0].write_text("something else\n")
    assert (await build(world, item)).commit == item.candidate
    shutil.rmtree(world.hub.path / "rr-cache")
    assert (await build(world, item)).commit == item.candidate


async def test_a_resolution_with_markers_is_refused(world: GitWorld) -> None:
    """A cache that holds half a resolution resolves nothing."""
    head = await taught(world)
    bad = "one\n<<<<<<< x\nmine\n=======\ntheirs\n>>>>>>> y\nthree\n"
    cached(world, "postimage")[0].write_text(bad)
    assert isinstance(await attempt(world, an_item(head)), Conflict)


async def test_lines_that_look_like_markers_may_stay(world: GitWorld) -> None:
    """A heading underlined with seven signs was there before the conflict."""
    start = world.advance({"r.rst": "Heading\n=======\n\ntext\n"})
    head = world.change({"r.rst": "Heading\n=======\n\nmine\n"}, on=start)
    world.advance({"r.rst": "Heading\n=======\n\ntheirs\n"})
    resolution = "Heading\n=======\n\nboth\n"
    world.teach(head, await tip(world), resolution={"r.rst": resolution})
    made = await build(world, an_item(head))
    assert world.read(made.commit)["r.rst"] == resolution


async def test_a_planted_cache_reaches_nothing_else(world: GitWorld, tmp_path: Path) -> None:
    """Links, giants and odd files in the cache are passed over; nothing is written through them."""
    head = await taught(world)
    entry = cached(world, "postimage")[0].parent
    secret = tmp_path / "secret"
    secret.write_text("one\nsecret\nthree\n")
    (entry / "postimage").unlink()
    (entry / "postimage").symlink_to(secret)
    assert isinstance(await attempt(world, an_item(head)), Conflict)
    shutil.rmtree(entry)
    entry.symlink_to(tmp_path)
    assert isinstance(await attempt(world, an_item(head)), Conflict)
    shutil.rmtree(world.hub.path / "rr-cache")
    (world.hub.path / "rr-cache").write_text("not a folder")
    assert isinstance(await attempt(world, an_item(head)), Conflict)


async def test_no_program_of_an_agents_resolves(world: GitWorld, tmp_path: Path) -> None:
    """Drivers, filters, hooks and attributes of the hub's are not looked at."""
    head, trace = await taught(world), tmp_path / "started"
    evil = f"touch '{trace}'; cat"
    for key in ("merge.evil.driver", "filter.evil.clean", "filter.evil.smudge", "core.fsmonitor"):
        world.hub.git("config", key, evil)
    (world.hub.path / "info").mkdir(exist_ok=True)
    (world.hub.path / "info" / "attributes").write_text("* merge=evil filter=evil\n")
    hooks = world.hub.path / "hooks"
    hooks.mkdir(exist_ok=True)
    for name in ("post-index-change", "reference-transaction"):
        (hooks / name).write_text(f"#!/bin/sh\n{evil}\n")
        (hooks / name).chmod(0o755)
    made = await attempt(world, an_item(head))
    assert isinstance(made, Conflict | Candidate)
    assert not trace.exists()


async def test_a_wrong_resolution_of_other_files_is_found_out(world: GitWorld) -> None:
    """I5: what is flagged as resolved may differ from a merge only where that conflicts."""
    item = an_item(await taught(world))
    honest = await build(world, item)
    fields = {"b.txt": "slipped in\n", "a.txt": BOTH}
    world.colleague.git("fetch", "-q", "origin")
    other = world.change(fields, on=await tip(world))
    tree = world.hub.git("rev-parse", f"{other}^{{tree}}")
    forged = replace(honest, commit=other, commits=(other,), tree=tree)
    found = await world.lander.inspect(world.project, item, candidate=forged)
    assert {violation.invariant for violation in found} == {"I5", "I6"}
    unflagged = replace(honest, resolved="")
    found = await world.lander.inspect(world.project, item, candidate=unflagged)
    assert [violation.invariant for violation in found]


async def test_a_branch_whose_beginning_landed_is_replayed(world: GitWorld) -> None:
    """As a whole it conflicts with its own first commit; commit by commit it does not."""
    one = world.change(CLASH)
    two = world.change({"a.txt": "one\nmine, improved\nthree\n"}, on=one)
    world.advance({**CLASH, "d.txt": "d\n"})
    item = an_item(two)
    made = await build(world, item)
    assert made.resolved == "replay"
    assert world.read(made.commit)["a.txt"] == "one\nmine, improved\nthree\n"
    assert list(await world.lander.inspect(world.project, item, candidate=made)) == []
    assert "Resolved-By: replay\n" in world.message(made.commit)


async def test_commits_that_cancel_out_are_squashed(world: GitWorld) -> None:
    """One by one they conflict; as a whole there is nothing to resolve."""
    one = world.change(CLASH)
    two = world.change({"a.txt": FIRST["a.txt"], "c.txt": "c\n"}, on=one)
    world.advance(OTHER)
    item = an_item(two, strategy=Strategy.REBASE)
    made = await build(world, item)
    assert (made.resolved, made.paths) == ("squash", ("c.txt",))
    assert list(await world.lander.inspect(world.project, item, candidate=made)) == []


async def test_a_replay_that_loses_lines_is_not_taken(world: GitWorld) -> None:
    """The target took the first commit back on purpose: that is for the owner to decide."""
    one = world.change(CLASH)
    two = world.change({"a.txt": "one\nmine, improved\nthree\n"}, on=one)
    world.advance(OTHER)
    assert isinstance(await attempt(world, an_item(two)), Conflict)


async def test_an_agent_that_leaves_markers_is_told(world: GitWorld) -> None:
    """A head that was to resolve a conflict and has it still is a conflict, not a candidate."""
    left = "one\n<<<<<<< HEAD\nmine\n=======\ntheirs\n>>>>>>> 12ab\nthree\n"
    head = world.change({"a.txt": left, "c.txt": "c\n"})
    made = await attempt(world, an_item(head, resolved=BY_AGENT))
    assert isinstance(made, Conflict)
    assert made.paths == ("a.txt",)
    assert made.marked
    assert isinstance(await attempt(world, an_item(head)), Candidate)


async def test_what_rerere_cannot_know_is_a_conflict(world: GitWorld) -> None:
    """Deleted here and changed there, and files without lines."""
    await taught(world)
    start = world.advance({"bin": "\0\1\2", "gone": "g\n"})
    binary = world.change({"bin": "\0mine"}, on=start)
    deleted = world.change({"gone": None}, on=start)
    world.advance({"bin": "\0theirs", "gone": "changed\n"})
    for head, path in ((binary, "bin"), (deleted, "gone")):
        made = await attempt(world, an_item(head))
        assert isinstance(made, Conflict)
        assert made.paths == (path,)


async def test_modes_and_odd_names_survive(world: GitWorld) -> None:
    """An executable with a name that needs quoting is resolved and stays executable."""
    name = 'ä "b"\n\t.sh'
    start = world.advance({name: "1\n2\n3\n"})
    world.change({name: "1\nmine\n3\n"}, on=start)
    (world.colleague.path / name).chmod(0o755)
    head = world.colleague.commit({}, "Mode")
    world.publish()
    world.advance({name: "1\ntheirs\n3\n"})
    world.teach(head, await tip(world), resolution={name: "1\nboth\n3\n"})
    made = await build(world, an_item(head))
    assert made.resolved == "rerere"
    assert "100755" in world.hub.git("ls-tree", made.commit, "--", name)
