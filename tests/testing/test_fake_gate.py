"""The gate in memory keeps the contract of the gate port."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from orch.core.receipt import Outcome
from orch.ports.gate import GateSpec
from orch.testing.fake_gate import FakeGate
from orch.testing.gate_suite import BOOM, GateSuite, an_order
from orch.testing.repositories import Repository, make_project


class FakeGateWorld:
    """A fake gate whose trees say in a file how they end."""

    def __init__(self, folder: Path) -> None:
        """Begin with one commit."""
        self.gate = FakeGate(
            judge=lambda files: Outcome(files["outcome"]),
            output=BOOM,
            failing=lambda files: tuple(files.get("failing", "").split()),
        )
        self.project = make_project(folder / "home", Repository(folder / "person"))
        self.spec = GateSpec(commands=("one", "two"))
        self.log = folder / "logs" / "gate.log"

    def change(self, outcome: Outcome, files: Mapping[str, str] | None = None) -> str:
        """Commit a tree that ends like that."""
        return self.gate.hub.commit({"outcome": outcome, **(files or {})}, None)

    def fail(self, *tests: str) -> str:
        """Commit a tree in which these tests fail."""
        return self.change(Outcome.RED, {"failing": " ".join(tests)})

    def repeat(self, commit: str) -> str:
        """Commit the same files again."""
        return self.gate.hub.commit(self.gate.hub.commits[commit].files, None, message="again")


@pytest.fixture
def world(tmp_path: Path) -> FakeGateWorld:
    """Give a fake gate."""
    return FakeGateWorld(tmp_path)


class TestFakeGate(GateSuite):
    """The contract, in memory."""


async def test_scripted_outcomes_come_first(world: FakeGateWorld) -> None:
    """A flake is red once and then as the tree says."""
    commit = world.change(Outcome.PASSED)
    world.gate.scripted[commit] = [Outcome.RED, Outcome.INFRA]
    found = [(await world.gate.check(an_order(world, commit))).outcome for _ in range(3)]
    assert found == [Outcome.RED, Outcome.INFRA, Outcome.PASSED]
    assert [run.commit for run in world.gate.runs] == [commit] * 3
