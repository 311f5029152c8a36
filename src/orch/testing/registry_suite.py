"""What every registry promises: projects, trust, leases, counts, retention."""

# ruff: noqa: PLR2004 - a literal expectation is clearer than a named constant

from dataclasses import replace

from orch.core.task import Status
from orch.ports.store import Batch, EventQuery, Registry, Store, TaskQuery
from orch.testing.store_values import PROJECT, a_fact, a_life, a_project, a_task, news


class RegistrySuite:
    """Tests of a `Registry`; fixtures `registry` and `store` of one database."""

    def test_projects_are_kept(self, registry: Registry) -> None:
        """A project is inserted, replaced and forgotten; the oldest comes first."""
        one, two = a_project(1), a_project(2, remote="ssh://git@example.org/ä b.git")
        registry.save_project(two)
        registry.save_project(one)
        assert list(registry.projects()) == [one, two]
        paused = replace(one, paused=True, name="renamed")
        registry.save_project(paused)
        assert list(registry.projects()) == [paused, two]
        registry.remove_project(one.id)
        registry.remove_project("p-unknown")
        assert list(registry.projects()) == [two]

    def test_a_projects_tasks_outlive_it(self, registry: Registry, store: Store) -> None:
        """Forgetting a project keeps its tasks and its history."""
        registry.save_project(a_project(id=PROJECT))
        store.commit(a_life())
        registry.remove_project(PROJECT)
        assert len(store.tasks(TaskQuery(project_id=PROJECT))) == 1
        assert len(store.events(EventQuery(project_id=PROJECT))) == 2

    def test_trust_is_given_by_hash(self, registry: Registry) -> None:
        """Hashes add up, each project has its own, and go with the project."""
        assert registry.trusted("p-1") == frozenset()
        registry.save_project(a_project(1))
        for digest in ("aa", "bb", "aa"):
            registry.trust("p-1", digest, at=1.0)
        registry.trust("p-2", "cc", at=2.0)
        assert registry.trusted("p-1") == {"aa", "bb"}
        registry.remove_project("p-1")
        assert registry.trusted("p-1") == frozenset()
        assert registry.trusted("p-2") == {"cc"}

    def test_a_live_lease_is_not_taken(self, registry: Registry) -> None:
        """Another asker is told who holds it; the holder renews and keeps its epoch."""
        first = registry.lease("daemon", holder="one", now=100.0, ttl_s=10.0)
        assert (first.holder, first.epoch, first.expires_at) == ("one", 1, 110.0)
        assert registry.lease("daemon", holder="two", now=109.9, ttl_s=10.0) == first
        renewed = registry.lease("daemon", holder="one", now=105.0, ttl_s=10.0)
        assert renewed == replace(first, expires_at=115.0)
        assert registry.lease("daemon", holder="two", now=112.0, ttl_s=10.0) == renewed

    def test_a_lease_that_ran_out_is_taken_with_a_new_epoch(self, registry: Registry) -> None:
        """The epoch grows with each change of holder, and only then."""
        registry.lease("daemon", holder="one", now=100.0, ttl_s=10.0)
        late = registry.lease("daemon", holder="one", now=200.0, ttl_s=10.0)
        assert (late.epoch, late.expires_at) == (1, 210.0)
        taken = registry.lease("daemon", holder="two", now=210.0, ttl_s=10.0)
        assert (taken.holder, taken.epoch) == ("two", 2)
        back = registry.lease("daemon", holder="one", now=300.0, ttl_s=10.0)
        assert (back.holder, back.epoch) == ("one", 3)

    def test_a_lease_is_given_back(self, registry: Registry) -> None:
        """A time to live of nothing lets another holder in at once."""
        registry.lease("daemon", holder="one", now=100.0, ttl_s=10.0)
        registry.lease("daemon", holder="one", now=101.0, ttl_s=0.0)
        assert registry.lease("daemon", holder="two", now=101.0, ttl_s=5.0).holder == "two"

    def test_leases_have_names(self, registry: Registry) -> None:
        """Two names are two leases."""
        registry.lease("daemon/p-1", holder="one", now=1.0, ttl_s=10.0)
        assert registry.lease("daemon/p-2", holder="two", now=1.0, ttl_s=10.0).holder == "two"

    def test_tasks_are_counted_by_project_and_status(
        self, registry: Registry, store: Store
    ) -> None:
        """Counts follow every change of status; what is empty is left out."""
        assert registry.counts() == {}
        store.commit(Batch(tasks=(a_task(1), a_task(2), a_task(3, project_id="p-two"))))
        assert registry.counts() == {(PROJECT, Status.NEW): 2, ("p-two", Status.NEW): 1}
        store.commit(
            Batch(
                tasks=(
                    a_task(1, version=2, status=Status.DONE),
                    a_task(2, version=2, title="still new"),
                    a_task(3, version=2, project_id="p-two", status=Status.ROUTED),
                )
            )
        )
        assert registry.counts() == {
            (PROJECT, Status.NEW): 1,
            (PROJECT, Status.DONE): 1,
            ("p-two", Status.ROUTED): 1,
        }

    def test_old_events_of_tasks_that_are_over_are_pruned(
        self, registry: Registry, store: Store
    ) -> None:
        """Those of live tasks, newer ones and news without a task stay; tasks stay."""
        tasks = (a_task(1, status=Status.DONE), a_task(2), a_task(3, status=Status.CANCELLED))
        old = tuple(a_fact(task.id, event=None, kind="Old", at=10.0) for task in tasks)
        new = tuple(a_fact(task.id, event=None, kind="New", at=20.0) for task in tasks)
        store.commit(Batch(tasks=tasks, facts=(*old, news(0, at=1.0), *new)))
        assert registry.prune(before=20.0) == 2
        left = [(event.seq, event.kind) for event in store.events(EventQuery())]
        assert left == [(2, "Old"), (4, "Noted"), (5, "New"), (6, "New"), (7, "New")]
        assert len(store.tasks(TaskQuery())) == 3
        assert registry.prune(before=20.0) == 0

    def test_a_seq_is_not_given_again_after_pruning(self, registry: Registry, store: Store) -> None:
        """A cursor stays good: what is written after a pruning is above all that ever was."""
        done = a_task(status=Status.DONE)
        store.commit(Batch(tasks=(done,), facts=(a_fact(), a_fact())))
        assert registry.prune(before=1e9) == 2
        assert store.commit(Batch(facts=(news(1),))) == 3
        assert [event.seq for event in store.events(EventQuery(after=2))] == [3]
