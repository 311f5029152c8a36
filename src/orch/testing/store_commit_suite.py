"""What every store promises about writing: all or nothing, once, in order."""

# ruff: noqa: PLR2004 - a literal expectation is clearer than a named constant

from dataclasses import replace

import pytest

from orch.core.events import TaskBlocked
from orch.core.task import BlockedOn, Status
from orch.ports.errors import Permanent
from orch.ports.store import (
    Batch,
    EventQuery,
    FencedError,
    ItemQuery,
    Registry,
    Store,
    TaskQuery,
    VersionConflictError,
)
from orch.testing.store_values import (
    a_fact,
    a_life,
    a_task,
    an_attempt,
    an_item,
    news,
)


class CommitSuite:
    """Tests of `Store.commit` and `allocate`; fixtures `store` and `registry` of one database."""

    def test_a_batch_is_read_back_as_it_was_written(self, store: Store) -> None:
        """Task, attempt, item, event, order and receipt come back equal to what went in."""
        batch = a_life()
        assert store.commit(batch) == 2
        assert list(store.tasks(TaskQuery())) == list(batch.tasks)
        assert list(store.attempts("t1")) == [batch.tasks[0].attempt]
        assert list(store.items(ItemQuery())) == list(batch.items)
        assert list(store.orders()) == list(batch.orders)
        assert list(store.receipts()) == list(batch.receipts)
        first, second = store.events(EventQuery())
        assert (first.seq, first.kind, first.task_id) == (1, "TaskStopped", "t1")
        assert (first.at, first.actor, first.data) == (5000.0, "ada", {"reason": "lunch"})
        assert (second.seq, second.kind, second.task_id) == (2, "Noted", None)
        assert (second.landing_id, second.data) == ("l1", {"number": 1})

    def test_data_beside_an_event_is_added_to_it(self, store: Store) -> None:
        """A fact's own data stands with the event's fields."""
        event = TaskBlocked(at=1.0, on=BlockedOn.AGENT, reason="no such program")
        store.commit(Batch(facts=(a_fact(event=event, data={"looked_in": ["/bin", "/opt"]}),)))
        (recorded,) = store.events(EventQuery())
        assert recorded.data == {
            "on": "agent",
            "reason": "no such program",
            "until": None,
            "looked_in": ["/bin", "/opt"],
        }

    def test_a_new_row_has_version_one(self, store: Store) -> None:
        """A first version other than 1 conflicts, for tasks and for items."""
        for batch in (
            Batch(tasks=(a_task(version=2),)),
            Batch(tasks=(a_task(version=0),)),
            Batch(items=(an_item(version=2),)),
        ):
            with pytest.raises(VersionConflictError, match="does not exist"):
                store.commit(batch)
        assert not store.tasks(TaskQuery())

    def test_two_writers_of_one_version_do_not_overwrite_each_other(self, store: Store) -> None:
        """The second of two that read the same version is refused, and told where the row is."""
        store.commit(Batch(tasks=(a_task(),), items=(an_item(),)))
        store.commit(Batch(tasks=(a_task(version=2, title="mine"),)))
        with pytest.raises(VersionConflictError, match=r"t1 is at version 2, so version 2 "):
            store.commit(Batch(tasks=(a_task(version=2, title="yours"),)))
        with pytest.raises(VersionConflictError, match="t1 is at version 2"):
            store.commit(Batch(tasks=(a_task(version=1),)))
        with pytest.raises(VersionConflictError, match="l1 is at version 1"):
            store.commit(Batch(items=(an_item(version=3),)))
        (task,) = store.tasks(TaskQuery())
        assert task.title == "mine"

    def test_a_refused_batch_leaves_nothing(self, store: Store) -> None:
        """One row that conflicts keeps every other row of its batch out."""
        store.commit(Batch(tasks=(a_task(1),)))
        life = a_life(2)
        with pytest.raises(VersionConflictError):
            store.commit(replace(life, tasks=(*life.tasks, a_task(1, version=3))))
        assert [task.id for task in store.tasks(TaskQuery())] == ["t1"]
        assert not store.attempts("t2")
        assert not store.items(ItemQuery())
        assert not store.events(EventQuery())
        assert not store.orders()
        assert not store.receipts()

    def test_versions_of_one_task_may_follow_in_one_batch(self, store: Store) -> None:
        """Several steps of a task are written at once, and the last one stands."""
        steps = tuple(a_task(version=n, title=f"step {n}") for n in range(1, 5))
        store.commit(Batch(tasks=steps))
        assert list(store.tasks(TaskQuery())) == [steps[-1]]
        with pytest.raises(VersionConflictError, match="t1 is at version 5"):
            store.commit(Batch(tasks=(a_task(version=5), a_task(version=7))))

    def test_the_history_grows_by_one_seq_for_each_event(self, store: Store) -> None:
        """Seqs are given in the order of the facts; a batch without facts tells the last one."""
        assert store.commit(Batch()) == 0
        assert store.commit(Batch(facts=(news(1), news(2)))) == 2
        assert store.commit(Batch(facts=(news(3),))) == 3
        assert store.commit(Batch()) == 3
        seen = [(event.seq, event.data["number"]) for event in store.events(EventQuery())]
        assert seen == [(1, 1), (2, 2), (3, 3)]

    def test_a_refused_batch_takes_no_seq(self, store: Store) -> None:
        """What was never written leaves no gap in the history."""
        with pytest.raises(VersionConflictError):
            store.commit(Batch(tasks=(a_task(version=9),), facts=(news(1),)))
        assert store.commit(Batch(facts=(news(2),))) == 1

    def test_the_epoch_of_a_lost_lease_is_fenced(self, store: Store, registry: Registry) -> None:
        """Who lost the lease writes nothing, and who holds it does."""
        with pytest.raises(FencedError, match="nobody holds it"):
            store.commit(Batch(facts=(news(1),), epoch=1))
        first = registry.lease("daemon", holder="one", now=10.0, ttl_s=5.0)
        assert store.commit(Batch(facts=(news(1),), epoch=first.epoch)) == 1
        second = registry.lease("daemon", holder="two", now=20.0, ttl_s=5.0)
        with pytest.raises(FencedError, match="epoch 1: it is at epoch 2"):
            store.commit(replace(a_life(), epoch=first.epoch))
        assert store.commit(Batch(facts=(news(2),), epoch=second.epoch)) == 2
        assert not store.tasks(TaskQuery())

    def test_a_batch_may_name_another_lease(self, store: Store, registry: Registry) -> None:
        """Daemons that share a database hold a lease each, and are fenced by their own."""
        mine = registry.lease("daemon/p-one", holder="me", now=1.0, ttl_s=9.0)
        store.commit(Batch(facts=(news(1),), lease="daemon/p-one", epoch=mine.epoch))
        with pytest.raises(FencedError):
            store.commit(Batch(facts=(news(2),), lease="daemon/p-two", epoch=mine.epoch))

    def test_a_workers_name_is_never_used_twice(self, store: Store) -> None:
        """A second attempt under the name of another is refused as a whole."""
        store.commit(Batch(tasks=(a_task(1, attempt=an_attempt(worker="amber")),)))
        batch = Batch(tasks=(a_task(2, attempt=an_attempt(worker="amber")),), facts=(news(1),))
        with pytest.raises(Permanent, match="'amber' is taken"):
            store.commit(batch)
        assert not store.events(EventQuery())
        nameless = [a_task(n, attempt=an_attempt(worker="")) for n in (3, 4)]
        store.commit(Batch(tasks=tuple(nameless)))
        assert list(store.tasks(TaskQuery(ids=("t3", "t4")))) == nameless[::-1]

    def test_attempts_are_kept_when_the_next_one_begins(self, store: Store) -> None:
        """The task shows its current attempt; all of them are listed, oldest first."""
        first, second = an_attempt(1), an_attempt(2)
        over = replace(first, outcome="lost", ended_at=2100.0, exit_code=1)
        store.commit(Batch(tasks=(a_task(attempt=first),)))
        store.commit(Batch(tasks=(a_task(version=2, attempt=over),)))
        store.commit(Batch(tasks=(a_task(version=3, attempt=second),)))
        assert store.tasks(TaskQuery())[0].attempt == second
        assert list(store.attempts("T1")) == [over, second]
        store.commit(Batch(tasks=(a_task(version=4, status=Status.DONE),)))
        assert store.tasks(TaskQuery())[0].attempt is None
        assert len(store.attempts("t1")) == 2

    @pytest.mark.parametrize(
        "text",
        [
            "\x00\x01\x1b[31m",
            "ä 漢字 🦀 \u2028",
            "line\r\nline",
            "'; DROP TABLE tasks; --",
            "x" * 2**20,
        ],
        ids=["control", "unicode", "lines", "quotes", "1 MB"],
    )
    def test_any_text_is_kept(self, store: Store, text: str) -> None:
        """A prompt may hold control characters, be long, and look like anything."""
        task = a_task(prompt=text, feedback=text[:100], title=text[:100])
        store.commit(Batch(tasks=(task,), facts=(a_fact(data={"text": text}),)))
        assert list(store.tasks(TaskQuery())) == [task]
        assert store.events(EventQuery())[0].data["text"] == text

    def test_text_that_is_no_unicode_is_refused(self, store: Store) -> None:
        """A lone surrogate is refused with a remedy, and nothing of its batch is written."""
        for batch in (
            Batch(tasks=(a_task(2, prompt="\udcff"),), facts=(news(1),)),
            Batch(facts=(news(1), a_fact(data={"line": "\ud800"}))),
        ):
            with pytest.raises(Permanent, match="not Unicode") as refused:
                store.commit(batch)
            assert refused.value.remedy
        assert not store.tasks(TaskQuery())
        assert not store.events(EventQuery())

    def test_a_counter_never_gives_a_number_twice(self, store: Store) -> None:
        """Each counter counts from 1 on its own."""
        assert [store.allocate("t") for _ in range(3)] == [1, 2, 3]
        assert store.allocate("l") == 1
        assert store.allocate("t") == 4
