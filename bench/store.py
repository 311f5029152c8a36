"""State transitions: a task's row and its event in one transaction, through the store and raw."""

import asyncio
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg

from bench.benchmark import Benchmark, Run
from bench.figure import Baseline, Figure
from bench.measure import Subject, repeat, take_turns
from bench.raw import rate_postgres, rate_sqlite
from orch.adapters.clock import SystemClock
from orch.adapters.stores.opening import open_store
from orch.core.events import TaskEdited
from orch.core.task import Task
from orch.engine.writer import Writer
from orch.ports.store import Batch, Fact, Store
from orch.testing.postgres import find_programs, start_server, stop_server
from orch.testing.store_values import a_task

GROUP = 256
"""As many transitions share a transaction as the engine's writer ever puts into one."""

DURABLE = ("fsync=on", "full_page_writes=on", "synchronous_commit=on", "shared_buffers=128MB")
"""Settings of a server that confirms only what is on disk."""

UNIT = "transitions/s"
PROMPT = "Find the fault in the parser and mend it.\n" * 10


@dataclass(slots=True)
class Lives:
    """Tasks that change again and again; each change follows the version before it."""

    tasks: list[Task]

    @classmethod
    def begin(cls, store: Store, prefix: str) -> "Lives":
        """Store the tasks at their first version."""
        tasks = [a_task(n, id=f"{prefix}{n}", prompt=PROMPT) for n in range(GROUP)]
        store.commit(Batch(tasks=tuple(tasks)))
        return cls(tasks)

    def changes(self, count: int, *, group: int) -> list[Batch]:
        """Make batches of `group` transitions each, `count` in all."""
        return [self._change(range(start, start + group)) for start in range(0, count, group)]

    def _change(self, numbers: range) -> Batch:
        places = [number % GROUP for number in numbers]
        for place in places:
            task = self.tasks[place]
            self.tasks[place] = replace(task, version=task.version + 1, priority=task.version % 9)
        tasks = tuple(self.tasks[place] for place in places)
        return Batch(tasks=tasks, facts=tuple(map(_fact, tasks)))


def _fact(task: Task) -> Fact:
    event = TaskEdited(at=5000.0, actor="ada", priority=task.priority)
    return Fact(project_id=task.project_id, task_id=task.id, event=event)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contest:
    """The store and the bare driver on one database; both run the same statements."""

    name: str
    driver: str
    store: Store
    raw: Callable[[Sequence[Batch]], float]

    def measure(self, run: Run, *, group: int, count: int) -> Figure:
        """Measure both in turns, `group` transitions in a transaction, `count` in a run."""
        ours = Lives.begin(self.store, f"store{group}-")
        theirs = Lives.begin(self.store, f"raw{group}-")
        subjects: dict[str, Subject] = {
            "store": lambda: _rate(self.store, ours.changes(count, group=group)),
            "raw": lambda: self.raw(theirs.changes(count, group=group)),
        }
        found = take_turns(subjects, runs=run.runs)
        return Figure(
            name=f"store.{self.name}.{'single' if group == 1 else 'group'}",
            series=found["store"],
            unit=UNIT,
            against=Baseline(f"raw {self.driver}", found["raw"]),
        )


def _rate(store: Store, batches: Sequence[Batch]) -> float:
    started = time.perf_counter()
    for batch in batches:
        store.commit(batch)
    return sum(len(batch.tasks) for batch in batches) / (time.perf_counter() - started)


@contextmanager
def _sqlite(folder: Path) -> Iterator[Contest]:
    path = folder / "orch.db"
    with open_store(path) as opened, closing(sqlite3.connect(path, isolation_level=None)) as raw:
        for pragma in ("synchronous = FULL", "foreign_keys = ON"):
            raw.execute(f"PRAGMA {pragma}")
        yield Contest(
            name="sqlite",
            driver="sqlite3",
            store=opened.store,
            raw=lambda batches: rate_sqlite(raw, batches),
        )


@contextmanager
def _postgres(programs: Path) -> Iterator[Contest]:
    server = start_server(programs, settings=DURABLE)
    try:
        with (
            server.database() as dsn,
            open_store(dsn) as opened,
            psycopg.connect(dsn, autocommit=True) as raw,
        ):
            yield Contest(
                name="postgresql",
                driver="psycopg",
                store=opened.store,
                raw=lambda batches: rate_postgres(raw, batches),
            )
    finally:
        stop_server(programs, server)


def _measure_writer(run: Run, name: str, *, store: Store) -> None:
    """Measure what the engine brings about: decided, committed in groups, told."""
    lives, rounds = Lives.begin(store, "writer-"), run.amount(4, quick=1)
    series = repeat(lambda: asyncio.run(_write(store, lives, rounds=rounds)), runs=run.runs)
    run.figure(Figure(name=f"store.{name}.writer", series=series, unit=UNIT))


async def _write(store: Store, lives: Lives, *, rounds: int) -> float:
    writer = Writer(store, SystemClock())
    running = asyncio.create_task(writer.run())
    started = time.perf_counter()
    for turn in range(rounds):
        event = TaskEdited(at=5000.0, actor="ada", priority=turn)
        await asyncio.gather(*(writer.submit(task.id, event) for task in lives.tasks))
    took = time.perf_counter() - started
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    return rounds * len(lives.tasks) / took


def measure(run: Run) -> None:
    """Measure SQLite, and PostgreSQL where its programs are installed."""
    with _sqlite(run.folder) as contest:
        _measure_contest(run, contest)
    if (programs := find_programs()) is None:
        run.leave_out("PostgreSQL", "no server is installed")
        return
    run.say("starting a PostgreSQL with fsync on")
    with _postgres(programs) as contest:
        _measure_contest(run, contest)


def _measure_contest(run: Run, contest: Contest) -> None:
    run.figure(contest.measure(run, group=1, count=run.amount(600, quick=50)))
    run.figure(contest.measure(run, group=GROUP, count=run.amount(12, quick=2) * GROUP))
    _measure_writer(run, contest.name, store=contest.store)


BENCHMARK = Benchmark(
    title="State transitions",
    about="""\
A transition is the new version of a task's row and its event in the history, in one transaction
that is on disk when it is confirmed: SQLite in WAL mode with `synchronous=FULL`, a PostgreSQL of
the benchmark's own, reached by its Unix socket, with `fsync` and `synchronous_commit` on. `single`
commits each for itself, `group` 256 together. The bare driver runs the very statements of the
store, with rows that were made beforehand; so the ratio is what making rows and keeping order
cost. `writer` is the engine's own path: 256 callers at once, each decision made by the core on the
row as it stands, committed in groups, and each caller told.""",
    measure=measure,
)
