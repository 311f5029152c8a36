"""What doctor finds: a landing that says it passed has to be able to show it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pytest

from orch.adapters.stores.memory import MemoryStore
from orch.core.landing import Item, ItemState, Person, Proof
from orch.core.project import Project
from orch.core.receipt import Outcome, Receipt, ReceiptKey
from orch.engine.diagnose import diagnose, unproven
from orch.engine.kill_points import no_step
from orch.ports.lander import Violation
from orch.ports.store import Batch
from orch.testing.fake_lander import FakeLander
from orch.testing.simulate import PROJECT, World

KEY = ReceiptKey("t" * 40, "s", "e")

ITEM = Item(
    id="l1",
    project_id="p",
    target="main",
    source_ref="refs/orch/attempts/t1/1",
    source_head="h" * 40,
    title="A change",
    submitted_at=1.0,
    position=1,
    author=Person("A", "a@example.org"),
    state=ItemState.LANDED,
    tree=KEY.tree,
    proof=Proof.PASSING,
    receipt=str(KEY),
    new="n" * 40,
)


def store_with(outcome: Outcome) -> MemoryStore:
    """Keep one receipt."""
    store = MemoryStore()
    receipt = Receipt(
        key=KEY, project_id="p", outcome=outcome, results=(), commit="c", log="", at=1.0
    )
    store.commit(Batch(receipts=(receipt,)))
    return store


def test_a_landing_with_its_receipt_is_proven() -> None:
    """For its exact tree; also if that passed only the second time."""
    assert unproven(store_with(Outcome.PASSED), [ITEM]) == []
    assert unproven(store_with(Outcome.FLAKY), [ITEM]) == []


def test_an_ungated_landing_claims_nothing() -> None:
    """It is shown as ungated, never as passed."""
    ungated = replace(ITEM, proof=Proof.UNGATED, receipt=None)
    assert unproven(MemoryStore(), [ungated]) == []


def test_a_landing_without_a_passing_receipt_is_found() -> None:
    """None at all, a red one, or one for another tree."""
    other = replace(ITEM, tree="u" * 40)
    assert [one.invariant for one in unproven(MemoryStore(), [ITEM])] == ["I1"]
    assert unproven(store_with(Outcome.RED), [ITEM])
    assert unproven(store_with(Outcome.PASSED), [other])


@dataclass(slots=True, kw_only=True)
class BusyLander(FakeLander):
    """A lander that finds what has come to the target since the rows were read."""

    late: Item

    async def verify(
        self, project: Project, target: str, *, landed: Sequence[Item], since: str | None = None
    ) -> Sequence[Violation]:
        """Find a landing of which no row was given."""
        del project, target, landed, since
        told = "no such landing is recorded"
        return [Violation(invariant="I4", commit="n" * 40, detail=told, landing=self.late.id)]


@pytest.mark.parametrize(
    ("state", "target", "told"),
    [
        (ItemState.LANDED, "main", []),
        (ItemState.PUSHING, "main", []),
        (ItemState.QUEUED, "main", ["I4 on main"]),
        (ItemState.LANDED, "next", ["I4 on main"]),
    ],
)
async def test_a_landing_that_is_on_its_way_is_no_fault(
    state: ItemState, target: str, told: list[str]
) -> None:
    """It was recorded after the rows were read, or will be; what nobody pushes is a fault."""
    world = World()
    first = replace(ITEM, project_id=PROJECT, proof=Proof.UNGATED, receipt=None, version=1)
    late = replace(first, id="l2", state=state, target=target)
    world.lander = BusyLander(world.hub, late=late)
    world.store.commit(Batch(items=(first, late)))
    found = await diagnose(world.parts(no_step))
    assert [one.subject for one in found if "main" in one.subject] == told
