"""Prove that a tree is gated once, that red may be asked once more, and that both answers stay."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from orch.core.project import Project
from orch.core.receipt import CommandResult, Outcome, Receipt, ReceiptKey
from orch.core.settings import GateSettings
from orch.engine.checks import CheckOrder, Checks, Verdict, number_log
from orch.engine.kill_points import no_step
from orch.engine.parts import Parts
from orch.engine.pool import Pool, Room, Ticket
from orch.ports.gate import Gate, GateOrder, GateResult, GateSpec
from orch.ports.store import Batch
from orch.testing.simulate import PROJECT, FakeConfiguration, World


@dataclass
class Desk:
    """A project whose gate does what a script says."""

    world: World
    parts: Parts
    checks: Checks
    log: Path

    @property
    def project(self) -> Project:
        """The project as it is stored."""
        return self.world.store.projects()[0]

    def commit(self, *script: Outcome) -> str:
        """Commit a tree on which the gate ends like that, run after run."""
        made = self.world.hub.commit({"n": str(len(self.world.hub.commits))}, None)
        self.world.gate.scripted[made] = list(script)
        return made

    def order(self, commit: str, *, again: bool = False) -> CheckOrder:
        """Order a check."""
        assert isinstance(self.parts.configuration, FakeConfiguration)
        return CheckOrder(
            project=self.project,
            settings=self.parts.configuration.settings,
            commit=commit,
            effect_id="e1",
            log=str(self.log),
            again=again,
        )

    async def check(self, commit: str, *, again: bool = False) -> Verdict:
        """Check a commit."""
        return await self.checks.check(self.order(commit, again=again))

    async def known(self, commit: str) -> Verdict | None:
        """Ask for what is known."""
        order = self.order(commit)
        return await self.checks.known(order.project, commit, settings=order.settings)

    def read_logs(self) -> dict[str, str]:
        """Read what the gates wrote."""
        return {log.name: log.read_text() for log in self.log.parent.iterdir()}

    @property
    def receipt(self) -> Receipt:
        """The only receipt there is."""
        (found,) = self.world.store.receipts()
        return found


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """Give a project's checks."""
    world = World()
    parts = world.parts(no_step)
    writing = asyncio.create_task(parts.writer.run())
    yield Desk(world, parts, Checks(parts, 2), tmp_path / "logs" / "gate-abc.log")
    writing.cancel()


async def test_a_tree_is_gated_once(desk: Desk) -> None:
    """A pass is never run again, also if it is asked for."""
    commit = desk.commit(Outcome.PASSED, Outcome.RED)
    first = await desk.check(commit)
    assert (first.outcome, first.runs) == (Outcome.PASSED, 1)
    assert await desk.check(commit, again=True) == await desk.known(commit) == first
    assert len(desk.world.gate.runs) == 1


async def test_a_red_tree_that_then_passes_is_flaky(desk: Desk) -> None:
    """Both runs are counted, both logs are there, and what the red one said is kept."""
    commit = desk.commit(Outcome.RED, Outcome.PASSED)
    red = await desk.check(commit)
    assert (await desk.check(commit)).outcome is Outcome.RED
    flaky = await desk.check(commit, again=True)
    assert (flaky.outcome, flaky.runs, flaky.logs) == (Outcome.FLAKY, 2, (str(desk.log),))
    assert flaky.log == str(desk.log.with_name("gate-abc.2.log"))
    assert desk.read_logs() == {"gate-abc.log": "red\nit failed\n", "gate-abc.2.log": "passed\n"}
    assert flaky.excerpt == red.excerpt
    assert await desk.known(commit) == flaky
    assert (desk.receipt.outcome, desk.receipt.runs) == (Outcome.FLAKY, 2)
    assert await desk.check(commit, again=True) == flaky
    assert len(desk.world.gate.runs) == 2


async def test_red_twice_is_red_and_not_asked_a_third_time(desk: Desk) -> None:
    """One more run is what a red tree gets."""
    commit = desk.commit(Outcome.RED, Outcome.RED, Outcome.PASSED)
    await desk.check(commit)
    found = await desk.check(commit, again=True)
    assert (found.outcome, found.runs, len(found.logs)) == (Outcome.RED, 2, 1)
    assert await desk.check(commit, again=True) == found
    assert len(desk.world.gate.runs) == 2


async def test_all_that_failed_is_told_by_the_receipt(desk: Desk) -> None:
    """The first by name and how it ended, the others by their number; also by a later answer."""
    commit = desk.commit(Outcome.RED)
    order = desk.order(commit)
    gate, landing = (
        GateSettings(fail_fast=False),
        replace(order.settings.landing, quality_gate=("a", "b", "c")),
    )
    settings = replace(order.settings, gate=gate, landing=landing)
    red = await desk.checks.check(replace(order, settings=settings))
    assert red.reason == "`a` exited 1, and 2 more failed"
    assert await desk.checks.known(order.project, commit, settings=settings) == red
    crashed = replace(desk.receipt, results=(CommandResult("a", -11, 1.0),))
    desk.world.store.commit(Batch(receipts=(crashed,)))
    found = await desk.checks.known(order.project, commit, settings=settings)
    assert found
    assert found.reason == "`a` was killed by signal 11"


async def test_a_lost_gate_leaves_no_receipt(desk: Desk) -> None:
    """It is tried three times in all; what was known of the tree stays."""
    commit = desk.commit(*[Outcome.INFRA] * 3, Outcome.RED, *[Outcome.INFRA] * 3)
    assert (await desk.check(commit)).outcome is Outcome.INFRA
    assert await desk.known(commit) is None
    red = await desk.check(commit)
    assert (await desk.check(commit, again=True)).outcome is Outcome.INFRA
    assert await desk.known(commit) == red
    assert red.runs == 1


