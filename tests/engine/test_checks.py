"""Prove that a tree is gated once, that red may be asked once more, and that both answers stay."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from orch.core.project import Project
from orch.core.receipt import Outcome, Receipt
from orch.engine.checks import CheckOrder, Checks, Verdict, number_log
from orch.engine.kill_points import no_step
from orch.engine.parts import Parts
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


def test_logs_are_numbered() -> None:
    """Beside the first; none is none."""
    assert number_log("a.b/gate-x.log", run=2) == "a.b/gate-x.2.log"
    assert number_log("", run=2) == ""
