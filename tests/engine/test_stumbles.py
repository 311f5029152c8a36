"""A change whose gate hangs is nobody's fault, and in nobody's way."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace

from orch.core.landing import Item, ItemState
from orch.core.receipt import Outcome
from orch.engine.engine import Engine
from orch.engine.enqueue import Wanted
from orch.engine.kill_points import no_step
from orch.engine.stumbles import Stumbles
from orch.ports.store import ItemQuery
from orch.testing.fake_clock import FakeClock
from orch.testing.fake_gate import FakeGate
from orch.testing.simulate import PROJECT, FakeConfiguration, World


def test_who_stumbles_again_waits_longer() -> None:
    """A minute at first, half an hour at most."""
    stumbles, waits = Stumbles(FakeClock()), []
    for _ in range(7):
        stumbles.meet("l1", "it hangs")
        waits.append(stumbles.next_s())
    assert waits == [60, 120, 240, 480, 960, 1800, 1800]
    assert stumbles.out() == {"l1": "it hangs"}


async def test_the_others_land_meanwhile() -> None:
    """It waits with its reason, is tried again behind them, and lands once its gate ends."""
    world, cured = World(), asyncio.Event()

    def judge(files: Mapping[str, str]) -> Outcome:
        hangs = "l0.txt" in files and not cured.is_set()
        return Outcome.INFRA if hangs else Outcome.PASSED

    world.gate = FakeGate(world.hub, judge=judge)
    parts = world.parts(no_step)
    assert isinstance(parts.configuration, FakeConfiguration)
    settings = parts.configuration.settings
    wide = replace(settings, landing=replace(settings.landing, window=3))
    engine = Engine(replace(parts, configuration=FakeConfiguration(wide)), gate_slots=8)
    running = asyncio.create_task(engine.run())
    await engine.ready.wait()
    base = world.hub.refs["refs/heads/main"]
    items = []
    for number in range(5):
        name = f"l{number}.txt"
        files = {**world.lander.files(base), name: "x"}
        world.hub.refs[f"refs/heads/{name}"] = world.lander.record(files, base, message=name)
        wanted = Wanted(project_id=PROJECT, source=name, actor="ada")
        items.append(await engine.enqueue(wanted))

    async def closed(count: int) -> list[Item]:
        seq = -1
        async with asyncio.timeout(60):
            while len(found := [one for one in world.items if not one.is_open]) < count:
                seq = await engine.writer.changed(seq)
        return found

    assert {one.id for one in await closed(4)} == {one.id for one in items[1:]}
    (held,) = world.store.items(ItemQuery(ids=(items[0].id,)))
    assert "the gate could not be run" in held.waiting
    cured.set()
    world.clock.advance(61.0)
    assert {one.state for one in await closed(5)} == {ItemState.LANDED}
    await engine.stop()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
