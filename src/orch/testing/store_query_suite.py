"""What every store promises about reading: which rows, in which order, how many."""

from collections.abc import Sequence
from dataclasses import fields, is_dataclass, replace

import pytest

from orch.core.landing import Item, ItemState
from orch.core.task import Status, Task
from orch.ports.store import Batch, EventQuery, ItemQuery, Store, TaskQuery
from orch.testing.store_values import (
    PROJECT,
    a_fact,
    a_receipt,
    a_task,
    an_attempt,
    an_item,
    news,
)


def _ids(rows: Sequence[Task] | Sequence[Item]) -> list[str]:
    return [row.id for row in rows]


def _asked(value: object) -> str | None:
    """Name a query in a test's id by what it asks for."""
    if not is_dataclass(value) or isinstance(value, type):
        return None
    given = {field.name: getattr(value, field.name) for field in fields(value)}
    plain = type(value)()
    return ",".join(f"{n}={given[n]}" for n in given if given[n] != getattr(plain, n)) or "all"


def _fill(store: Store) -> None:
    """Write five tasks that differ in what can be asked for."""
    store.commit(
        Batch(
            tasks=(
                a_task(1, key="LAB-1", labels=("red",), agent="fixer"),
                a_task(2, slug="fix-it", after=("T1",), parent="T1", labels=("red", "blue")),
                a_task(3, status=Status.DONE, attempt=an_attempt(1, worker="amber"), priority=5),
                a_task(4, project_id="p-two", after=("t1", "t3"), key="LAB-1"),
                a_task(10, status=Status.ROUTED, priority=9, parent="t1", updated_at=9000.0),
            )
        )
    )


