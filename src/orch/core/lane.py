"""The landing planner: what the lane does next, recomputed from rows, tip and receipts.

Candidates stand on each other: tip, tip+A, tip+A+B. Their gates run at the same time. One that
fails is left out, and those behind it are built anew on the nearest that does not; whose fault it
was is decided when everything ahead of it is. Nothing is remembered between two plans.
"""

from enum import StrEnum

from orch.core.baseline import is_red_target, verdict
from orch.core.batches import Batches, find_under_way
from orch.core.landing import Bounce, Item, ItemState, beside
from orch.core.lane_plan import (
    Build,
    Check,
    CheckBase,
    Eject,
    GateChange,
    Plan,
    Precheck,
    Push,
    Settle,
    Snapshot,
    Split,
    Step,
    Stop,
)
from orch.core.receipt import Outcome

PRECHECKED = 16
"""So many are looked at in one step: the lane does nothing else meanwhile."""
TRIES = 2
"""A red tree is asked so often in all: a pass after a failure is a flake."""


class _Standing(StrEnum):
    GOOD = "good"
    PENDING = "pending"
    RED = "red"
    UNCLEAN = "unclean"
    FLAKY = "flaky"


def plan(snapshot: Snapshot) -> Plan:
    """Plan from what is there; an intent is settled before anything else is touched.

    A lane with items always has an action or a running gate, unless each item waits for something
    outside of the lane: a person, the target, a checkout, a gate that can't be run.
    """
    pushing = tuple(item for item in snapshot.items if item.state is ItemState.PUSHING)
    if pushing:
        return Plan(steps=(Settle(pushing),))
    if snapshot.paused:
        return Plan(waits={item.id: snapshot.paused for item in snapshot.items})
    walk = _Walk(snapshot)
    for item in snapshot.items:
        if not walk.take(item):
            break
    return walk.conclude()


