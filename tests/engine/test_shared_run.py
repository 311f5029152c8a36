"""Prove that those who share a run are told of it, whenever they came."""

from orch.engine.pool import Pool, Room
from orch.engine.shared_run import SharedRun, Waiter


async def test_a_run_tells_who_waits_and_forgets_when_it_is_over() -> None:
    """The log is known while it runs only."""
    told: list[str] = []

    async def started(log: str) -> None:
        told.append(log)

    run = SharedRun(Pool())
    waiter = Waiter(effect_id="e", priority=3, started=started)
    async with run.joined(waiter):
        async with run.placed(Room(name="p", slots=1), log="x.log"):
            assert (told, run.log, run.waiters) == (["x.log"], "x.log", [waiter])
        assert run.log is None
    assert run.waiters == []