class QuerySuite:
    """Tests of what a `Store` reads; fixture `store`."""

    def test_all_that_a_project_tried(self, store: Store) -> None:
        """Every attempt with its task, of that project only."""
        first, second = an_attempt(1, worker="amber"), an_attempt(2, worker="beryl")
        store.commit(Batch(tasks=(a_task(10, attempt=an_attempt(1, worker="coral")),)))
        store.commit(Batch(tasks=(a_task(2, attempt=first),)))
        store.commit(Batch(tasks=(a_task(2, attempt=second, version=2),)))
        store.commit(Batch(tasks=(a_task(3, project_id="p-two", attempt=an_attempt(1)),)))
        tried = [(task, one.worker) for task, one in store.tried(PROJECT)]
        assert tried == [("t2", "amber"), ("t2", "beryl"), ("t10", "coral")]
        assert store.tried("p-none") == []

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            (TaskQuery(), "t10 t4 t3 t2 t1"),
            (TaskQuery(limit=2), "t10 t4"),
            (TaskQuery(limit=0), ""),
            (TaskQuery(ids=("T3", "t1", "t99")), "t3 t1"),
            (TaskQuery(ids=()), ""),
            (TaskQuery(project_id="p-two"), "t4"),
            (TaskQuery(statuses=(Status.DONE, Status.ROUTED)), "t10 t3"),
            (TaskQuery(statuses=()), ""),
            (TaskQuery(project_id=PROJECT, statuses=(Status.NEW,)), "t2 t1"),
            (TaskQuery(key="LAB-1"), "t4 t1"),
            (TaskQuery(key="LAB-1", project_id=PROJECT), "t1"),
            (TaskQuery(key="lab-1"), ""),
            (TaskQuery(slug="fix-it"), "t2"),
            (TaskQuery(worker="amber"), "t3"),
            (TaskQuery(parent="T1"), "t10 t2"),
            (TaskQuery(after="T1"), "t4 t2"),
            (TaskQuery(label="red"), "t2 t1"),
            (TaskQuery(label="red", statuses=(Status.NEW,), after="t1"), "t2"),
            (TaskQuery(agent="fixer"), "t1"),
            (TaskQuery(updated_since=1004.0), "t10 t4"),
            (TaskQuery(admission=True), "t10 t3 t1 t2 t4"),
            (TaskQuery(admission=True, statuses=(Status.NEW, Status.ROUTED)), "t10 t1 t2 t4"),
            (TaskQuery(admission=True, project_id=PROJECT, limit=3), "t10 t3 t1"),
        ],
        ids=_asked,
    )
    def test_tasks_are_found(self, store: Store, query: TaskQuery, expected: str) -> None:
        """Every field given must match; newest first, or as admission wants them."""
        _fill(store)
        assert _ids(store.tasks(query)) == expected.split()

    def test_of_two_tasks_made_at_once_the_lower_number_is_older(self, store: Store) -> None:
        """Ties are broken by number, not by spelling: t9 came before t10."""
        store.commit(Batch(tasks=tuple(a_task(n, created_at=1.0) for n in (10, 9, 100))))
        assert _ids(store.tasks(TaskQuery(admission=True))) == ["t9", "t10", "t100"]
        assert _ids(store.tasks(TaskQuery())) == ["t100", "t10", "t9"]

    def test_links_follow_the_task(self, store: Store) -> None:
        """What a task waits for and its labels are found as they are now, not as they were."""
        store.commit(Batch(tasks=(a_task(5, after=("t1", "t2"), labels=("red",)),)))
        store.commit(Batch(tasks=(a_task(5, version=2, after=("t2",), labels=("blue",)),)))
        assert not store.tasks(TaskQuery(after="t1"))
        assert not store.tasks(TaskQuery(label="red"))
        assert _ids(store.tasks(TaskQuery(after="t2", label="blue"))) == ["t5"]

    def test_a_task_id_has_no_case(self, store: Store) -> None:
        """Ids are stored in lower case, in whatever case they are written and asked for."""
        task = replace(a_task(7), id="T7", after=("T1",), parent="T2")
        store.commit(Batch(tasks=(task,), facts=(a_fact("T7"),)))
        (found,) = store.tasks(TaskQuery(ids=("t7",)))
        assert found == replace(task, id="t7", after=("t1",), parent="t2")
        assert store.events(EventQuery(task_id="T7"))[0].task_id == "t7"
        store.commit(Batch(tasks=(replace(task, version=2),)))
        assert len(store.tasks(TaskQuery())) == 1

    def test_an_old_workers_name_still_finds_its_task(self, store: Store) -> None:
        """The worker of an attempt that is over names the task too."""
        store.commit(Batch(tasks=(a_task(attempt=an_attempt(1, worker="amber")),)))
        store.commit(Batch(tasks=(a_task(version=2, attempt=an_attempt(2, worker="beryl")),)))
        (task,) = store.tasks(TaskQuery(worker="amber"))
        assert task.attempt is not None
        assert task.attempt.worker == "beryl"

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            (EventQuery(), [1, 2, 3, 4, 5, 6]),
            (EventQuery(limit=2), [1, 2]),
            (EventQuery(after=3), [4, 5, 6]),
            (EventQuery(after=99), []),
            (EventQuery(last=True, limit=2), [5, 6]),
            (EventQuery(last=True, after=5), [6]),
            (EventQuery(project_id="p-two"), [6]),
            (EventQuery(task_id="t1"), [1, 3]),
            (EventQuery(landing_id="l1"), [4, 5]),
            (EventQuery(kinds=("TaskStopped",)), [1, 2, 3]),
            (EventQuery(kinds=("TaskStopped", "Left"), after=1, limit=2), [2, 3]),
            (EventQuery(kinds=("TaskStopped", "Left"), last=True, limit=2), [3, 6]),
            (EventQuery(kinds=()), []),
            (EventQuery(task_id="t1", kinds=("Noted",)), []),
        ],
        ids=_asked,
    )
    def test_events_are_found(self, store: Store, query: EventQuery, expected: list[int]) -> None:
        """Oldest first above a cursor, or the newest ones; each filter narrows."""
        tasks, lane = (a_fact("t1"), a_fact("t2"), a_fact("t1")), news(1, landing_id="l1")
        store.commit(Batch(facts=(*tasks, lane, lane)))
        store.commit(Batch(facts=(news(2, project_id="p-two", kind="Left"),)))
        assert [event.seq for event in store.events(query)] == expected

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            (ItemQuery(), "l1 l2 l3 l4"),
            (ItemQuery(limit=1), "l1"),
            (ItemQuery(newest_first=True, limit=2), "l4 l3"),
            (ItemQuery(ids=("l4", "l1")), "l1 l4"),
            (ItemQuery(project_id="p-two"), "l4"),
            (ItemQuery(target="next"), "l3"),
            (ItemQuery(task_id="T2"), "l2"),
            (ItemQuery(states=(ItemState.LANDED, ItemState.BOUNCED)), "l1 l3"),
            (ItemQuery(open_only=True), "l2 l4"),
            (ItemQuery(open_only=True, project_id=PROJECT, target="main"), "l2"),
        ],
        ids=_asked,
    )
    def test_items_are_found(self, store: Store, query: ItemQuery, expected: str) -> None:
        """In the order of their position, each filter narrows."""
        store.commit(
            Batch(
                items=(
                    an_item(4, project_id="p-two", state=ItemState.PUSHING),
                    an_item(3, target="next", state=ItemState.BOUNCED),
                    an_item(2, task_id="t2"),
                    an_item(1, state=ItemState.LANDED),
                )
            )
        )
        assert _ids(store.items(query)) == expected.split()

    def test_an_item_that_is_closed_leaves_the_lane(self, store: Store) -> None:
        """What was open and landed is no longer among the open ones."""
        store.commit(Batch(items=(an_item(),)))
        landed = an_item(version=2, state=ItemState.LANDED, new="f" * 40, landed_at=9.0)
        store.commit(Batch(items=(landed,)))
        assert not store.items(ItemQuery(open_only=True))
        assert list(store.items(ItemQuery())) == [landed]

    def test_receipts_are_listed_newest_first(self, store: Store) -> None:
        """By project or all, at most as many as asked for."""
        old, new = a_receipt("aaaa"), a_receipt("bbbb", at=4500.0)
        other = a_receipt("cccc", project_id="p-two", at=4600.0)
        store.commit(Batch(receipts=(old, other, new)))
        assert list(store.receipts()) == [other, new, old]
        assert list(store.receipts(project_id=PROJECT)) == [new, old]
        assert list(store.receipts(limit=1)) == [other]
        assert not store.receipts(key=old.key, project_id="p-two")
