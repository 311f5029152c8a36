"""One run of a gate: its set-up, then its commands, and what they come to together."""

import asyncio
import os
from dataclasses import dataclass, field, replace
from typing import Final

from orch.adapters.gates.checkout import Checkout
from orch.adapters.gates.environment import compose_environment
from orch.adapters.gates.judge import judge, measure_free
from orch.adapters.gates.log import GateLog
from orch.adapters.gates.reports.collect import MOST, Reports, Stamps, join, open_reports
from orch.adapters.gates.reports.names import Unreadable
from orch.core.receipt import CommandResult, Outcome, ReceiptKey
from orch.core.text import plain
from orch.ports.gate import GateOrder, GateResult
from orch.system.process import Process, dwelling
from orch.system.reap import Proof, end
from orch.system.run import CannotStart, Completed, Order, run

_EXCERPT_CHARS: Final = 4000
_MEMORY_BYTES: Final = 1024 * 1024
_SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class _Red:
    """A command that failed; `failures` is None where its reports don't name them."""

    command: str
    reason: str
    output: str
    failures: list[str] | None


@dataclass(frozen=True, slots=True)
class GateRun:
    """One run, and what its commands came to so far."""

    order: GateOrder
    key: ReceiptKey
    checkout: Checkout
    log: GateLog
    _results: list[CommandResult] = field(default_factory=list)
    _reds: list[_Red] = field(default_factory=list)

    async def result(self) -> GateResult:
        """Run set-up and commands, as many as are needed to tell how it ends."""
        spec = self.order.spec
        for command in spec.setup:
            if broken := await self._set_up(command):
                return broken
        if spec.setup and (stains := await self.checkout.stains()):
            return self._unclean("the set-up", stains)
        for command in spec.commands:
            ended = await self._check(command)
            if ended is not None:
                return ended
            if self._reds and spec.fail_fast and self._reds[-1].failures is None:
                break
        return self._red() if self._reds else await self._passed()

    async def _check(self, command: str) -> GateResult | None:
        """Run one command; return a result if nothing more can be told after it."""
        reports = open_reports(
            self.checkout.path, self.order.spec.reports, scratch=self.checkout.scratch
        )
        before = await asyncio.to_thread(_stamp, reports)
        done = await self._run(command)
        if isinstance(done, GateResult):
            return done
        code = done.code if done.code is not None else -(done.signal or 0)
        self._results.append(CommandResult(command, code, round(done.duration_s, 3)))
        outcome, reason = judge(command, done, free_bytes=measure_free(self.checkout.path))
        if outcome is Outcome.RED:
            named = await asyncio.to_thread(self._name, reports, done, before=before)
            self._reds.append(_Red(command, reason, plain(done.stdout), named))
            return None
        if outcome is Outcome.PASSED:
            return None
        if self._reds and not self.order.spec.reports:
            return self._red()  # What went wrong after it makes no red command less red.
        return self._end(outcome, reason, output=plain(done.stdout))

    def _name(
        self, reports: Reports, done: Completed, *, before: Stamps | None
    ) -> list[str] | None:
        if not reports.names or before is None:
            return None
        try:
            found = reports.failures(done, before=before)
        except Unreadable as error:
            self.log.note(f"only the exit code counts: {error}")
            return None
        self.log.note(f"{len(found)} failures named by the reports")
        return found

    def _red(self) -> GateResult:
        """Tell of all that failed; they share the room of the excerpt."""
        reds = self._reds
        more = f", and {len(reds) - 1} more failed" if len(reds) > 1 else ""
        room = _EXCERPT_CHARS // len(reds)
        parts = [
            f"$ {one.command}\n{one.output[-room:]}" if len(reds) > 1 else one.output
            for one in reds
        ]
        named = [one.failures for one in reds if one.failures is not None]
        whole = len(named) == len(reds) and sum(map(len, named)) <= MOST
        return self._end(
            Outcome.RED,
            f"{reds[0].reason}{more}",
            output="\n".join(parts),
            failures=join(named) if whole else None,
        )

    async def _passed(self) -> GateResult:
        if stains := await self.checkout.stains():
            return self._unclean("the gate", stains)
        fresh = (await self.checkout.look()).untracked - self.checkout.clean.untracked
        if fresh > 0:
            self.log.note(f"{fresh} new files or folders that git does not know; that is allowed")
        return self._end(Outcome.PASSED, "", failures=() if self.order.spec.reports else None)

    async def _set_up(self, command: str) -> GateResult | None:
        """Run a command of the set-up; whatever goes wrong there says nothing of the change."""
        done = await self._run(command)
        if isinstance(done, GateResult) or done.ok:
            return done if isinstance(done, GateResult) else None
        _, reason = judge(command, done, free_bytes=measure_free(self.checkout.path))
        return self._end(Outcome.INFRA, f"the set-up failed: {reason}", output=plain(done.stdout))

    async def _run(self, command: str) -> Completed | GateResult:
        spec = self.order.spec
        self.log.begin(command)
        order = Order(
            argv=("sh", "-c", command),
            cwd=self.checkout.path,
            env=compose_environment(os.environ, scratch=self.checkout.scratch),
            timeout_s=spec.timeout_s,
            mark=self.checkout.mark,
            merge=True,
            output_cap_bytes=_MEMORY_BYTES,
            log=self.log.path,
            log_cap_bytes=self.log.room_bytes,
            log_append=True,
        )
        before = set(dwelling(self.checkout.path))  # A person may look around there.
        try:
            done = await run(order)
        except CannotStart as error:
            return self._end(Outcome.INFRA, f"`{command}` can't be started: {error}")
        except asyncio.CancelledError:
            await asyncio.shield(self._evict(before))
            raise
        proof = await self._evict(before)
        done = replace(
            done,
            leftovers=(*done.leftovers, *(() if done.timed_out else proof.found)),
            left=(*done.left, *proof.left),
        )
        self.log.end(done)
        return done

    async def _evict(self, before: set[Process]) -> Proof:
        """End what has left its group and its environment behind, but not the checkout."""
        return await end(
            lambda: [one for one in dwelling(self.checkout.path) if one not in before],
            grace_s=0.0,
        )

    def _unclean(self, who: str, stains: tuple[str, ...]) -> GateResult:
        more = f" and {len(stains) - _SHOWN} more" if len(stains) > _SHOWN else ""
        reason = f"{who} changed what it checks: {', '.join(stains[:_SHOWN])}{more}"
        return self._end(Outcome.UNCLEAN, reason, output="\n".join(stains))

    def _end(
        self,
        outcome: Outcome,
        reason: str,
        *,
        output: str = "",
        failures: tuple[str, ...] | None = None,
    ) -> GateResult:
        self.log.note(f"{outcome}{': ' if reason else ''}{reason}")
        return GateResult(
            outcome=outcome,
            key=self.key,
            results=tuple(self._results),
            reason=reason,
            excerpt=output[-_EXCERPT_CHARS:],
            failures=failures,
        )


def _stamp(reports: Reports) -> Stamps | None:
    """Note what reports there are; None if that can't be told."""
    try:
        return reports.stamp()
    except (Unreadable, OSError):
        return None
