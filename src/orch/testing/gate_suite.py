"""The contract of the gate port: run it against a gate of your own.

Subclass `GateSuite` in a test module and give it a `world` fixture (see `GateWorld`).
"""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import pytest

from orch.core.project import Project
from orch.core.receipt import Outcome
from orch.ports.errors import Permanent
from orch.ports.gate import Gate, GateOrder, GateSpec

BOOM = "Boom: 1 != 2"
"""What a red gate of the world prints last."""

ENDINGS = tuple(outcome for outcome in Outcome if outcome is not Outcome.FLAKY)
"""How one run can end: that a tree is flaky, only two of them can tell."""


class GateWorld(Protocol):
    """A project with a gate; `spec` is the gate that the commits of `change` are made for."""

    @property
    def gate(self) -> Gate:
        """The gate to be tested."""
        ...

    @property
    def project(self) -> Project:
        """The project that it checks."""
        ...

    @property
    def spec(self) -> GateSpec:
        """What it runs."""
        ...

    @property
    def log(self) -> Path:
        """Where it writes what it said."""
        ...

    def change(self, outcome: Outcome, files: Mapping[str, str] | None = None) -> str:
        """Commit a tree on which the gate ends like that; a red one prints `BOOM` last."""
        ...

    def fail(self, *tests: str) -> str:
        """Commit a tree on which the gate is red, and its report (`REPORT`) names these tests."""
        ...

    def repeat(self, commit: str) -> str:
        """Make another commit with the same tree."""
        ...


REPORT = "junit:out/*.xml"
"""Where the gate of the world tells what failed, if its spec asks for it."""


def an_order(world: GateWorld, commit: str) -> GateOrder:
    """Order the world's gate on a commit."""
    return GateOrder(
        project=world.project,
        commit=commit,
        spec=world.spec,
        effect_id="t1/1/RunGate",
        log=str(world.log),
    )


