"""`git push` is killed at one system call after another; the target tells the truth each time."""

import asyncio
import contextlib
import os
from dataclasses import replace
from pathlib import Path

import pytest

from orch.adapters.landers.local import LocalLander
from orch.core.landing import Item
from orch.ports.errors import Transient
from orch.ports.lander import Pushed, Settled
from orch.testing.lander_values import an_item, intend
from tests.adapters.landers.worlds import GitWorld
from tests.crash.killing import Killer, Point, remove_locks, spread, start_push

SAMPLE = 30


@pytest.fixture(params=["push", "git-receive-pack", "git-receive-pack and its children"])
def killer(request: pytest.FixtureRequest, tmp_path: Path) -> Killer:
    """Give a git of which one end of a push can be killed."""
    victim, *children = request.param.split(" and ")
    return Killer(tmp_path / "bin", victim, children=bool(children))


@pytest.fixture
async def world(tmp_path: Path, killer: Killer, monkeypatch: pytest.MonkeyPatch) -> GitWorld:
    """Give a remote that is reached as through ssh, so that both ends can be killed."""
    for name, value in killer.environment(None).items():
        monkeypatch.setenv(name, value)
    world = await GitWorld(tmp_path, "remote").open()
    world.project = replace(world.project, remote=f"ssh://localhost{world.store.path}")
    return world


async def land_after_all(world: GitWorld, item: Item) -> Settled:
    """Do what a restarted daemon does; return what it found at first."""
    lander = LocalLander()
    first = await lander.settle(world.project, item, follow=True)
    remove_locks(world.store.path)
    at_target = world.tip() == item.candidate
    assert (first is Settled.LANDED) == at_target
    if first is Settled.NOT_LANDED:
        assert world.tip() == item.expected_old
        pushed = await lander.push(world.project, item, follow=True)
        assert pushed == Pushed(old=item.expected_old or "", new=item.candidate or "")
    assert world.tip() == item.candidate
    landed = replace(item, old=item.expected_old, new=item.candidate)
    assert list(await lander.verify(world.project, "main", landed=[landed])) == []
    world.store.git("fsck", "--strict", "--no-dangling")
    return first


async def kill_pushes(world: GitWorld, killer: Killer, points: list[Point]) -> list[Settled]:
    """Kill at each of these points, and land after all; return what was found after the kill."""
    item = await intend(world, an_item(world.change({"c.txt": "c\n"})))
    found = []
    for point in points:
        forget(world, item)
        with killer.in_place(point), contextlib.suppress(Transient):
            await LocalLander().push(world.project, item, follow=True)
        found.append(await land_after_all(world, item))
    return found


async def find_points(world: GitWorld, killer: Killer) -> list[Point]:
    """List the calls of a push that nobody kills."""
    item = await intend(world, an_item(world.change({"c.txt": "c\n"})))
    with killer.in_place():
        await LocalLander().push(world.project, item, follow=True)
    assert world.tip() == item.candidate
    world.rewind(item.expected_old or "")
    return killer.points()


async def test_a_killed_push_is_settled(world: GitWorld, killer: Killer, seed: int) -> None:
    """Whichever end dies at whichever call: landed or not is known, and it lands once."""
    points = spread(await find_points(world, killer), SAMPLE, seed=seed)
    found = await kill_pushes(world, killer, points)
    assert set(found) == {Settled.LANDED, Settled.NOT_LANDED}


@pytest.mark.soak
@pytest.mark.timeout(1800)
async def test_a_push_killed_at_every_call_is_settled(world: GitWorld, killer: Killer) -> None:
    """The same at each single call."""
    found = await kill_pushes(world, killer, await find_points(world, killer))
    print(f"{killer.victim}: {len(found)} kills, {found.count(Settled.LANDED)} had landed")  # noqa: T201


def forget(world: GitWorld, item: Item) -> None:
    """Take the landing and its objects from the target, so that a push has to bring them again."""
    world.rewind(item.expected_old or "")
    new = item.candidate or ""
    loose = world.store.path / "objects" / new[:2] / new[2:]
    loose.unlink(missing_ok=True)
    world.store.git("prune", "--expire=now")


@pytest.mark.parametrize("killer", ["push"], indirect=True)
async def test_a_push_that_outlives_its_orch_is_no_second_landing(
    world: GitWorld, tmp_path: Path
) -> None:
    """Orch is killed, its push goes on, late: settled as not landed, pushed again, once there."""
    item = await intend(world, an_item(world.change({"c.txt": "c\n"})))
    gate, reached = tmp_path / "gate", tmp_path / "reached"
    os.mkfifo(gate)
    os.mkfifo(reached)
    hook = world.store.path / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ncat >/dev/null\necho there >'{reached}'\ncat '{gate}'\n")
    hook.chmod(0o755)
    with start_push(world.project, item) as orch:
        await asyncio.to_thread(reached.read_text)
        orch.kill()
    hook.unlink()
    settled = await LocalLander().settle(world.project, item, follow=True)
    assert settled is Settled.NOT_LANDED
    pushed = await LocalLander().push(world.project, item, follow=True)
    assert isinstance(pushed, Pushed)
    await asyncio.to_thread(gate.write_text, "go\n")
    assert await land_after_all(world, item) is Settled.LANDED
