"""The gates that a lane has running, and what they have said."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from orch.core.baseline import Known
from orch.core.landing import Item
from orch.core.lane_plan import Check, CheckBase
from orch.core.receipt import Outcome
from orch.engine.checks import CheckOrder, Checks, Verdict, gate_spec
from orch.engine.ground import Ground
from orch.engine.parts import Parts
from orch.engine.shared_run import Started
from orch.engine.stumbles import Stumbles

INFRA_WAIT_S = 60.0
"""So long after a gate that could not be run it is tried again."""


@dataclass(frozen=True, slots=True)
class GateNow:
    """What a commit's gate does ("waiting" for a slot, "running") or said (an outcome).

    `since` is when it got its slot, in epoch seconds.
    """

    word: str
    since: float | None = None


@dataclass(slots=True)
class Gating:
    """Runs gates beside the lane and rings its bell when one has ended.

    What is remembered here is only what no receipt keeps (a gate that dirtied its tree, one that
    could not be run) or what saves asking the store again: after a restart all of it is found anew.
    """

    parts: Parts
    checks: Checks
    ring: Callable[[], None]
    _tasks: "dict[str, asyncio.Task[None]]" = field(default_factory=dict)
    _said: dict[tuple[str, str], Verdict] = field(default_factory=dict)
    _held: dict[str, float] = field(default_factory=dict)
    stumbles: Stumbles = field(init=False)
    _begun: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Have nothing run."""
        self.stumbles = Stumbles(self.parts.clock)

    @property
    def running(self) -> frozenset[str]:
        """Name the commits whose gates run, or wait for a slot."""
        return frozenset(self._tasks)

    async def learn(self, ground: Ground, commits: Iterable[str]) -> Mapping[str, Known]:
        """Return what is known of commits: from memory, else from the receipts."""
        digest = rules_of(ground)
        for commit in commits:
            if (commit, digest) not in self._said:
                known = await self.checks.known(ground.project, commit, settings=ground.settings)
                if known is not None:
                    self._said[commit, digest] = known
        found = self.verdicts(ground)
        return {c: said.known for c, said in found.items() if said.outcome is not Outcome.INFRA}

    def verdicts(self, ground: Ground) -> Mapping[str, Verdict]:
        """Return all that was said in full, by the gate as it is set up now."""
        digest = rules_of(ground)
        return {commit: said for (commit, its), said in self._said.items() if its == digest}

    def said(self, ground: Ground, commit: str) -> Verdict | None:
        """Return what the gate said of a commit, in full."""
        return self._said.get((commit, rules_of(ground)))

    def now(self, commit: str) -> GateNow | None:
        """Say how a commit's gate stands; None if nothing was asked of it here."""
        if commit in self._tasks:
            since = self._begun.get(commit)
            return GateNow("waiting" if since is None else "running", since)
        verdicts = [said for (its, _), said in self._said.items() if its == commit]
        return GateNow(verdicts[-1].outcome.value) if verdicts else None

    def held(self) -> frozenset[str]:
        """Name the commits that nothing can be done with just now."""
        now = self.parts.clock.now()
        return frozenset(commit for commit, until in self._held.items() if until > now)

    def look_for_stumbles(self, ground: Ground, items: Iterable[Item]) -> None:
        """Take note of whose gate could not be run on what is proven: no other made it hang."""
        held, out = self.held(), self.stumbles.out()
        for item in items:
            commit = item.candidate or ""
            if item.expected_old != ground.tip or commit not in held or item.id in out:
                continue
            if (said := self.said(ground, commit)) and said.outcome is Outcome.INFRA:
                why = f"the gate could not be run: {said.reason}; see {said.log}"
                self.stumbles.meet(item.id, why)
                del self._held[commit]

    def hold(self, commit: str, *, seconds: float) -> None:
        """Leave a commit alone for a while."""
        self._held[commit] = self.parts.clock.now() + seconds

    def next_s(self) -> float | None:
        """Say in how many seconds the first hold ends; None if nothing is held."""
        now = self.parts.clock.now()
        left = [until - now for until in self._held.values() if until > now]
        return min(left) if left else None

    def start(self, ground: Ground, wanted: Check | CheckBase, *, priority: int) -> None:
        """Start the gate of an item's candidate or base; its log is the item's."""
        item, commit = wanted.item, wanted.commit
        owner, n = item.task_id or item.id, item.attempt or 0
        order = CheckOrder(
            project=ground.project,
            settings=ground.settings,
            commit=commit,
            effect_id=f"{item.id}/{commit[:12]}",
            log=self.parts.artifacts.path(owner, n, name=f"gate-{commit[:12]}.log"),
            again=wanted.again,
            anew=wanted.again and isinstance(wanted, CheckBase),
            priority=priority,
            started=self._note_start(commit),
        )
        name = f"gate of {item.id} at {commit[:12]}"
        self._tasks[commit] = asyncio.create_task(self._run(ground, order), name=name)

    async def stop(self, commits: Sequence[str]) -> None:
        """End gates and wait until nothing is left of them."""
        ending = [self._tasks.pop(commit) for commit in commits if commit in self._tasks]
        for task in ending:
            task.cancel()
        await asyncio.gather(*ending, return_exceptions=True)

    def forget(self, keep: Iterable[str]) -> None:
        """Forget what was said of commits that the lane has no use for any more."""
        kept = set(keep)
        self._said = {key: said for key, said in self._said.items() if key[0] in kept}
        now = self.parts.clock.now()
        self._held = {commit: until for commit, until in self._held.items() if until > now}

    def _note_start(self, commit: str) -> Started:
        async def note(log: str) -> None:
            del log
            self._begun.setdefault(commit, self.parts.clock.now())

        return note

    async def _run(self, ground: Ground, order: CheckOrder) -> None:
        mine = asyncio.current_task()
        try:
            verdict = await self.checks.check(order)
        except Exception as error:  # noqa: BLE001 - a gate's trouble must not end the lane
            verdict = Verdict(outcome=Outcome.INFRA, reason=str(error), log=order.log)
        finally:
            if self._tasks.get(order.commit) in {mine, None}:
                self._begun.pop(order.commit, None)
        if self._tasks.get(order.commit) is not mine:
            return
        del self._tasks[order.commit]
        self._said[order.commit, rules_of(ground)] = verdict
        if verdict.outcome is Outcome.INFRA:
            self.hold(order.commit, seconds=INFRA_WAIT_S)
        self.ring()


def rules_of(ground: Ground) -> str:
    """Name the gate that gave a verdict: another, or a more patient one, may give another."""
    return repr(gate_spec(ground.settings))
