"""The check of an attempt's own commit, before it goes to a lane."""

from dataclasses import dataclass, replace
from typing import Final

from orch.core.baseline import compare, tell_new
from orch.core.baseline import verdict as held_against
from orch.core.effects import RunGate
from orch.core.events import GateBroken, GateFailed, GatePassed
from orch.core.receipt import Outcome
from orch.core.settings import LandingMode, ProjectSettings
from orch.core.task import Task
from orch.engine.checks import CheckOrder, Checks, Verdict
from orch.engine.parts import Parts

OWN_PRIORITY: Final = 1_000
"""An attempt's own gate comes after those of all lanes: what waits in a lane is done already."""


@dataclass(frozen=True, slots=True)
class GateEffects:
    """Performs the check of an attempt's own commit."""

    parts: Parts
    checks: Checks

    async def run(self, effect: RunGate, task: Task) -> None:
        """Check the claimed commit and say what came of it."""
        settings = await self.parts.settings(self.parts.project(task.project_id))
        verdict = Verdict(outcome=Outcome.PASSED)
        if settings.landing.quality_gate:
            order = self._order(effect, task, settings=settings)
            verdict = await self._compared(order, await self.checks.check(order), task=task)
        event = _event(verdict, effect, settings=settings, at=self.parts.clock.now())
        await self.parts.writer.submit(task.id, event, finishes=(effect.id,))

    def _order(self, effect: RunGate, task: Task, *, settings: ProjectSettings) -> CheckOrder:
        name = f"gate-{effect.head[:12]}.log"
        return CheckOrder(
            project=self.parts.project(task.project_id),
            settings=settings,
            commit=effect.head,
            effect_id=effect.id,
            log=self.parts.artifacts.path(task.id, effect.attempt, name=name),
            priority=OWN_PRIORITY,
        )

    async def _compared(self, order: CheckOrder, verdict: Verdict, *, task: Task) -> Verdict:
        """Leave out of account what failed on the attempt's base already.

        The lane compares again, with the tip of then; this only keeps the worker from mending what
        others have broken.
        """
        base_commit = task.attempt.base_commit if task.attempt else ""
        if not verdict.known.is_named or not base_commit:
            return verdict
        log = f"base-{base_commit[:12]}.log"
        attempt = task.attempt.n if task.attempt else 0
        base = await self.checks.check(
            replace(
                order,
                commit=base_commit,
                effect_id=f"{order.effect_id}/base",
                log=self.parts.artifacts.path(task.id, attempt, name=log),
            )
        )
        outcome = held_against(verdict.known, base.known) or Outcome.RED
        if outcome is not Outcome.RED:
            return replace(verdict, outcome=outcome)
        delta = compare(verdict.known, base.known)
        output = "" if delta.old else f"\n{verdict.excerpt}"
        return replace(
            verdict,
            reason=f"{verdict.reason}, {len(delta.new)} new failures",
            excerpt=f"{tell_new(delta)}{output}",
        )


def _event(
    verdict: Verdict, effect: RunGate, *, settings: ProjectSettings, at: float
) -> GatePassed | GateFailed | GateBroken:
    match verdict.outcome:
        case Outcome.PASSED | Outcome.FLAKY:
            return GatePassed(
                at=at,
                attempt=effect.attempt,
                head=effect.head,
                receipt=verdict.receipt,
                manual=settings.landing.mode is LandingMode.MANUAL,
                judge=settings.landing.judge,
            )
        case Outcome.RED | Outcome.UNCLEAN:
            return GateFailed(
                at=at,
                attempt=effect.attempt,
                head=effect.head,
                reason=verdict.reason,
                excerpt=f"{verdict.reason}\n{verdict.excerpt}",
                log=verdict.log,
            )
        case Outcome.INFRA:
            reason = f"the gate could not be run: {verdict.reason}; see {verdict.log}"
            return GateBroken(at=at, attempt=effect.attempt, reason=reason)
