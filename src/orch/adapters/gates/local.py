"""Runs gates on this machine (implements `orch.ports.gate`)."""

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from orch.adapters.gates.checkout import Checkout, checked_out
from orch.adapters.gates.environment import compose_environment
from orch.adapters.gates.fingerprint import Fingerprints
from orch.adapters.gates.judge import judge, measure_free
from orch.adapters.gates.log import GateLog
from orch.adapters.hub import open_hub
from orch.core.project import Project
from orch.core.receipt import CommandResult, Outcome, ReceiptKey
from orch.core.text import plain
from orch.ports.errors import Permanent
from orch.ports.gate import GateOrder, GateResult, GateSpec
from orch.system.file_lock import Locked
from orch.system.git import GitError
from orch.system.paths import Home, UnsafeDirectory
from orch.system.run import CannotStart, Completed, Order, run

_EXCERPT_CHARS: Final = 4000
_MEMORY_BYTES: Final = 1024 * 1024
_SHOWN: Final = 5


class LocalGate:
    """A `Gate` whose workspaces are under `$ORCH_HOME/gates`."""

    def __init__(self, home: Home) -> None:
        """Keep the gates' workspaces in this home."""
        self._home = home
        self._fingerprints = Fingerprints()

    async def key(self, project: Project, commit: str, *, spec: GateSpec) -> ReceiptKey:
        """Compute what a receipt for this commit would be filed under."""
        hub = await open_hub(project)
        try:
            return await self._fingerprints.key(hub, commit, spec=spec)
        except GitError as error:
            raise Permanent(f"{commit[:12]} can't be gated: {error.stderr or error}") from error

    async def check(self, order: GateOrder) -> GateResult:
        """Run the gate on the exact commit."""
        key = await self.key(order.project, order.commit, spec=order.spec)
        hub = await open_hub(order.project)
        folder = self._home.gates(order.project.id)
        try:
            log = GateLog(Path(order.log), cap_bytes=order.spec.output_cap_bytes)
            log.note(f"gate of {order.commit} (tree {key.tree}) for {order.effect_id}")
            async with checked_out(hub, folder, commit=order.commit) as checkout:
                return await _Run(order, key, checkout, log).result()
        except (GitError, Locked, OSError, UnsafeDirectory) as error:
            told = f"the gate could not be run: {error}"
            return GateResult(outcome=Outcome.INFRA, key=key, reason=told)


@dataclass(frozen=True, slots=True)
class _Run:
    """One run of a gate, and what its commands came to so far."""

    order: GateOrder
    key: ReceiptKey
    checkout: Checkout
    log: GateLog
    results: list[CommandResult] = field(default_factory=list)

    async def result(self) -> GateResult:
        """Run set-up and commands; the first that does not pass ends it."""
        for command in self.order.spec.setup:
            if broken := await self._set_up(command):
                return broken
        if self.order.spec.setup and (stains := await self.checkout.stains()):
            return self._unclean("the set-up", stains)
        for command in self.order.spec.commands:
            done = await self._run(command)
            if isinstance(done, GateResult):
                return done
            code = done.code if done.code is not None else -(done.signal or 0)
            self.results.append(CommandResult(command, code, round(done.duration_s, 3)))
            outcome, reason = judge(command, done, free_bytes=measure_free(self.checkout.path))
            if outcome is not Outcome.PASSED:
                return self._end(outcome, reason, output=plain(done.stdout))
        return await self._passed()

    async def _passed(self) -> GateResult:
        if stains := await self.checkout.stains():
            return self._unclean("the gate", stains)
        fresh = (await self.checkout.look()).untracked - self.checkout.clean.untracked
        if fresh > 0:
            self.log.note(f"{fresh} new files or folders that git does not know; that is allowed")
        return self._end(Outcome.PASSED, "")

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
        try:
            done = await run(order)
        except CannotStart as error:
            return self._end(Outcome.INFRA, f"`{command}` can't be started: {error}")
        self.log.end(done)
        return done

    def _unclean(self, who: str, stains: tuple[str, ...]) -> GateResult:
        more = f" and {len(stains) - _SHOWN} more" if len(stains) > _SHOWN else ""
        reason = f"{who} changed what it checks: {', '.join(stains[:_SHOWN])}{more}"
        return self._end(Outcome.UNCLEAN, reason, output="\n".join(stains))

    def _end(self, outcome: Outcome, reason: str, *, output: str = "") -> GateResult:
        self.log.note(f"{outcome}{': ' if reason else ''}{reason}")
        return GateResult(
            outcome=outcome,
            key=self.key,
            results=tuple(self.results),
            reason=reason,
            excerpt=output[-_EXCERPT_CHARS:],
        )
