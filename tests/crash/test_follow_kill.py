"""A landing into a person's checkout is killed at each step and at many calls of git."""

import contextlib
from dataclasses import replace
from pathlib import Path

import pytest

from orch.adapters.landers.local import LocalLander
from orch.core.landing import Item
from orch.ports.errors import Transient
from orch.ports.lander import Pushed, Settled, Waiting
from orch.testing.lander_values import an_item, intend
from tests.adapters.landers.worlds import GitWorld
from tests.crash.killing import Killer, Point, age_locks, push_in_a_process, spread

STEPS = ("objects", "hold", "branch", "files", "index", "release")
SAMPLE = 6
CHANGE = {"a.txt": "landed\n", "new/c.txt": "c\n" * 5000, "b.txt": None, "new/d.txt": "d\n"}


@pytest.fixture
async def item(world: GitWorld) -> Item:
    """Give an intent for the world's checkout."""
    world.advance({"other.txt": "o\n"})
    return await intend(world, an_item(world.change(CHANGE)))


async def recover(world: GitWorld, item: Item) -> Settled:
    """Do what a restarted daemon does, and see that the checkout has followed in the end."""
    lander = LocalLander()
    found = await lander.settle(world.project, item, follow=True)
    assert (found is Settled.LANDED) == (world.tip() == item.candidate)
    for _ in range(3):
        if world.tip() == item.candidate and not world.person.git("status", "--porcelain"):
            break
        age_locks(world.person.path)
        with contextlib.suppress(Transient):
            await lander.push(world.project, item, follow=True)
    check_landed(world, item)
    landed = replace(item, old=item.expected_old, new=item.candidate)
    assert list(await lander.verify(world.project, "main", landed=[landed])) == []
    return found


def check_landed(world: GitWorld, item: Item) -> None:
    """See that the branch is at the landing, the checkout is clean, nothing of orch's is left."""
    assert world.tip() == item.candidate
    assert world.person.git("status", "--porcelain") == ""
    assert world.seen()["a.txt"] == "landed\n"
    git_dir = world.person.path / ".git"
    assert not [*git_dir.glob("index.*"), *git_dir.glob("*.lock"), *git_dir.glob("refs/**/*.lock")]
    world.person.git("fsck", "--strict", "--no-dangling")


@pytest.mark.parametrize("step", STEPS)
async def test_a_landing_killed_at_a_step_is_completed(
    world: GitWorld, item: Item, step: str
) -> None:
    """Orch itself is killed just before each step; the next start ends in the same place."""
    assert push_in_a_process(world.project, item, step=step) == -9
    await recover(world, item)


@pytest.mark.parametrize("step", STEPS)
async def test_what_a_person_did_after_the_kill_is_kept(
    world: GitWorld, item: Item, step: str
) -> None:
    """An edit between crash and restart stays; the branch and the rest of the checkout agree."""
    assert push_in_a_process(world.project, item, step=step) == -9
    world.dirty("a.txt")
    await settle_beside_an_edit(world, item)
    assert world.person.git("status", "--porcelain") == " M a.txt"


async def settle_beside_an_edit(world: GitWorld, item: Item) -> None:
    """Settle and push while a file that the landing changes has been edited by the person."""
    lander = LocalLander()
    found = await lander.settle(world.project, item, follow=True)
    assert world.seen()["a.txt"] == "edited by the person\n"
    pushed = await lander.push(world.project, item, follow=True)
    assert world.seen()["a.txt"] == "edited by the person\n"
    if found is Settled.LANDED:
        assert isinstance(pushed, Pushed)
        assert world.tip() == item.candidate
    else:
        assert isinstance(pushed, Waiting)
        assert pushed.paths == ("a.txt",)
        assert world.tip() == item.expected_old


async def test_a_lock_that_the_person_removed_is_not_missed(world: GitWorld, item: Item) -> None:
    """Told by git that index.lock exists, the person deletes it; the landing is completed."""
    assert push_in_a_process(world.project, item, step="files") == -9
    (world.person.path / ".git" / "index.lock").unlink()
    await recover(world, item)


async def test_a_commit_on_top_of_half_a_landing_stays(world: GitWorld, item: Item) -> None:
    """Somebody committed elsewhere on the moved branch: that is not taken back."""
    assert push_in_a_process(world.project, item, step="files") == -9
    world.colleague.git("fetch", "-q", "origin")
    world.colleague.git("checkout", "-q", "--detach", item.candidate or "")
    on_top = world.colleague.commit({"e.txt": "e\n"})
    world.person.git("fetch", "-q", str(world.colleague.path), on_top)
    world.person.git("update-ref", "refs/heads/main", on_top)
    settled = await LocalLander().settle(world.project, item, follow=True)
    assert settled is Settled.LANDED
    assert world.tip() == on_top
    assert not (world.person.path / ".git" / "index.lock").exists()


VICTIMS = ("read-tree", "update-ref -m", "fetch", "status")


@pytest.fixture(params=VICTIMS)
def killer(request: pytest.FixtureRequest, tmp_path: Path) -> Killer:
    """Give a git of which one command can be killed, and orch with it."""
    return Killer(tmp_path / "bin", request.param)


async def kill_landings(world: GitWorld, item: Item, *, killer: Killer, some: list[Point]) -> None:
    """Kill git and orch at each of these points, and recover, every other time beside an edit."""
    for number, point in enumerate(some):
        rewind(world, item)
        env = killer.environment(point, starter=True)
        if push_in_a_process(world.project, item, env=env) == 0:
            # Git reads a pipe as often as it likes: this time it did not come to that call.
            check_landed(world, item)
            continue
        age_locks(world.person.path)
        if number % 2:
            await recover(world, item)
            continue
        world.dirty("a.txt")
        await settle_beside_an_edit(world, item)
        left = world.person.git("status", "--porcelain").splitlines()
        assert left == [" M a.txt"], point


def rewind(world: GitWorld, item: Item) -> None:
    """Take the landing out of the person's repository, with its objects."""
    world.rewind(item.expected_old or "")
    world.person.git("clean", "-fdq")
    world.person.git("reflog", "expire", "--expire=now", "--all")
    world.person.git("prune", "--expire=now")


async def find_points(world: GitWorld, item: Item, killer: Killer) -> list[Point]:
    """List the calls of a landing that nobody kills."""
    assert push_in_a_process(world.project, item, env=killer.environment(None)) == 0
    check_landed(world, item)
    return killer.points()


async def test_a_landing_killed_inside_git_is_completed(
    world: GitWorld, item: Item, killer: Killer, seed: int
) -> None:
    """Files half written, an index not replaced, a branch locked: all is found and mended."""
    points = await find_points(world, item, killer)
    await kill_landings(world, item, killer=killer, some=spread(points, SAMPLE, seed=seed))


@pytest.mark.soak
@pytest.mark.timeout(3600)
async def test_a_landing_killed_at_every_call_is_completed(
    world: GitWorld, item: Item, killer: Killer
) -> None:
    """The same at each single call."""
    points = await find_points(world, item, killer)
    await kill_landings(world, item, killer=killer, some=points)
    print(f"{killer.victim}: {len(points)} kills")  # noqa: T201
