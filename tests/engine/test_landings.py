"""What is proven together is pushed together, and what is refused is refused alone."""

from dataclasses import dataclass, field

from orch.core.landing import Bounce, Item, ItemState, Proof
from orch.core.project import Project
from orch.core.receipt import Outcome
from orch.engine.checks import Verdict
from orch.engine.items import Backing
from orch.engine.landings import backings
from orch.ports.lander import PushOutcome
from orch.testing.fake_lander import FakeLander
from orch.testing.simulate import World
from tests.core.lanes import an_item
from tests.engine.wide_lane import closed, enqueue, wide_lane


@dataclass(slots=True)
class Strict(FakeLander):
    """A lander whose target refuses every push that brings a file called `bad.txt`."""

    tries: list[str] = field(default_factory=list)

    async def push(self, project: Project, item: Item, *, follow: bool) -> PushOutcome:
        """Push, unless it is in there."""
        line = self.hub.history(item.candidate)
        brought = line[: line.index(item.expected_old or "")]
        self.refusal = "no bad files" if any(self._is_bad(one) for one in brought) else ""
        self.tries.append(item.id)
        return await FakeLander.push(self, project, item, follow=follow)

    def _is_bad(self, commit: str) -> bool:
        return "bad.txt" in self.files(commit)


async def land(world: World, names: list[str]) -> list[Item]:
    """Land a branch for each file, and return the items once all are closed."""
    async with wide_lane(world, 8) as engine:
        await enqueue(world, engine, names)
        return await closed(world, engine, len(names))


async def test_each_of_a_push_has_its_own_proof() -> None:
    """Each commit was gated by itself, and stands on the one before it."""
    world = World()
    items = await land(world, ["a1.txt", "a2.txt", "a3.txt", "a4.txt"])
    assert [(item.state, item.proof) for item in items] == [
        (ItemState.LANDED, Proof.PASSING)
    ] * len(items)
    assert len({item.receipt for item in items}) == len(items)
    assert all(item.receipt and item.receipt.startswith(f"{item.tree}:") for item in items)
    project = world.store.projects()[0]
    assert not await world.lander.verify(project, "main", landed=items)


async def test_nobody_is_sent_back_for_what_another_brings() -> None:
    """A push of several that is refused is tried one by one."""
    world = World()
    lander = Strict(world.hub)
    lander.messages.update(world.lander.messages)
    world.lander = lander
    items = await land(world, ["a1.txt", "bad.txt", "a3.txt", "a4.txt"])
    ends = [(item.state, item.bounce) for item in items]
    landed = (ItemState.LANDED, None)
    assert ends == [landed, (ItemState.BOUNCED, Bounce.REFUSED), landed, landed]


def test_one_of_a_batch_that_failed_meanwhile_is_covered_and_not_passing() -> None:
    """Its receipt proves nothing; that of what stands on it does."""
    one, two = an_item(1, candidate="b", expected_old="a"), an_item(2, candidate="c")
    verdicts = {
        "a": Verdict(outcome=Outcome.PASSED, receipt="of a"),
        "b": Verdict(outcome=Outcome.RED, receipt="of b"),
        "c": Verdict(outcome=Outcome.PASSED, receipt="of c"),
    }

    def said(commit: str) -> Verdict | None:
        return verdicts.get(commit)

    covered = Backing(proof=Proof.COVERED, receipt="of c", baseline="of a")
    passing = Backing(proof=Proof.PASSING, receipt="of c", baseline="of a")
    assert backings([one, two], said) == [covered, passing]
    verdicts.clear()
    assert backings([one], said)[0].proof is Proof.UNGATED
