"""Order: a permutation within bounds, the same each time, with collisions apart."""

import itertools
from dataclasses import replace

import hypothesis.strategies as st
from hypothesis import given

from orch.core.claims import claim_of, may_collide
from orch.core.landing import Item, Person
from orch.core.order import parallel, spread
from orch.core.task import Scope, Task
from tests.core.build import task

PATHS = st.frozensets(st.sampled_from("abcd"), max_size=2)


def item(number: int, *paths: str, after: tuple[str, ...] = (), promoted: bool = False) -> Item:
    """Make a waiting item that changes these paths."""
    return Item(
        id=f"l{number}",
        project_id="p",
        target="main",
        source_ref="refs/heads/x",
        source_head=f"{number:040x}",
        title="x",
        submitted_at=0.0,
        position=number,
        author=Person("A", "a@example.invalid"),
        paths=paths,
        after=after,
        promoted=promoted,
    )


def names(items: list[Item]) -> list[str]:
    """Name the items in order."""
    return [one.id for one in items]


@st.composite
def lanes(draw: st.DrawFn) -> list[Item]:
    """Draw a lane: some collide, some wait for earlier ones, the first few are promoted."""
    count = draw(st.integers(0, 14))
    promoted = draw(st.integers(0, 3))
    made = list[Item]()
    for n in range(count):
        earlier = st.sampled_from([one.id for one in made]) if made else st.nothing()
        after = draw(st.frozensets(earlier, max_size=1)) if made else frozenset()
        paths = sorted(draw(PATHS))
        made.append(item(n, *paths, after=tuple(after), promoted=n < promoted))
    return made


@given(items=lanes(), reach=st.integers(0, 5))
def test_spreading_is_a_bounded_permutation(items: list[Item], reach: int) -> None:
    """Everybody is there once; nobody moved back too far; doing it again changes nothing."""
    found = spread(items, reach=reach)
    assert sorted(names(found)) == sorted(names(items))
    assert all(found.index(one) - place <= reach for place, one in enumerate(items))
    assert found[:1] == items[:1]
    assert spread(items, reach=reach) == found
    assert spread(found, reach=reach) == found


@given(items=lanes(), reach=st.integers(0, 5))
def test_spreading_keeps_what_is_promised(items: list[Item], reach: int) -> None:
    """Nobody goes before what it waits for, nor before one that a person put first."""
    found = spread(items, reach=reach)
    for place, one in enumerate(found):
        assert all(ahead in names(found[:place]) for ahead in one.after)
    assert found == sorted(found, key=lambda one: not one.promoted)


@given(items=lanes(), reach=st.integers(0, 5))
def test_spreading_makes_nothing_worse(items: list[Item], reach: int) -> None:
    """Where nothing collides with its neighbour, nothing is moved."""
    if not any(set(a.paths) & set(b.paths) for a, b in itertools.pairwise(items)):
        assert spread(items, reach=reach) == items


def test_what_collides_is_kept_apart() -> None:
    """Two that change one file get another between them."""
    items = [item(1, "a"), item(2, "a"), item(3, "b"), item(4, "a"), item(5, "c")]
    assert names(spread(items, reach=2)) == ["l1", "l3", "l2", "l5", "l4"]


def test_where_all_collide_nothing_moves() -> None:
    """There is no better order."""
    items = [item(n, "a") for n in range(5)]
    assert spread(items, reach=4) == items


def job(number: int, *allowed: str, prompt: str = "", priority: int = 0, after: str = "") -> Task:
    """Make an open task."""
    made = task(task_id=f"t{number}", project_id="p", priority=priority, at=float(number))
    ahead = (after,) if after else ()
    return replace(made, title="x", prompt=prompt, scope=Scope(allowed=allowed), after=ahead)


def planned(*tasks: Task) -> list[list[str]]:
    """Name the tasks of each batch."""
    return [[one.id for one in batch] for batch in parallel(tasks).batches]


def test_tasks_with_files_of_their_own_go_together() -> None:
    """Those that share a file are in different batches, by age."""
    tasks = [job(1, "src/a/"), job(2, "src/a/x.py"), job(3, "src/b/"), job(4, "docs/")]
    assert planned(*tasks) == [["t1", "t3", "t4"], ["t2"]]


def test_priority_chooses_who_is_first() -> None:
    """As in admission."""
    assert planned(job(1, "a/b"), job(2, "a/b", priority=1)) == [["t2"], ["t1"]]


def test_a_task_comes_after_what_it_waits_for() -> None:
    """Even where it would be admitted first and shares nothing."""
    assert planned(job(1, "a/b", after="t2", priority=9), job(2, "c/d")) == [["t2"], ["t1"]]
    assert planned(job(1, "a/b", after="t9")) == [["t1"]]


def test_a_circle_ends() -> None:
    """Tasks that wait for each other are planned all the same."""
    found = planned(job(1, "a/b", after="t2"), job(2, "c/d", after="t1"))
    assert sorted(found) == [["t1"], ["t2"]]


def test_files_that_the_words_name_count() -> None:
    """A task without a scope is known by its prompt, or not at all."""
    tasks = (job(1, prompt="Mend src/a.py."), job(2, prompt="Test src/a.py"), job(3, prompt="Hm"))
    found = parallel(tasks)
    assert [[one.id for one in batch] for batch in found.batches] == [["t1"], ["t2"]]
    assert [one.id for one in found.unknown] == ["t3"]


@st.composite
def jobs(draw: st.DrawFn) -> list[Task]:
    """Draw open tasks with scopes, priorities and dependencies in any direction."""
    scopes = ["a/", "a/b", "a/b/c.py", "d/*.py", "d/e.py", "*.md", "README.md", "d/"]
    numbers = draw(st.integers(0, 10))
    made = []
    for n in range(numbers):
        allowed = draw(st.lists(st.sampled_from(scopes), min_size=1, max_size=2))
        ahead = draw(st.sampled_from(["", *(f"t{k}" for k in range(n))]))
        made.append(job(n, *allowed, priority=draw(st.integers(0, 2)), after=ahead))
    return made


@given(tasks=jobs())
def test_batches_hold(tasks: list[Task]) -> None:
    """Each task is in one batch, none collides within it, and dependencies go forward."""
    found = parallel(tasks)
    place = {one.id: n for n, batch in enumerate(found.batches) for one in batch}
    assert sorted(place) == sorted(one.id for one in tasks)
    for batch in found.batches:
        for one, other in itertools.combinations(batch, 2):
            assert not may_collide(claim_of(one), claim_of(other))
    for one in tasks:
        assert all(place[ahead] < place[one.id] for ahead in one.after)
    assert parallel(list(reversed(tasks))) == found
