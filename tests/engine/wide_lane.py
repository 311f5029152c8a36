"""An engine whose lane has a window, on fakes, and branches to put into it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

from orch.core.landing import Item
from orch.engine.engine import Engine
from orch.engine.enqueue import Wanted
from orch.engine.kill_points import no_step
from orch.testing.simulate import PROJECT, FakeConfiguration, World


@asynccontextmanager
async def wide_lane(world: World, window: int) -> AsyncIterator[Engine]:
    """Run an engine in this world with so wide a window; it is stopped in the end."""
    parts = world.parts(no_step)
    assert isinstance(parts.configuration, FakeConfiguration)
    settings = parts.configuration.settings
    wide = replace(settings, landing=replace(settings.landing, window=window))
    engine = Engine(replace(parts, configuration=FakeConfiguration(wide)), gate_slots=8)
    running = asyncio.create_task(engine.run())
    await engine.ready.wait()
    try:
        yield engine
    finally:
        await engine.stop()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def enqueue(world: World, engine: Engine, names: Sequence[str]) -> list[Item]:
    """Put a branch into the queue for each of these files, which it brings."""
    base, items = world.hub.refs["refs/heads/main"], list[Item]()
    for name in names:
        files = {**world.lander.files(base), name: "x"}
        world.hub.refs[f"refs/heads/{name}"] = world.lander.record(files, base, message=name)
        wanted = Wanted(project_id=PROJECT, source=name, actor="ada")
        items.append(await engine.enqueue(wanted))
    return items


async def closed(world: World, engine: Engine, count: int) -> list[Item]:
    """Wait until so many items are closed, and return those, by their positions."""
    seq = -1
    async with asyncio.timeout(60):
        while len(found := [one for one in world.items if not one.is_open]) < count:
            seq = await engine.writer.changed(seq)
    return sorted(found, key=lambda item: item.position)


async def reach(world: World, wanted: Callable[[Sequence[Item]], bool]) -> None:
    """Wait until the items are as wanted; what they wait for is no news to be waited for."""
    async with asyncio.timeout(60):
        while True:
            if wanted(world.items):
                return
            await asyncio.sleep(0)
