"""How the everyday questions are answered once years of work are in the store."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from bench.benchmark import Benchmark, Run
from bench.crowd import make_house
from bench.figure import Baseline, Figure
from bench.house import House
from bench.measure import take_turns
from orch.adapters.stores.opening import open_store
from orch.core.task import Status, Task
from orch.ports.store import Batch
from orch.testing.store_values import a_task

SMALL_TASKS, SMALL_EVENTS = 500, 5_000
TASKS, EVENTS, ALL_EVENTS = 100_000, 1_000_000, 10_000_000
WAITING = 100
"""How many of the tasks are not done yet; their project is paused, so none of them starts."""

AT_ONCE = 1000
SLICE = 250_000
PROMPT = "Find the fault in the parser and mend it.\n" * 10

QUESTIONS = {
    "status": ("status",),
    "task_list": ("task", "list"),
    "task_show": ("task", "show", "t250"),
    "events": ("events",),
    "add": ("add", "One more", "--draft"),
}

FILL = """
WITH RECURSIVE numbers(n) AS (
    SELECT :first UNION ALL SELECT n + 1 FROM numbers WHERE n < :last
)
INSERT INTO events (seq, project_id, task_id, kind, actor, at, data)
SELECT
    n, :project, 't' || (1 + (n - 1) / :each), 'Happened' || (n % 20), 'orch', 1700000000 + n,
    '{"attempt":1,"session":"t' || n || '.1","status":"in_progress","note":"as it went"}'
FROM numbers
"""


@dataclass(frozen=True, slots=True)
class Amount:
    """How much a store holds."""

    tasks: int
    events: int


def measure(run: Run) -> None:
    """Fill a big store and a small one, then ask both the same questions in turns."""
    events = ALL_EVENTS if run.full else run.amount(EVENTS, quick=10_000)
    amount = Amount(run.amount(TASKS, quick=1_000), events)
    big, small = make_house(run, "big"), make_house(run, "small")
    run.note(f"The big store held {amount.tasks:,} tasks and {amount.events:,} events.")
    fill(big, amount)
    fill(small, Amount(SMALL_TASKS, SMALL_EVENTS))
    for house in (big, small):
        house.orch("up")
    for name, words in QUESTIONS.items():
        found = take_turns(
            {
                "big": partial(big.time_orch, *words),
                "small": partial(small.time_orch, *words),
            },
            runs=run.runs,
        )
        run.figure(
            Figure(
                name=f"big_store.{name}",
                series=found["big"].scaled(1000),
                unit="ms",
                against=Baseline(f"{SMALL_TASKS} tasks", found["small"].scaled(1000)),
            )
        )


def fill(house: House, amount: Amount) -> None:
    """Stop the daemon, pause the project and put tasks and events into its database."""
    house.orch("down")
    with open_store(house.home.database) as opened:
        project = opened.registry.projects()[0]
        opened.registry.save_project(replace(project, paused=True))
        for batch in _batches(project.id, amount.tasks):
            opened.store.commit(batch)
    _add_events(house.home.database, project.id, amount=amount)


def _batches(project_id: str, tasks: int) -> Iterator[Batch]:
    for first in range(1, tasks + 1, AT_ONCE):
        numbers = range(first, min(first + AT_ONCE, tasks + 1))
        yield Batch(tasks=tuple(_task(project_id, number, last=tasks) for number in numbers))


def _task(project_id: str, number: int, *, last: int) -> Task:
    """Make a task: nearly all are done, a few were cancelled, the newest wait."""
    status = Status.CANCELLED if number % 50 == 0 else Status.DONE
    if number > last - WAITING:
        status = Status.ROUTED
    return a_task(number, project_id=project_id, status=status, prompt=PROMPT, agent="one")


def _add_events(database: Path, project_id: str, *, amount: Amount) -> None:
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        for first in range(1, amount.events + 1, SLICE):
            given = {
                "first": first,
                "last": min(first + SLICE - 1, amount.events),
                "project": project_id,
                "each": amount.events // amount.tasks,
            }
            connection.execute(FILL, given)
        connection.execute("UPDATE history_head SET seq = ?", (amount.events,))
        counter = "INSERT OR REPLACE INTO counters (name, value) VALUES ('task', ?)"
        connection.execute(counter, (amount.tasks,))
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()


BENCHMARK = Benchmark(
    title="Years of work in the store",
    about=f"""\
The same questions to a big store and, in turns, to one with {SMALL_TASKS} tasks and
{SMALL_EVENTS:,} events. Whole commands, output thrown away: `orch status` (the newest 50 tasks that
are open), `orch task list` (the newest 200), `orch task show`, `orch events` (the newest 100) and
`orch add --draft`. A ratio of 1 says that the size does not matter. `make bench ARGS=--full` fills
the store with {ALL_EVENTS:,} events.""",
    measure=measure,
)