class GateSuite:
    """What every gate promises; fixture `world`."""

    @pytest.mark.parametrize("outcome", ENDINGS)
    async def test_each_outcome_is_told(self, world: GateWorld, outcome: Outcome) -> None:
        """Passed, red, unclean and infra are told apart, with a reason for all but a pass."""
        commit = world.change(outcome)
        result = await world.gate.check(an_order(world, commit))
        assert result.outcome is outcome
        assert bool(result.reason) == (outcome is not Outcome.PASSED)
        assert result.key == await world.gate.key(world.project, commit, spec=world.spec)

    async def test_results_name_the_commands(self, world: GateWorld) -> None:
        """Each command that ran has its exit code; the first failure ends the gate."""
        passed = await world.gate.check(an_order(world, world.change(Outcome.PASSED)))
        assert [r.command for r in passed.results] == list(world.spec.commands)
        assert {r.exit_code for r in passed.results} == {0}
        red = await world.gate.check(an_order(world, world.change(Outcome.RED)))
        assert red.results[-1].exit_code != 0

    async def test_a_red_gate_says_why(self, world: GateWorld) -> None:
        """The end of the failing command's output is in the excerpt, and all in the log."""
        result = await world.gate.check(an_order(world, world.change(Outcome.RED)))
        assert result.excerpt.rstrip().endswith(BOOM)
        assert BOOM in world.log.read_text()

    async def test_the_same_tree_has_the_same_key(self, world: GateWorld) -> None:
        """What counts is the tree, not the commit; another tree has another key."""
        commit = world.change(Outcome.PASSED)
        key = await world.gate.key(world.project, commit, spec=world.spec)
        again = world.repeat(commit)
        assert again != commit
        assert await world.gate.key(world.project, again, spec=world.spec) == key
        other = world.change(Outcome.PASSED, {"other.txt": "o\n"})
        found = await world.gate.key(world.project, other, spec=world.spec)
        assert (found.tree != key.tree, found.spec) == (True, key.spec)

    async def test_another_gate_has_another_key(self, world: GateWorld) -> None:
        """Commands belong to the spec, the set-up to the environment."""
        commit = world.change(Outcome.PASSED)
        key = await world.gate.key(world.project, commit, spec=world.spec)
        more = replace(world.spec, commands=(*world.spec.commands, "true"))
        assert (await world.gate.key(world.project, commit, spec=more)).spec != key.spec
        set_up = replace(world.spec, setup=("true",))
        found = await world.gate.key(world.project, commit, spec=set_up)
        assert (found.spec, found.environment != key.environment) == (key.spec, True)

    async def test_a_commit_that_is_gone_is_permanent(self, world: GateWorld) -> None:
        """Nobody can gate what is not there."""
        with pytest.raises(Permanent):
            await world.gate.key(world.project, "ab" * 20, spec=world.spec)
        with pytest.raises(Permanent):
            await world.gate.check(an_order(world, "ab" * 20))

    async def test_gates_run_side_by_side(self, world: GateWorld) -> None:
        """Two gates at once don't see each other, whatever they do to their checkouts."""
        wanted = [Outcome.PASSED, Outcome.RED, Outcome.UNCLEAN, Outcome.PASSED]
        commits = [world.change(o, {"n.txt": f"{n}\n"}) for n, o in enumerate(wanted)]
        logs = [world.log.with_name(f"{n}.log") for n in range(len(commits))]
        orders = [
            replace(an_order(world, commit), log=str(log))
            for commit, log in zip(commits, logs, strict=True)
        ]
        results = await asyncio.gather(*(world.gate.check(order) for order in orders))
        assert [result.outcome for result in results] == wanted

    async def test_a_gate_starts_clean_after_any_other(self, world: GateWorld) -> None:
        """What one run left behind is nothing to the next."""
        for outcome in (Outcome.UNCLEAN, Outcome.PASSED, Outcome.RED, Outcome.PASSED):
            result = await world.gate.check(an_order(world, world.change(outcome)))
            assert result.outcome is outcome

    async def test_failures_are_named_where_a_report_is(self, world: GateWorld) -> None:
        """Each by a name of its own, in any tree the same; an exit code alone names none."""
        one, two, fine = world.fail("a"), world.fail("a", "b"), world.change(Outcome.PASSED)
        assert (await world.gate.check(an_order(world, two))).failures is None
        world_spec = replace(world.spec, reports=(REPORT,))
        named = []
        for commit in (one, two, fine):
            order = replace(an_order(world, commit), spec=world_spec)
            named.append((await world.gate.check(order)).failures)
        assert None not in named
        first, both, none = (set(some or ()) for some in named)
        assert (len(first), len(both), len(none)) == (1, 2, 0)
        assert first < both

    async def test_a_red_gate_without_its_report_names_nothing(self, world: GateWorld) -> None:
        """An exit code that no report explains can't be compared with any other tree's."""
        spec = replace(world.spec, reports=(REPORT,))
        order = replace(an_order(world, world.change(Outcome.RED)), spec=spec)
        result = await world.gate.check(order)
        assert (result.outcome, result.failures) == (Outcome.RED, None)

    async def test_reports_belong_to_the_spec(self, world: GateWorld) -> None:
        """A receipt without the names of failures is none where they are asked for."""
        commit = world.change(Outcome.PASSED)
        key = await world.gate.key(world.project, commit, spec=world.spec)
        more = replace(world.spec, reports=(REPORT,))
        assert (await world.gate.key(world.project, commit, spec=more)).spec != key.spec

    @pytest.mark.parametrize("outcome", ENDINGS)
    async def test_side_by_side_it_ends_alike(self, world: GateWorld, outcome: Outcome) -> None:
        """Commands that don't disturb each other come to the same, in the same order."""
        spec = replace(world.spec, parallel=True, fail_fast=False)
        result = await world.gate.check(replace(an_order(world, world.change(outcome)), spec=spec))
        assert result.outcome is outcome
        assert [one.command for one in result.results] == list(spec.commands)

    async def test_running_side_by_side_belongs_to_the_spec(self, world: GateWorld) -> None:
        """What passed in turn may fail beside others; where there are no others, it is the same."""
        commit = world.change(Outcome.PASSED)
        for commands, differs in ((world.spec.commands, True), (world.spec.commands[:1], False)):
            spec = replace(world.spec, commands=commands)
            key = await world.gate.key(world.project, commit, spec=spec)
            beside = replace(spec, parallel=True)
            assert (await world.gate.key(world.project, commit, spec=beside) != key) == differs

    async def test_all_commands_run_if_the_first_failure_is_not_the_end(
        self, world: GateWorld
    ) -> None:
        """The results have every command; it is as red as before."""
        spec = replace(world.spec, commands=tuple(reversed(world.spec.commands)), fail_fast=False)
        order = replace(an_order(world, world.change(Outcome.RED)), spec=spec)
        result = await world.gate.check(order)
        assert result.outcome is Outcome.RED
        assert [one.command for one in result.results] == list(spec.commands)
        assert BOOM in result.excerpt
