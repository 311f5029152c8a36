"""Messages to agents through many deaths of the daemon: none lost, none told twice."""

import pytest

from orch.core.task import Status
from orch.testing.deliveries import TalkWorld, manners
from orch.testing.simulate import Fuse, live, random_steps


async def deliver(tasks: int, *, each: int, deaths: int, seed: int) -> None:
    """Say `each` messages to each task's agent while daemons die at random steps."""
    world = TalkWorld(each=each)
    draw = random_steps(seed, count=deaths, highest=max(20, tasks * each * 6 // deaths))
    died = 0
    while True:
        at = draw()
        if await live(world, manners(tasks), fuse=Fuse(at), person=world.speak):
            break
        died += 1
    count = world.count()
    print(f"{count}, {died} deaths")  # noqa: T201 - the soak reports it
    assert (count.lost, count.doubled, count.unknown) == (0, 0, 0), count
    assert count.delivered == count.sent == tasks * each
    assert [task.status for task in world.tasks] == [Status.DONE] * tasks
    assert [task.attempt.n for task in world.tasks if task.attempt] == [1] * tasks


async def test_messages_arrive_once_through_crashes(seed: int) -> None:
    """Sixty messages to six agents, and a dozen deaths."""
    await deliver(6, each=10, deaths=12, seed=seed)


@pytest.mark.soak
async def test_ten_thousand_messages_arrive_once(seed: int) -> None:
    """A hundred agents, three hundred deaths."""
    await deliver(100, each=100, deaths=300, seed=seed)
