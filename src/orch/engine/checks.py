"""Checking trees: a receipt if there is one, else the gate."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import PurePath

from orch.core.baseline import Known
from orch.core.project import Project
from orch.core.receipt import CommandResult, Outcome, Receipt, ReceiptKey, join_runs
from orch.core.settings import ProjectSettings
from orch.engine.parts import Parts
from orch.engine.piece import Piece, Rows
from orch.engine.pool import Pool, Room
from orch.engine.shared_run import SharedRun, Started, Waiter
from orch.ports.gate import GateOrder, GateResult, GateSpec

INFRA_TRIES = 3
RED_RUNS = 2
_KEPT = frozenset({Outcome.PASSED, Outcome.RED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What is known of a tree. `receipt` is the key under which it is kept, if it is.

    `runs` is how often the gate was run on it. `failures` names the single tests and findings that
    failed, None where they are not known. `logs` are those of the runs before the last.
    """

    outcome: Outcome
    receipt: str | None = None
    reason: str = ""
    excerpt: str = ""
    log: str = ""
    runs: int = 1
    failures: tuple[str, ...] | None = None
    logs: tuple[str, ...] = ()

    @property
    def known(self) -> Known:
        """Say it as something to be compared with a base."""
        failures = None if self.failures is None else frozenset(self.failures)
        return Known(outcome=self.outcome, runs=self.runs, failures=failures)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckOrder:
    """Which commit to check for whom; `log` takes the output if the gate has to run.

    `again` asks for the one more run that a red tree may have: one that passes then is kept as
    flaky. It runs nothing where there is a pass, or the second run has been; with `anew` a red tree
    is asked however often it was. Of those who wait for a slot the lowest `priority` is next.
    `started` is told when the gate begins to run, with the log that it writes; never if nothing has
    to run.
    """

    project: Project
    settings: ProjectSettings
    commit: str
    effect_id: str
    log: str
    again: bool = False
    anew: bool = False
    priority: int = 0
    started: Started | None = None


@dataclass(slots=True)
class Checks:
    """Answers what the gate says of a commit; the same key is never gated twice.

    At most so many gates of a project run at once as its settings say, else `slots` of all
    projects that say nothing: more would only make each other slow on this machine.
    """

    parts: Parts
    slots: int = 2
    pool: Pool = field(default_factory=Pool)
    _runs: dict[str, SharedRun] = field(default_factory=dict)

    async def known(
        self, project: Project, commit: str, *, settings: ProjectSettings
    ) -> Verdict | None:
        """Return what is known of a commit's tree without running anything."""
        key = await self.parts.gate.key(project, commit, spec=gate_spec(settings))
        return await self._find(key)

    async def check(self, order: CheckOrder) -> Verdict:
        """Return the verdict, running the gate if there is no receipt; keep the receipt.

        A gate that can't be run to its end is tried three times in all, then `INFRA`. Who asks for
        what is under way waits for it, and makes it as urgent as the most urgent of them.
        """
        spec = gate_spec(order.settings)
        key = await self.parts.gate.key(order.project, order.commit, spec=spec)
        if (known := await self._find(key)) and not _may_run(order, known):
            return known
        async with self._joined(order, key) as run:
            known = await self._find(key)
            if known and not _may_run(order, known):
                return known
            if known:
                order = replace(order, log=number_log(order.log, run=known.runs + 1))
            return await self._run(order, run)

    def log_of(self, owner: str) -> str | None:
        """Name the log that grows for an owner (the beginning of its effect ids) at this moment.

        "" if its gate waits for a slot, None if it has nothing under way.
        """
        mine = [
            run.log or ""
            for run in self._runs.values()
            if any(one.effect_id.startswith(f"{owner}/") for one in run.waiters)
        ]
        return max(mine, default=None)

    @asynccontextmanager
    async def _joined(self, order: CheckOrder, key: ReceiptKey) -> AsyncIterator[SharedRun]:
        run = self._runs.setdefault(str(key), SharedRun(self.pool))
        waiter = Waiter(effect_id=order.effect_id, priority=order.priority, started=order.started)
        try:
            async with run.joined(waiter):
                yield run
        finally:
            if not run.waiters:
                self._runs.pop(str(key), None)

    async def _find(self, key: ReceiptKey) -> Verdict | None:
        found = await asyncio.to_thread(self.parts.store.receipts, key=key, limit=1)
        return _verdict_of(found[0]) if found else None

    async def _run(self, order: CheckOrder, run: SharedRun) -> Verdict:
        async with run.placed(self._room(order), log=order.log):
            result = await self.parts.gate.check(_gate_order(order))
            for tries in range(1, INFRA_TRIES):
                if result.outcome is not Outcome.INFRA:
                    break
                await self.parts.clock.sleep(tries)
                result = await self.parts.gate.check(_gate_order(order))
        return await self._keep(order, result)

    def _room(self, order: CheckOrder) -> Room:
        gate = order.settings.gate
        name, slots = (order.project.id, gate.slots) if gate.slots else ("", self.slots)
        return Room(name=name, slots=slots, memory_bytes=int((gate.memory_mb or 0) * 1e6))

    async def _keep(self, order: CheckOrder, result: GateResult) -> Verdict:
        if result.outcome not in _KEPT:
            return Verdict(
                outcome=result.outcome,
                reason=result.reason,
                excerpt=result.excerpt,
                log=order.log,
            )
        receipt = Receipt(
            key=result.key,
            project_id=order.project.id,
            outcome=result.outcome,
            results=result.results,
            commit=order.commit,
            log=order.log,
            at=self.parts.clock.now(),
            excerpt=result.excerpt,
            failures=result.failures,
        )

        def build(rows: Rows) -> Piece:
            found = rows.store.receipts(key=result.key, limit=1)
            kept = join_runs(found[0], receipt) if found else receipt
            # The store adds the runs of a row that it replaces; another project's is no such row.
            own = kept.runs - found[0].runs if _replaces(found, receipt) else kept.runs
            return Piece(receipts=(replace(kept, runs=own),), result=kept)

        return _verdict_of(await self.parts.writer.transact(build))


