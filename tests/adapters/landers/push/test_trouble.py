"""A remote that is down, hangs or turns one away, at each point of a landing: nothing is lost."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from orch.adapters.landers.local import LocalLander
from orch.core.landing import Item
from orch.ports.errors import Permanent, Transient
from orch.ports.lander import Pushed, Settled
from orch.testing.lander_values import an_item, intend, tip
from tests.adapters.landers.worlds import GitWorld

SSH = """\
#!/bin/sh
for last; do :; done
case "$(cat '{mode}'):$last" in
  down:*|"down on push:git-receive-pack"*)
    echo "ssh: connect to host localhost port 22: Connection refused" >&2; exit 255 ;;
  denied:*|"denied on push:git-receive-pack"*)
    echo "git@localhost: Permission denied (publickey)." >&2; exit 255 ;;
  hangs:*|"hangs on push:git-receive-pack"*)
    exec sleep 1000 ;;
  "expires in mid-push:git-receive-pack"*)
    sh -c "git receive-pack --http-backend-info-refs ${{last#git-receive-pack }}"
    echo "fatal: Authentication failed" >&2; exit 255 ;;
  "expires after the push:git-receive-pack"*)
    echo denied > '{mode}' ;;
esac
exec sh -c "$last"
"""


@dataclass(frozen=True, slots=True)
class Line:
    """The way to the remote; `says` is what it does from now on."""

    world: GitWorld
    mode: Path

    def becomes(self, mode: str) -> None:
        """Change what it does: "up", "down", "denied", "hangs", or only on push."""
        self.mode.write_text(mode)
        # Only what would hang for ever is given up soon: the rest takes as long as it takes.
        self.world.lander = LocalLander(
            push_timeout_s=2.0 if mode.startswith("hangs") else 120.0,
            fetch_timeout_s=2.0 if mode == "hangs" else 120.0,
        )


@pytest.fixture
async def line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Line:
    """Give a remote that is reached as through ssh."""
    world = await GitWorld(tmp_path, "remote").open()
    mode, program = tmp_path / "mode", tmp_path / "ssh"
    mode.write_text("up")
    program.write_text(SSH.format(mode=mode))
    program.chmod(0o755)
    monkeypatch.setenv("GIT_SSH", str(program))
    monkeypatch.setenv("GIT_SSH_VARIANT", "simple")
    world.project = replace(world.project, remote=f"ssh://localhost{world.store.path}")
    return Line(world, mode)


LOOKS: dict[str, Callable[[GitWorld, Item], Awaitable[object]]] = {
    "tip": lambda world, _: tip(world),
    "source": lambda world, _: world.lander.source(world.project, "elsewhere"),
    "push": lambda world, item: world.lander.push(world.project, item, follow=True),
    "settle": lambda world, item: world.lander.settle(world.project, item, follow=True),
    "verify": lambda world, item: world.lander.verify(world.project, "main", landed=[item]),
}
"""Each point of a landing at which the remote is spoken to."""


TROUBLES = [(point, trouble) for point in LOOKS for trouble in ("down", "denied", "hangs")]
# For a branch that a person enqueues they wait themselves, and can break it off.
TROUBLES.remove(("source", "hangs"))


@pytest.mark.parametrize(("point", "trouble"), TROUBLES)
async def test_it_is_told_and_goes_on(line: Line, point: str, trouble: str) -> None:
    """Each call says what is wrong; when it passes, the same intent lands once."""
    world = line.world
    item = await intend(world, an_item(world.change({"c.txt": "c\n"})))
    line.becomes(trouble)
    with pytest.raises((Transient, Permanent)) as caught:
        await LOOKS[point](world, item)
    words = {"down": "Connection refused", "denied": "ermission denied", "hangs": "no answer"}
    assert words[trouble] in str(caught.value)
    if point in {"push", "settle"}:
        # Whether it arrived is never decided without the target.
        assert isinstance(caught.value, Transient)
        assert "not known" in str(caught.value)
    await land_after_all(line, item)


@pytest.mark.parametrize(
    "trouble", ["down on push", "denied on push", "hangs on push", "expires in mid-push"]
)
async def test_a_push_that_fails_is_known_not_to_have_landed(line: Line, trouble: str) -> None:
    """The target itself can be read, and tells where it is."""
    world = line.world
    item = await intend(world, an_item(world.change({"c.txt": "c\n"})))
    line.becomes(trouble)
    with pytest.raises(Transient, match="not known"):
        await world.lander.push(world.project, item, follow=True)
    settle = world.lander.settle
    assert await settle(world.project, item, follow=True) is Settled.NOT_LANDED
    await land_after_all(line, item)


async def test_credentials_that_expire_after_the_push(line: Line) -> None:
    """It arrived and nobody can look any more: then it is as good as told."""
    world = line.world
    item = await intend(world, an_item(world.change({"c.txt": "c\n"})))
    line.becomes("expires after the push")
    pushed = await world.lander.push(world.project, item, follow=True)
    assert pushed == Pushed(old=item.expected_old or "", new=item.candidate or "")
    with pytest.raises(Transient, match="not known"):
        await world.lander.settle(world.project, item, follow=True)
    line.becomes("up")
    assert await world.lander.settle(world.project, item, follow=True) is Settled.LANDED


async def land_after_all(line: Line, item: Item) -> None:
    """Let the trouble pass, settle, and push what has not landed: one commit on the target."""
    world = line.world
    line.becomes("up")
    settle = world.lander.settle
    assert await settle(world.project, item, follow=True) is Settled.NOT_LANDED
    pushed = await world.lander.push(world.project, item, follow=True)
    assert pushed == Pushed(old=item.expected_old or "", new=item.candidate or "")
    assert world.tip() == item.candidate
    assert await settle(world.project, item, follow=True) is Settled.LANDED
