"""What every store promises about effects that wait and receipts that stay."""

from dataclasses import replace

from orch.core.effects import ReleaseWorkspace, RunGate, StartSession
from orch.core.receipt import Outcome
from orch.ports.store import Batch, Deferral, Store
from orch.testing.store_values import PROJECT, a_receipt, an_order


class OutboxSuite:
    """Tests of orders, deferrals and receipts in a `Batch`; fixture `store`."""

    def test_an_order_is_given_once(self, store: Store) -> None:
        """An effect id that is in the outbox, or was, is not ordered again."""
        order = an_order()
        store.commit(Batch(orders=(order,)))
        store.commit(Batch(orders=(replace(order, created_at=9.0),)))
        assert list(store.orders()) == [order]
        store.commit(Batch(finished=(order.effect.id,)))
        store.commit(Batch(orders=(order,)))
        assert not store.orders()

    def test_orders_wait_in_the_order_they_were_given(self, store: Store) -> None:
        """Oldest first, also within a batch, and by task."""
        effects = [
            StartSession(task_id="t2", attempt=1),
            RunGate(task_id="t1", attempt=1, head="b" * 40),
            ReleaseWorkspace(task_id="t1", attempt=1),
        ]
        store.commit(Batch(orders=tuple(map(an_order, effects[:2]))))
        store.commit(Batch(orders=(an_order(effects[2], created_at=1.0),)))
        assert [order.effect for order in store.orders()] == effects
        assert [order.effect for order in store.orders(task_id="T1")] == effects[1:]
        assert [order.effect for order in store.orders(limit=1)] == effects[:1]

    def test_an_order_is_put_off(self, store: Store) -> None:
        """A deferral counts the tries and says when and why; what is done or unknown stays."""
        order = an_order()
        later = Deferral(effect_id=order.effect.id, tries=2, not_before=99.5, reason="busy")
        store.commit(Batch(orders=(order,), deferred=(later,)))
        put_off = replace(order, tries=2, not_before=99.5, reason="busy")
        assert list(store.orders()) == [put_off]
        store.commit(Batch(finished=(order.effect.id, "t9/9/Unknown"), deferred=(later,)))
        store.commit(Batch(deferred=(later, replace(later, effect_id="t9/9/Unknown"))))
        assert not store.orders()

    def test_a_receipt_is_replaced_and_its_runs_are_added(self, store: Store) -> None:
        """The last outcome and log stand, and tell how often the gate was asked."""
        store.commit(Batch(receipts=(a_receipt(),)))
        again = a_receipt(outcome=Outcome.RED, log="/logs/second", at=4100.0)
        store.commit(Batch(receipts=(again, replace(again, at=4200.0))))
        assert list(store.receipts()) == [replace(again, at=4200.0, runs=3)]

    def test_a_receipt_belongs_to_its_project(self, store: Store) -> None:
        """The same tree under the same gate has a receipt in each project."""
        mine, yours = a_receipt(), a_receipt(project_id="p-two", at=4001.0)
        store.commit(Batch(receipts=(mine, yours)))
        assert list(store.receipts(key=mine.key)) == [yours, mine]
        assert list(store.receipts(key=mine.key, project_id=PROJECT)) == [mine]