def gate_spec(settings: ProjectSettings) -> GateSpec:
    """Say what is run, from the landing and workspace tables."""
    return GateSpec(
        commands=settings.landing.quality_gate,
        setup=settings.workspace.setup,
        timeout_s=settings.landing.gate_timeout,
        tools=settings.landing.gate_tools,
        fail_fast=settings.gate.fail_fast,
        reports=settings.gate.reports,
        caches=settings.gate.caches,
        parallel=settings.gate.parallel,
    )


def _gate_order(order: CheckOrder) -> GateOrder:
    return GateOrder(
        project=order.project,
        commit=order.commit,
        spec=gate_spec(order.settings),
        effect_id=order.effect_id,
        log=order.log,
    )


def number_log(log: str, *, run: int) -> str:
    """Name the log of a later run: beside the first one's, which it must not overwrite."""
    if not log:
        return log
    path = PurePath(log)
    return str(path.with_name(f"{path.stem}.{run}{path.suffix}"))


def _may_run(order: CheckOrder, known: Verdict) -> bool:
    once_more = order.anew or (order.again and known.runs < RED_RUNS)
    return once_more and known.outcome is Outcome.RED


def _replaces(found: Sequence[Receipt], receipt: Receipt) -> bool:
    return bool(found) and found[0].project_id == receipt.project_id


def _verdict_of(receipt: Receipt) -> Verdict:
    return Verdict(
        outcome=receipt.outcome,
        receipt=str(receipt.key),
        reason=_tell(receipt.results),
        excerpt=receipt.excerpt,
        log=receipt.log,
        runs=receipt.runs,
        failures=receipt.failures,
        logs=receipt.logs,
    )


def _tell(results: Sequence[CommandResult]) -> str:
    """Say what failed; "" if nothing did."""
    failed = [one for one in results if one.exit_code]
    if not failed:
        return ""
    code = failed[0].exit_code
    ending = f"exited {code}" if code > 0 else f"was killed by signal {-code}"
    more = f", and {len(failed) - 1} more failed" if len(failed) > 1 else ""
    return f"`{failed[0].command}` {ending}{more}"


__all__ = ["CheckOrder", "Checks", "Verdict", "gate_spec", "number_log"]
