"""One run of a gate: its set-up, then its commands, and what they come to together."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Final

from orch.adapters.gates.checkout import Checkout
from orch.adapters.gates.commands import Ended, Round, Runner
from orch.adapters.gates.log import GateLog
from orch.adapters.gates.reports.collect import MOST, Reports, Stamps, join, open_reports
from orch.adapters.gates.reports.names import Unreadable
from orch.core.receipt import Outcome, ReceiptKey
from orch.ports.gate import GateOrder, GateResult, GateSpec

_EXCERPT_CHARS: Final = 4000
_SHOWN: Final = 5


def rounds(spec: GateSpec) -> tuple[tuple[str, ...], ...]:
    """Say which commands run together: all of them, or each when the one before has ended."""
    if spec.parallel and spec.commands:
        return (spec.commands,)
    return tuple((command,) for command in spec.commands)


@dataclass(frozen=True, slots=True)
class GateRun:
    """One run, and what its commands came to so far.

    `_named` has what failed in each round with a red command, None where its reports don't tell.
    """

    order: GateOrder
    key: ReceiptKey
    checkout: Checkout
    log: GateLog
    _rounds: list[Round] = field(default_factory=list)
    _named: list[list[str] | None] = field(default_factory=list)

    async def result(self) -> GateResult:
        """Run set-up and commands, as many as are needed to tell how it ends."""
        if (broken := await self._set_up()) is not None:
            return broken
        for commands in rounds(self.order.spec):
            await self._check(commands)
            if self._is_decided():
                break
        return await self._conclude()

    async def _set_up(self) -> GateResult | None:
        """Run the set-up; whatever goes wrong there says nothing of the change."""
        for command in self.order.spec.setup:
            (ended,) = (await self._runner.run([command], is_over=_never)).ended
            if not (ended.done and ended.done.ok):
                reason = f"the set-up failed: {ended.reason}"
                return self._end(Outcome.INFRA, reason, output=ended.output)
        stains = (await self.checkout.changed()).stains if self.order.spec.setup else ()
        return self._unclean("the set-up", stains) if stains else None

    async def _check(self, commands: Sequence[str]) -> None:
        """Run a round, and find out what failed in it."""
        spec, checkout = self.order.spec, self.checkout
        reports = open_reports(checkout.path, spec.reports, scratch=checkout.scratch)
        before = await asyncio.to_thread(_stamp, reports)

        async def is_over(ended: Ended) -> bool:
            if not spec.fail_fast:
                return False
            return not await asyncio.to_thread(_may_pass, ended, reports, before=before)

        done = await self._runner.run(commands, is_over=is_over)
        self._rounds.append(done)
        if done.find(Outcome.RED):
            named = await asyncio.to_thread(self._name, reports, done, before=before)
            self._named.append(named)

    def _name(self, reports: Reports, done: Round, *, before: Stamps | None) -> list[str] | None:
        if not reports.names or before is None:
            return None
        if done.breaker is not None and done.breaker.outcome is Outcome.RED:
            return None  # That it told nothing is why the others were ended.
        reds = done.find(Outcome.RED)
        try:
            found = reports.failures([one.done for one in reds if one.done], before=before)
        except Unreadable as error:
            self.log.note(f"only the exit code counts: {error}")
            return None
        self.log.note(f"{len(found)} failures named by the reports")
        # Files don't say whose they are: that a command fails at all is held against it as well.
        return found + [f"`{one.command}` fails" for one in reds if len(done.ended) > 1]

    def _is_decided(self) -> bool:
        """Tell whether the rounds to come can't change how it ends."""
        last = self._rounds[-1]
        if last.find(Outcome.INFRA) or last.find(Outcome.UNCLEAN):
            return True
        return self.order.spec.fail_fast and None in self._named

    async def _conclude(self) -> GateResult:
        """Weigh all that ended: what is proven of the change comes first, then what is not known.

        A red command is proof whatever became of the others, unless a base may excuse all that
        failed in it. Then, and where nothing was red, a command that could not be run to its end
        leaves open what it would have said. What it left behind is nobody's fault but the
        machine's, so unclean comes after infra.
        """
        if None in self._named:
            return self._red()
        for outcome in (Outcome.INFRA, Outcome.UNCLEAN):
            for one in self._find(outcome):
                return self._end(outcome, one.reason, output=one.output)
        return self._red() if self._named else await self._passed()

    def _red(self) -> GateResult:
        """Tell of all that failed; they share the room of the excerpt."""
        reds = self._find(Outcome.RED)
        more = f", and {len(reds) - 1} more failed" if len(reds) > 1 else ""
        cut = [command for done in self._rounds for command in done.cut]
        unknown = f"; not run to their ends: `{'`, `'.join(cut[:_SHOWN])}`" if cut else ""
        room = _EXCERPT_CHARS // len(reds)
        parts = [
            f"$ {one.command}\n{one.output[-room:]}" if len(reds) > 1 else one.output
            for one in reds
        ]
        named = [some for some in self._named if some is not None]
        whole = len(named) == len(self._named) and sum(map(len, named)) <= MOST
        return self._end(
            Outcome.RED,
            f"{reds[0].reason}{more}{unknown}",
            output="\n".join(parts),
            failures=join(named) if whole else None,
        )

    async def _passed(self) -> GateResult:
        changed = await self.checkout.changed()
        if changed.stains:
            return self._unclean("the gate", changed.stains)
        if changed.untracked > 0:
            fresh = f"{changed.untracked} new files or folders that git does not know"
            self.log.note(f"{fresh}; that is allowed")
        return self._end(Outcome.PASSED, "", failures=() if self.order.spec.reports else None)

    def _unclean(self, who: str, changed: Collection[str]) -> GateResult:
        stains = sorted(changed)
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
            results=tuple(kept for one in self._all for kept in one.results),
            reason=reason,
            excerpt=output[-_EXCERPT_CHARS:],
            failures=failures,
        )

    @property
    def _runner(self) -> Runner:
        return Runner(self.checkout, self.log, self.order.spec.timeout_s)

    @property
    def _all(self) -> list[Ended]:
        return [one for done in self._rounds for one in done.ended]

    def _find(self, outcome: Outcome) -> list[Ended]:
        return [one for one in self._all if one.outcome is outcome]


async def _never(_: Ended) -> bool:
    return False


def _may_pass(ended: Ended, reports: Reports, *, before: Stamps | None) -> bool:
    """Tell whether a gate may pass in which a command ended like that, if need be for its base."""
    if ended.outcome is not Outcome.RED:
        return ended.outcome is Outcome.PASSED
    if ended.done is None or before is None:
        return False
    return reports.may_tell(ended.done, before=before)


def _stamp(reports: Reports) -> Stamps | None:
    """Note what reports there are; None if that can't be told."""
    try:
        return reports.stamp()
    except (Unreadable, OSError):
        return None
