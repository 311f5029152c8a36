"""Runs gates on this machine (implements `orch.ports.gate`)."""

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from signal import SIGKILL

from orch.adapters.gates.checkout import Checkout, checked_out
from orch.adapters.gates.fingerprint import key_of
from orch.adapters.hub import open_hub
from orch.core.project import Project
from orch.core.receipt import CommandResult, Outcome, ReceiptKey
from orch.core.text import plain
from orch.ports.gate import GateOrder, GateResult, GateSpec
from orch.system.git import GitError
from orch.system.paths import Home
from orch.system.run import CannotStart, Completed, Order, run

_EXCERPT_CHARS = 4000
_KEPT = ("HOME", "LANG", "LC_ALL", "LOGNAME", "PATH", "SHELL", "SSL_CERT_DIR", "SSL_CERT_FILE")
_NOT_RUN = frozenset({126, 127})
"""What a shell exits with when the command is there but can't be run, or is not there."""


@dataclass(frozen=True, slots=True)
class _Step:
    """What one command came to; `reason` is empty if it passed."""

    result: CommandResult
    outcome: Outcome
    reason: str
    output: str


class LocalGate:
    """A `Gate` whose workspaces are under `$ORCH_HOME/gates`."""

    def __init__(self, home: Home) -> None:
        """Keep the gates' workspaces in this home."""
        self._home = home

    async def key(self, project: Project, commit: str, spec: GateSpec) -> ReceiptKey:
        """Compute what a receipt for this commit would be filed under."""
        return await key_of(await open_hub(project), commit, spec)

    async def check(self, order: GateOrder) -> GateResult:
        """Run the gate on the exact commit."""
        key = await self.key(order.project, order.commit, order.spec)
        hub = await open_hub(order.project)
        folder = self._home.gates(order.project.id)
        try:
            async with checked_out(hub, folder, order.commit) as checkout:
                with tempfile.TemporaryDirectory(prefix="orch-gate-") as scratch:
                    return await _Run(order, key, checkout, Path(scratch)).result()
        except (GitError, OSError) as error:
            return GateResult(
                outcome=Outcome.INFRA, key=key, reason=f"no workspace for the gate: {error}"
            )


@dataclass(frozen=True, slots=True)
class _Run:
    """One run of a gate."""

    order: GateOrder
    key: ReceiptKey
    checkout: Checkout
    scratch: Path

    async def result(self) -> GateResult:
        """Run set-up and commands; the first that does not pass ends it."""
        self._begin_log()
        results: list[CommandResult] = []
        for number, command in enumerate((*self.order.spec.setup, *self.order.spec.commands)):
            is_setup = number < len(self.order.spec.setup)
            step = await self._step(command, is_setup=is_setup)
            results += [] if is_setup else [step.result]
            if step.outcome is not Outcome.PASSED:
                return self._ended(step, tuple(results))
        if stains := await self.checkout.stains():
            reason = f"the gate changed what it checks: {', '.join(stains[:5])}"
            return GateResult(
                outcome=Outcome.UNCLEAN, key=self.key, results=tuple(results), reason=reason
            )
        return GateResult(outcome=Outcome.PASSED, key=self.key, results=tuple(results))

    def _ended(self, step: _Step, results: tuple[CommandResult, ...]) -> GateResult:
        return GateResult(
            outcome=step.outcome,
            key=self.key,
            results=results,
            reason=step.reason,
            excerpt=step.output[-_EXCERPT_CHARS:],
        )

    async def _step(self, command: str, *, is_setup: bool) -> _Step:
        capture = self.scratch / "output"
        try:
            done = await run(self._order(command, capture))
        except CannotStart as error:
            result = CommandResult(command, 127, 0.0)
            return _Step(result, Outcome.INFRA, str(error), "")
        self._append(command, done)
        code = done.code if done.code is not None else -(done.signal or 0)
        result = CommandResult(command, code, round(done.duration_s, 3))
        outcome, reason = _judge(command, done, is_setup=is_setup)
        return _Step(result, outcome, reason, plain(done.stdout))

    def _order(self, command: str, capture: Path) -> Order:
        spec = self.order.spec
        return Order(
            argv=("sh", "-c", command),
            cwd=self.checkout.path,
            env=self._environment(),
            timeout_s=spec.timeout_s,
            mark=self.checkout.mark,
            merge=True,
            output_cap_bytes=min(spec.output_cap_bytes, 1024 * 1024),
            log=capture,
            log_cap_bytes=spec.output_cap_bytes,
        )

    def _environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
        own = {
            "CI": "true",
            "ORCH_GATE": "1",
            "TMPDIR": str(self.scratch),
            "GIT_TERMINAL_PROMPT": "0",
            "TERM": "dumb",
        }
        return kept | own

    def _begin_log(self) -> None:
        log = Path(self.order.log)
        log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        log.write_bytes(f"gate of {self.order.commit}\n".encode())

    def _append(self, command: str, done: Completed) -> None:
        """Add a command's output to the log, with what it was and how it ended."""
        capture = self.scratch / "output"
        head = f"\n$ {command}\n".encode()
        tail = f"\n# {done.ending} after {done.duration_s:.1f} s\n".encode()
        body = capture.read_bytes() if capture.exists() else b""
        capture.unlink(missing_ok=True)
        with Path(self.order.log).open("ab") as log:
            log.write(head + body + tail)


def _judge(command: str, done: Completed, *, is_setup: bool) -> tuple[Outcome, str]:
    """Say what a command's end means; only an exit of the gate's own speaks of the tree."""
    if broken := _broken(command, done):
        return Outcome.INFRA, broken
    if not done.ok:
        how = f"exited {done.code}" if done.code is not None else f"was {done.ending}"
        if is_setup:
            return Outcome.INFRA, f"the set-up `{command}` {how}"
        return Outcome.RED, f"`{command}` {how}"
    if done.leftovers or done.left:
        names = ", ".join((*done.leftovers, *done.left)[:5])
        return Outcome.UNCLEAN, f"`{command}` left processes behind: {names}"
    return Outcome.PASSED, ""


def _broken(command: str, done: Completed) -> str:
    """Say why a command was not run to an end of its own; empty if it was."""
    if done.timed_out or done.oom or done.signal == SIGKILL:
        return f"`{command}` {done.ending}"
    if done.log_error:
        return f"the log can't be written: {done.log_error}"
    if done.code in _NOT_RUN:
        return f"`{command}` could not be run (exit {done.code})"
    return ""
