"""What doctor finds: a landing that says it passed has to be able to show it."""

from dataclasses import replace

from orch.adapters.stores.memory import MemoryStore
from orch.core.landing import Item, ItemState, Person, Proof
from orch.core.receipt import Outcome, Receipt, ReceiptKey
from orch.engine.diagnose import unproven
from orch.ports.store import Batch

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