async def test_what_another_project_was_told_counts_once(desk: Desk) -> None:
    """The store adds the runs of a row that is replaced; another project's row is none."""
    commit = desk.commit(Outcome.RED, Outcome.PASSED)
    await desk.check(commit)
    theirs = replace(desk.receipt, project_id="p-other")
    desk.world.store._tables.receipts.clear()
    desk.world.store.commit(Batch(receipts=(theirs,)))
    flaky = await desk.check(commit, again=True)
    assert (flaky.outcome, flaky.runs) == (Outcome.FLAKY, 2)
    assert [one.runs for one in desk.world.store.receipts(project_id=PROJECT)] == [2]


@dataclass
class Hold:
    """A gate that begins and then waits until it is let go."""

    gate: Gate
    begun: "asyncio.Queue[str]" = field(default_factory=asyncio.Queue)
    go: asyncio.Event = field(default_factory=asyncio.Event)

    async def key(self, project: Project, commit: str, *, spec: GateSpec) -> ReceiptKey:
        """Compute the key."""
        return await self.gate.key(project, commit, spec=spec)

    async def check(self, order: GateOrder) -> GateResult:
        """Run the gate once it is let go."""
        self.begun.put_nowait(order.commit)
        await self.go.wait()
        return await self.gate.check(order)


class Overheard(Pool):
    """A pool that tells which priorities were asked for."""

    def __init__(self) -> None:
        """Have heard nothing."""
        super().__init__()
        self.heard: asyncio.Queue[int] = asyncio.Queue()

    def ask(self, room: Room, *, priority: int) -> Ticket:
        """Write a wish down."""
        self.heard.put_nowait(priority)
        return super().ask(room, priority=priority)

    def urge(self, ticket: Ticket, *, priority: int) -> None:
        """Bring a wish forward."""
        self.heard.put_nowait(priority)
        super().urge(ticket, priority=priority)


def held(desk: Desk, slots: int) -> Hold:
    """Let the gates of a desk begin, but not end."""
    hold = Hold(desk.world.gate)
    desk.checks = Checks(replace(desk.parts, gate=hold), slots)
    return hold


async def test_who_asks_for_what_runs_waits_for_it(desk: Desk) -> None:
    """One run for all; each is told that it runs and where its log grows."""
    hold = held(desk, 2)
    told: asyncio.Queue[tuple[str, str]] = asyncio.Queue()

    async def ask(name: str) -> Verdict:
        async def started(log: str) -> None:
            told.put_nowait((name, log))

        order = replace(desk.order(commit), effect_id=f"{name}/1", started=started)
        return await desk.checks.check(replace(order, log=f"{desk.log}.{name}"))

    commit = desk.commit(Outcome.PASSED)
    one = asyncio.create_task(ask("a"))
    await hold.begun.get()
    two = asyncio.create_task(ask("b"))
    found = [await told.get() for _ in "ab"]
    assert desk.checks.log_of("b") == desk.checks.log_of("a") == f"{desk.log}.a"
    hold.go.set()
    assert await one == await two
    assert found == [("a", f"{desk.log}.a"), ("b", f"{desk.log}.a")]
    assert (len(desk.world.gate.runs), desk.checks.log_of("a")) == (1, None)


async def test_who_waits_takes_over_from_who_is_cancelled(desk: Desk) -> None:
    """A cancelled lane does not take the answer from an attempt that needs it as well."""
    hold, commit = held(desk, 1), desk.commit(Outcome.PASSED)
    one = asyncio.create_task(desk.check(commit))
    await hold.begun.get()
    two = asyncio.create_task(desk.check(commit))
    await asyncio.sleep(0)
    one.cancel()
    await hold.begun.get()
    hold.go.set()
    assert (await two).outcome is Outcome.PASSED
    assert one.cancelled()


async def test_the_urgent_hurries_what_it_shares(desk: Desk) -> None:
    """A lane's head that needs the tree of a check which waits far behind brings it forward."""
    hold, pool = held(desk, 1), Overheard()
    desk.checks.pool = pool
    first, other, shared = (desk.commit(Outcome.PASSED) for _ in range(3))
    tasks = []
    for commit, priority in ((first, 0), (other, 5), (shared, 9), (shared, 1)):
        order = replace(desk.order(commit), priority=priority)
        tasks.append(asyncio.create_task(desk.checks.check(order)))
        assert await pool.heard.get() == priority
    hold.go.set()
    await asyncio.gather(*tasks)
    assert [hold.begun.get_nowait() for _ in range(3)] == [first, shared, other]


async def test_a_projects_own_slots_count(desk: Desk) -> None:
    """The settings say how many run at once; what the machine has counts where they don't."""
    hold = held(desk, 1)
    commits = [desk.commit(Outcome.PASSED) for _ in range(3)]
    orders = [desk.order(commit) for commit in commits]
    wide = [
        replace(one, settings=replace(one.settings, gate=GateSettings(slots=3))) for one in orders
    ]
    tasks = [asyncio.create_task(desk.checks.check(order)) for order in wide]
    assert {await hold.begun.get() for _ in tasks} == set(commits)
    assert desk.checks.pool.running(PROJECT) == 3
    hold.go.set()
    await asyncio.gather(*tasks)
    assert desk.checks.pool.running(PROJECT) == 0


def test_logs_are_numbered() -> None:
    """Beside the first; none is none."""
    assert number_log("a.b/gate-x.log", run=2) == "a.b/gate-x.2.log"
    assert number_log("", run=2) == ""
