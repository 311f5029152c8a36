"""Pushing to a remote or a bare repository: one ref, forward only, and honest about doubt."""

import os
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from orch.adapters.landers.local import LocalLander
from orch.ports.errors import Permanent, Transient
from orch.ports.lander import Moved, Pushed, Refused, Settled
from orch.ports.store import FencedError
from orch.testing.lander_values import an_item, intend, land, tip
from orch.testing.repositories import make_repository
from tests.adapters.landers.worlds import PUSHED, GitWorld

each_kind = pytest.mark.parametrize("world", PUSHED, indirect=True)


@each_kind
async def test_exactly_one_ref_is_pushed(world: GitWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """No tags, no other branches, whatever the person's habits are; no hook of theirs runs."""
    config = world.person.path.parent / "gitconfig"
    config.write_text(
        "[push]\n\tfollowTags = true\n\tgpgSign = true\n[remote]\n\tpushDefault = x\n"
    )
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    world.hub.git("tag", "-a", "-m", "t", "v1", await tip(world))
    for hook in (world.hub.path / "hooks", world.person.path / ".git" / "hooks"):
        hook.mkdir(exist_ok=True)
        (hook / "pre-push").write_text("#!/bin/sh\nexit 1\n")
        (hook / "pre-push").chmod(0o755)
    before = world.store.git("for-each-ref", "--format=%(refname)")
    item = await land(world, an_item(world.change({"c.txt": "c\n"})))
    assert world.store.git("for-each-ref", "--format=%(refname)") == before
    assert world.tip() == item.new


@each_kind
async def test_the_persons_repository_is_as_it_was(world: GitWorld) -> None:
    """A push changes nothing at the person's; they pull when they like."""
    before = world.person.snapshot()
    await land(world, an_item(world.change({"c.txt": "c\n"})))
    assert world.person.snapshot() == before


async def fence() -> None:
    """Say that another daemon has taken over."""
    raise FencedError


@pytest.mark.parametrize("world", [*PUSHED, "checkout"], indirect=True)
async def test_who_was_replaced_moves_nothing(world: GitWorld) -> None:
    """Asked right before the target moves; neither pushing nor settling goes past it."""
    item = await intend(world, an_item(world.change({"c.txt": "c\n"})))
    before, state = world.tip(), world.person.git("status", "--porcelain", "--branch")
    lander = LocalLander(fence=fence)
    with pytest.raises(FencedError):
        await lander.push(world.project, item, follow=True)
    assert world.tip() == before
    assert world.person.git("status", "--porcelain", "--branch") == state
    assert not (world.person.path / ".git" / "index.lock").exists()
    assert isinstance(await world.lander.push(world.project, item, follow=True), Pushed)


@each_kind
async def test_somebody_may_come_between_look_and_push(world: GitWorld) -> None:
    """A server that changes hands while the push is on its way tells so."""
    item = await intend(world, an_item(world.change({"c.txt": "c\n"})))
    other = world.change({"d.txt": "d\n"})
    world.colleague.git("push", "-q", str(world.store.path), f"{other}:refs/heads/other")
    # The hook runs when the objects are there, and before the ref is moved.
    hook = world.store.path / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    inner = "unset GIT_QUARANTINE_PATH GIT_OBJECT_DIRECTORY GIT_ALTERNATE_OBJECT_DIRECTORIES"
    hook.write_text(f"#!/bin/sh\ncat >/dev/null\n{inner}\ngit update-ref refs/heads/main {other}\n")
    hook.chmod(0o755)
    hook_ran = await world.lander.push(world.project, item, follow=True)
    assert hook_ran == Moved(tip=other)
    assert world.tip() == other
    settled = await world.lander.settle(world.project, item, follow=True)
    assert settled is Settled.MOVED


@each_kind
async def test_a_held_ref_is_not_a_refusal(world: GitWorld) -> None:
    """A lock on the target's ref passes; nothing was pushed, and that is known."""
    item = await intend(world, an_item(world.change({"c.txt": "c\n"})))
    lock = world.store.path / "refs" / "heads" / "main.lock"
    lock.touch()
    with pytest.raises(Transient, match="not known"):
        await world.lander.push(world.project, item, follow=True)
    lock.unlink()
    settle = world.lander.settle
    assert await settle(world.project, item, follow=True) is Settled.NOT_LANDED
    assert isinstance(await world.lander.push(world.project, item, follow=True), Pushed)


@each_kind
async def test_a_push_that_arrived_is_known(world: GitWorld) -> None:
    """The target dies after it took the push: asking it tells that it landed."""
    item = await intend(world, an_item(world.change({"c.txt": "c\n"})))
    hook = world.store.path / "hooks" / "post-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nkill -9 $PPID\n")
    hook.chmod(0o755)
    pushed = await world.lander.push(world.project, item, follow=True)
    assert pushed == Pushed(old=item.expected_old or "", new=item.candidate or "")


@pytest.mark.parametrize("world", ["remote"], indirect=True)
async def test_a_server_with_a_checkout_refuses(world: GitWorld) -> None:
    """A remote that is somebody's working repository is not pushed over."""
    item = await intend(world, an_item(world.change({"c.txt": "c\n"})))
    world.store.git("config", "core.bare", "false")
    answer = await world.lander.push(world.project, item, follow=True)
    assert isinstance(answer, Refused)
    assert "updateInstead" in answer.reason


@each_kind
async def test_a_stale_lock_in_the_hub_is_removed(world: GitWorld) -> None:
    """A killed git left a lock an hour ago; the landing goes on."""
    head = world.change({"c.txt": "c\n"})
    lock = world.hub.path / "refs" / "orch" / "landings" / "l1.lock"
    lock.parent.mkdir(parents=True, exist_ok=True)
    lock.touch()
    os.utime(lock, (1_600_000_000, 1_600_000_000))
    await land(world, an_item(head))
    assert not lock.exists()


@pytest.fixture
def silence() -> Iterator[str]:
    """Give the address of a server that accepts and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"git://127.0.0.1:{server.getsockname()[1]}/x.git"


@each_kind
async def test_a_server_that_never_answers_is_unknown(world: GitWorld, silence: str) -> None:
    """The push is given up after its time, and nothing is claimed."""
    item = await intend(world, an_item(world.change({"c.txt": "c\n"})))
    project = replace(world.project, remote=silence)
    lander = LocalLander(push_timeout_s=0.3)
    with pytest.raises(Transient, match="not known"):
        await lander.push(project, item, follow=True)


@each_kind
async def test_no_secret_is_told(world: GitWorld) -> None:
    """Credentials in an address don't reach a message."""
    item = await intend(world, an_item(world.change({"c.txt": "c\n"})))
    project = replace(world.project, remote="http://joe:s3cret@127.0.0.1:9/x.git")
    for call in (
        world.lander.push(project, item, follow=True),
        world.lander.settle(project, item, follow=True),
        world.lander.tip(project, "main"),
    ):
        with pytest.raises((Transient, Permanent)) as caught:
            await call
        assert "s3cret" not in str(caught.value)


@each_kind
async def test_a_broken_remote_is_not_this_persons_fault(world: GitWorld, tmp_path: Path) -> None:
    """A remote that is another repository by now has moved, and is not overwritten."""
    item = await intend(world, an_item(world.change({"c.txt": "c\n"})))
    other = make_repository(tmp_path / "other", {"x": "x\n"})
    other.git("checkout", "-q", "--detach")
    project = replace(world.project, remote=str(other.path))
    assert await world.lander.push(project, item, follow=True) == Moved(tip=other.head)
    assert other.git("rev-parse", "main") == other.head
