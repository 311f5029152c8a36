"""The planner against a world that does anything: whatever happens, the lane keeps its promises."""

from dataclasses import replace

import hypothesis.strategies as st
import pytest
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from orch.core.baseline import Known
from orch.core.landing import Bounce, Item, ItemState
from orch.core.lane import plan
from orch.core.lane_plan import (
    Build,
    Check,
    CheckBase,
    Eject,
    Plan,
    Precheck,
    Push,
    Rules,
    Settle,
    Snapshot,
    Split,
    Step,
)
from orch.core.places import arrange
from orch.core.receipt import Outcome
from tests.core.lanes import TIP, an_item, candidate_of

_PATIENCE = 200
"""So many steps at most for each item."""


class LaneMachine(RuleBasedStateMachine):
    """A lane with a target, gates, people and crashes.

    A commit is named by what it holds ("tip+l1+l3"), so its tree's truth is in its name: red with
    a bad item in it, or with two that break together. `memory` is what a crash wipes out.
    """

    def __init__(self) -> None:
        """Begin with an empty lane on a green target."""
        super().__init__()
        self.tip, self.others, self.paused = TIP, 0, ""
        self.items: dict[str, Item] = {}
        self.bad: set[str] = set()
        self.flaky: set[str] = set()
        self.pairs: set[frozenset[str]] = set()
        self.frays: set[frozenset[str]] = set()
        self.receipts: dict[str, Known] = {TIP: Known(outcome=Outcome.PASSED)}
        self.running: set[str] = set()
        self.under: set[str] = set()
        self.clashes: set[tuple[str, str]] = set()
        self.unjudged: set[str] = set()
        self.window, self.batch = 1, 1

    @initialize(window=st.integers(1, 5), batch=st.sampled_from([1, 1, 2, 4]))
    def choose(self, window: int, batch: int) -> None:
        """Choose how wide the lane is."""
        self.window, self.batch = window, batch

    # What people, agents and the world do.

    @rule(
        kind=st.sampled_from(["good", "good", "good", "bad", "flaky", "clash", "pair", "after"]),
        priority=st.integers(0, 2),
    )
    def submit(self, kind: str, priority: int) -> None:
        """Put a change into the lane: one that is well, or not, alone or with another."""
        n = len(self.items) + 1
        name, other = f"l{n}", f"l{max(1, n - 1)}"
        after = (other,) if kind == "after" and n > 1 else ()
        self.items[name] = an_item(n, rank=float(n - 10 * priority), after=after)
        if kind == "bad":
            self.bad.add(name)
        if kind == "flaky":
            self.flaky.add(name)
        if kind in {"clash", "pair"} and n > 1:
            (self.frays if kind == "clash" else self.pairs).add(frozenset({name, other}))

    @rule()
    def act(self) -> None:
        """Let the lane do its next step."""
        self._follow(self._plan())

    @precondition(lambda self: self.running)
    @rule(data=st.data())
    def end_gate(self, data: st.DataObject) -> None:
        """Let one of the gates end, in any order."""
        self._end_gate(data.draw(st.sampled_from(sorted(self.running))))

    @rule(when=st.sampled_from(["clean", "intent"]))
    def crash(self, when: str) -> None:
        """Kill the daemon: at rest, or between the intent and the push, or right behind it."""
        if when == "intent":
            for step in self._plan().steps[:1]:
                if isinstance(step, Push):
                    self._intend(step)
        self.running.clear()
        self.clashes.clear()
        self.under.clear()

    @precondition(lambda self: any(item.is_open for item in self.items.values()))
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        """Take an item out before its commit point."""
        item = self._some(data)
        if item.state is not ItemState.PUSHING:
            self.items[item.id] = replace(item, state=ItemState.CANCELLED)

    @precondition(lambda self: any(item.is_open for item in self.items.values()))
    @rule(data=st.data())
    def promote(self, data: st.DataObject) -> None:
        """Send an item ahead."""
        item = self._some(data)
        self.items[item.id] = replace(item, promoted=True)

    @precondition(lambda self: any(item.is_open for item in self.items.values()))
    @rule(data=st.data())
    def void_judgement(self, data: st.DataObject) -> None:
        """Let an item lack its judgement, wherever it stands; what is being pushed has had it."""
        item = self._some(data)
        if item.state is not ItemState.PUSHING:
            self.unjudged.add(item.id)

    @precondition(lambda self: self.unjudged)
    @rule(data=st.data())
    def approve(self, data: st.DataObject) -> None:
        """Let a person vouch for it."""
        self.unjudged.remove(data.draw(st.sampled_from(sorted(self.unjudged))))

    @rule()
    def push_of_others(self) -> None:
        """Let somebody else move the target, to something green."""
        self.others += 1
        self.tip = f"{self.tip}+x{self.others}"
        self.under.clear()

    @rule()
    def pause(self) -> None:
        """Pause the lane, or let it go on."""
        self.paused = "" if self.paused else "paused"

    # What must hold, whatever happens.

    @invariant()
    def nothing_lands_twice_or_unproven(self) -> None:
        """Each landing once, each on the target, each covered by a passing gate; no cancelled."""
        parts = self.tip.split("+")
        assert len(parts) == len(set(parts))
        for item in self.items.values():
            assert (item.state is ItemState.LANDED) <= (item.id in parts)
            if item.state in {ItemState.CANCELLED, ItemState.BOUNCED}:
                assert item.id not in parts
        assert not self._is_red(self.tip)

    @invariant()
    def a_lane_with_work_works(self) -> None:
        """Something runs or can be done, unless each item says what it waits for outside."""
        found = self._plan()
        if self.paused or all(self._is_stuck(item) for item in self.items.values()):
            return
        assert found.steps or found.gates or self.running, found.waits

    def _is_stuck(self, item: Item) -> bool:
        """Tell whether it is closed, or waits for a person, or for another that does."""
        waits = item.id in self.unjudged or any(self._is_held(one) for one in item.after)
        return not item.is_open or waits

    def _is_held(self, landing_id: str) -> bool:
        item = self.items[landing_id]
        return item.is_open and self._is_stuck(item)

    def teardown(self) -> None:
        """Let the lane work itself off: every item ends, and only the guilty are sent back."""
        self.paused = ""
        self.unjudged.clear()
        for _ in range(_PATIENCE * (1 + len(self.items))):
            if not any(item.is_open for item in self.items.values()):
                break
            found = self._plan()
            self._follow(found)
            if not found.steps and self.running:
                self._end_gate(min(self.running))
        else:
            raise AssertionError([item.id for item in self.items.values() if item.is_open])
        for item in self.items.values():
            self._check_fate(item)

    def _check_fate(self, item: Item) -> None:
        landed = set(self.tip.split("+"))
        if item.state is not ItemState.BOUNCED:
            return
        with_landed = {one for pair in self.pairs | self.frays if item.id in pair for one in pair}
        guilty = item.id in self.bad or bool(with_landed & landed)
        orphaned = any(self.items[one].state is not ItemState.LANDED for one in item.after)
        assert guilty or orphaned, (item.id, item.bounce)

    # How the world answers.

    def _plan(self) -> Plan:
        waiting = (item for item in self.items.values() if item.is_open)
        items = arrange(waiting, reach=self.window)
        asked = {one for item in items for one in item.after}
        closed = {one for one in asked if not self.items[one].is_open}
        lost = {one for one in closed if self.items[one].state is not ItemState.LANDED}
        return plan(
            Snapshot(
                tip=self.tip,
                items=items,
                rules=Rules(window=self.window, batch=self.batch, flaky=True),
                known=self.receipts,
                running=frozenset(self.running),
                clashes=frozenset(self.clashes),
                lost=frozenset(lost),
                unjudged=dict.fromkeys(self.unjudged, "no judge has seen it"),
                under=frozenset(self.under),
                paused=self.paused,
            )
        )

    def _follow(self, found: Plan) -> None:
        for change in found.gates:
            match change:
                case Check(item):
                    assert item.candidate not in self.running
                    self.running.add(item.candidate or "")
                case CheckBase(_, commit):
                    self.running.add(commit)
                case _:
                    self.running.discard(change.commit)
        for step in found.steps[:1]:
            self._do(step)

    def _do(self, step: Step) -> None:
        match step:
            case Build(item, onto):
                self._build(item, onto)
            case Precheck(items):
                for item in items:
                    self.items[item.id] = replace(item, checked_on=self.tip)
            case Eject(item, bounce):
                self.items[item.id] = replace(item, state=ItemState.BOUNCED, bounce=bounce)
            case Split(items, share):
                for item in items:
                    again = replace(item, candidate=None, expected_old=None)
                    self.items[item.id] = replace(again, state=ItemState.QUEUED, share=share)
            case Push():
                self._intend(step)
                self._carry_out(step.items)
            case Settle(items):
                self._carry_out(items)

    def _build(self, item: Item, onto: str) -> None:
        torn = any(frozenset({item.id, one}) in self.frays for one in onto.split("+"))
        if torn and onto == self.tip:
            bounced = replace(item, state=ItemState.BOUNCED, bounce=Bounce.CONFLICT)
            self.items[item.id] = bounced
        elif torn:
            self.clashes.add((item.id, onto))
        else:
            place = item.place or 1 + max(one.place for one in self.items.values())
            made = candidate_of(onto, item.position)
            self.items[item.id] = replace(item, candidate=made, expected_old=onto, place=place)

    def _intend(self, push: Push) -> None:
        proofs = push.items if self.batch == 1 else push.items[-1:]
        for item in proofs:
            said = self.receipts[item.candidate or ""]
            assert said.outcome in {Outcome.PASSED, Outcome.FLAKY}
        for item in push.items:
            assert self.items[item.id].is_open
            assert item.id not in self.unjudged
            self.items[item.id] = replace(item, state=ItemState.PUSHING)

    def _carry_out(self, items: tuple[Item, ...]) -> None:
        first, last = items[0], items[-1]
        arrived = first.expected_old == self.tip
        if arrived:
            self.under |= {item.expected_old or "" for item in items}
            self.tip = last.candidate or ""
        for item in items:
            changes = {"state": ItemState.LANDED} if arrived else _AGAIN
            self.items[item.id] = replace(self.items[item.id], **changes)

    def _end_gate(self, commit: str) -> None:
        self.running.discard(commit)
        before = self.receipts.get(commit)
        runs = before.runs + 1 if before else 1
        red = self._is_red(commit)
        shaky = self.flaky & set(commit.split("+"))
        if before is None and shaky and not red:
            self.flaky -= shaky
            red = True
        elif before and not red:
            self.receipts[commit] = Known(outcome=Outcome.FLAKY, runs=runs)
            return
        outcome = Outcome.RED if red else Outcome.PASSED
        self.receipts[commit] = Known(outcome=outcome, runs=runs)

    def _is_red(self, commit: str) -> bool:
        held = set(commit.split("+"))
        return bool(held & self.bad) or any(pair <= held for pair in self.pairs)

    def _some(self, data: st.DataObject) -> Item:
        names = sorted(item.id for item in self.items.values() if item.is_open)
        return self.items[data.draw(st.sampled_from(names))]


_AGAIN = {"state": ItemState.QUEUED, "candidate": None, "expected_old": None}

TestLane = LaneMachine.TestCase
TestLane.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)


@pytest.mark.soak
def test_the_machine_at_length() -> None:
    """The same, ten times as long."""
    from hypothesis.stateful import run_state_machine_as_test  # noqa: PLC0415 - for the soak alone

    longer = settings(max_examples=3000, stateful_step_count=80, deadline=None)
    run_state_machine_as_test(LaneMachine, settings=longer)