class _Walk:
    """Goes along the items and builds the chain.

    `front` is the commit that the next candidate has to stand on; `ground` the last that is proven:
    the tip, or a good candidate. `pending` are the chain's items behind it, `proven` counts others.
    """

    def __init__(self, snapshot: Snapshot) -> None:
        self._seen, self._rules = snapshot, snapshot.rules
        self._front = self._ground = snapshot.tip
        self._chain: list[Item] = []
        self._pending: list[Item] = []
        self._green: list[str] = []
        self._proven = 0
        self._removals: list[Eject | Split] = []
        self._controls: list[GateChange] = []
        self._build: Build | None = None
        self._batches = Batches(self._rules.batch, snapshot.running)
        self._needed: set[str] = set()
        self._waits: dict[str, str] = {}
        self._under_way = find_under_way(
            snapshot.items, asked=snapshot.running | snapshot.known.keys()
        )

    def take(self, item: Item) -> bool:
        """Give an item its place, or the reason why it has none; False ends the walk."""
        # A window that has become narrower lets end what runs: it still stands in the chain.
        under_way = item.expected_old == self._front and item.candidate in self._under_way
        if self._is_full() and not under_way:
            return False
        if self._is_out(item):
            return True
        if item.candidate is None or item.expected_old != self._front:
            if self._is_on_trial(item):
                self._decide(item, item.expected_old or "")
                return True
            self._build = Build(item, self._front)
            return False
        standing = self._standing(item)
        if standing is _Standing.GOOD:
            self._append(item)
            self._green.append(item.id)
            if self._rules.batch > 1 or not self._pending:
                self._ground, self._pending = self._front, []
                self._batches.forget()
                self._proven = len(self._chain)
        elif standing is _Standing.PENDING:
            self._append(item)
            self._pending.append(item)
            self._batches.join(item)
        else:
            self._leave_out(item, standing)
        return True

    def conclude(self) -> Plan:
        """Say what follows: what can be finished first, then what can be begun."""
        steps: list[Step] = [*self._removals]
        # A build is short, and its gate can run during a push; what is proven meanwhile lands in
        # one push.
        steps += [*filter(None, [self._build]), *self._pushes()]
        return Plan(
            gates=(*self._controls, *self._checks(settled=not steps), *self._stops()),
            steps=tuple(steps or self._prechecks()),
            chain=tuple(self._chain),
            green=frozenset(self._green),
            waits=self._waits if steps else {**self._turns(), **self._waits},
        )

    def _turns(self) -> dict[str, str]:
        """Name those behind a full chain: nothing but their turn is what they wait for."""
        chain = {item.id for item in self._chain}
        return {item.id: "" for item in self._seen.items if item.id not in chain}

    def _is_full(self) -> bool:
        """Tell whether there is no room for another candidate.

        What is proven at the front takes none: the next gate need not wait for its push. But a push
        that is held up lets the chain grow no longer than twice the window.
        """
        room = self._rules.window * self._rules.batch
        return len(self._chain) - min(self._proven, room) >= room

    def _append(self, item: Item) -> None:
        self._chain.append(item)
        self._front = item.candidate or ""

    def _is_out(self, item: Item) -> bool:
        """Tell whether an item has to wait for others, or can't go on without one."""
        if gone := [one for one in item.after if one in self._seen.lost]:
            self._removals.append(Eject(item, Bounce.STALE))
            self._waits[item.id] = f"builds on {', '.join(gone)}, which did not land"
            return True
        still_open = {one.id for one in self._seen.items} - {one.id for one in self._chain}
        if missing := [one for one in item.after if one in still_open]:
            self._waits[item.id] = f"lands after {', '.join(missing)}"
            return True
        if why := self._seen.barred.get(item.id):
            self._waits[item.id] = why
            return True
        if (why := self._seen.unjudged.get(item.id)) and not self._may_be_mended(item):
            self._waits[item.id] = why
            return True
        if self._chain and (item.id, self._front) in self._seen.clashes:
            ahead = ", ".join(one.id for one in self._chain)
            self._waits[item.id] = f"does not merge with what is ahead of it ({ahead})"
            return True
        return False

    def _may_be_mended(self, item: Item) -> bool:
        """Tell whether what voids its judgement is a candidate that is to be built anew anyway.

        On what it stands on now it may not conflict any more.
        """
        return bool(beside(item.resolved)) and item.expected_old != self._front

    def _standing(self, item: Item) -> _Standing:
        if not self._rules.gated:
            return _Standing.GOOD
        known = self._seen.known.get(item.candidate or "")
        if known is None:
            return _Standing.PENDING
        found = verdict(known, self._seen.known.get(self._ground))
        if found is Outcome.FLAKY and not (self._rules.flaky or item.promoted):
            return _Standing.FLAKY
        if found is Outcome.UNCLEAN:
            return _Standing.UNCLEAN
        return _Standing.GOOD if found in {Outcome.PASSED, Outcome.FLAKY} else _Standing.RED

    def _leave_out(self, item: Item, standing: _Standing) -> None:
        """Deal with an item that did not pass; those behind it go on without it."""
        if mates := self._batches.mates(item):
            self._split([*mates, item], ahead=self._pending[: -len(mates)])
        elif self._pending:
            ahead = ", ".join(one.id for one in self._pending)
            self._waits[item.id] = f"failed on top of {ahead}; whose fault it is shows with them"
        elif standing is _Standing.FLAKY:
            self._waits[item.id] = (
                "flaky: its gate passed after failing on the identical tree; "
                f"`orch queue promote {item.id}` lets it land"
            )
        elif standing is _Standing.UNCLEAN:
            self._removals.append(Eject(item, Bounce.UNCLEAN))
        else:
            self._decide(item, self._ground)

    def _split(self, members: list[Item], *, ahead: list[Item]) -> None:
        """Take a batch that failed out of the chain, and halve it unless others may be at fault."""
        out = len(members) - 1
        if out:
            del self._chain[-out:]
            self._front = (self._chain[-1].candidate or "") if self._chain else self._seen.tip
        self._pending = ahead
        self._batches.leave()
        if not ahead:
            self._removals.append(Split(tuple(members), share=(len(members) + 1) // 2))
            return
        names = ", ".join(one.id for one in ahead)
        told = f"its batch failed on top of {names}; whose fault it is shows with them"
        self._waits |= {item.id: told for item in members}

    def _is_on_trial(self, item: Item) -> bool:
        """Tell whether an item failed by itself on what has landed since, and is good.

        It is judged there. Built anew for each landing it would be asked twice for each of them.
        """
        known = self._seen.known.get(item.candidate or "")
        base = self._seen.known.get(item.expected_old or "")
        if item.expected_old not in self._seen.under or known is None or base is None:
            return False
        return verdict(known, base) is Outcome.RED and not is_red_target(base, known)

    def _decide(self, item: Item, ground: str) -> None:
        """Decide on a red item with nothing undecided ahead: the base, one rerun, then back."""
        known = self._seen.known[item.candidate or ""]
        base = self._seen.known.get(ground)
        red = base is not None and is_red_target(base, known)
        once = base is not None and base.outcome is Outcome.RED and base.runs < TRIES
        if base is None or (red and (once or ground in self._seen.doubted)):
            self._needed.add(ground)
            self._waits[item.id] = "failed; the target itself is checked before it is sent back"
            self._controls += [CheckBase(item, ground, again=red)] if self._is_idle(ground) else []
        elif red:
            told = f"`orch logs --gate {item.id}` shows how, `orch queue resume` asks it again"
            self._waits[item.id] = f"the target itself fails the gate: {told}"
        elif known.runs < TRIES:
            self._needed.add(item.candidate or "")
            self._waits[item.id] = "failed; its gate runs once more on the identical tree"
            if self._is_idle(item.candidate or ""):
                self._controls.append(Check(item, again=True))
        else:
            self._removals.append(Eject(item, Bounce.RED))

    def _is_idle(self, commit: str) -> bool:
        return commit not in self._seen.running and commit not in self._seen.held

    def _pushes(self) -> list[Push]:
        """Land what is proven at the front of the chain: each by its own tree, a batch by its last.

        All of it is one push, which costs the same for one as for many.
        """
        ready: list[Item] = []
        proven = 0
        for item in self._chain:
            ready.append(item)
            if item.id in self._green:
                proven = len(ready)
                if item.candidate in self._seen.held:
                    return []
            elif self._rules.batch == 1:
                break
        return [Push(tuple(ready[:proven]))] if proven else []

    def _checks(self, *, settled: bool) -> list[Check]:
        """Gate the last of each batch; of one with room once nothing is left that may fill it."""
        asked = self._batches.asked(settled=settled)[: self._rules.window]
        return [Check(item) for item in asked if self._is_idle(item.candidate or "")]

    def _stops(self) -> list[Stop]:
        """End the gates of what is in the chain no more.

        While one is to be built nobody knows yet what will stand behind it.
        """
        if self._build is not None:
            return []
        wanted = {item.candidate for item in self._chain} | self._needed
        return [Stop(commit) for commit in sorted(self._seen.running - wanted)]

    def _prechecks(self) -> list[Precheck]:
        """Look at one that is new, whose paths are not known yet, or at many that only wait."""
        chain = {item.id for item in self._chain}
        due = [
            item
            for item in self._seen.items
            if item.id not in chain and item.checked_on != self._seen.tip
        ]
        fresh = [item for item in due if not item.paths]
        asked = tuple(fresh[:1] or due[:PRECHECKED])
        return [Precheck(asked)] if asked else []
