"""The gate: a project's commands, run on an exact commit in a clean workspace of its own."""

from dataclasses import dataclass
from typing import Protocol

from orch.core.project import Project
from orch.core.receipt import CommandResult, Outcome, ReceiptKey


@dataclass(frozen=True, slots=True, kw_only=True)
class GateSpec:
    """What is run: shell commands in order; `setup` comes before.

    With `parallel` they run side by side in the same workspace, after the set-up. With
    `fail_fast` the first failure ends it and all that runs beside, unless `reports` name all that
    failed in it. `timeout_s` bounds each command. `output_cap_bytes` bounds the log; a gate that
    prints more goes on, its output is cut. `tools` are commands whose output names versions that
    count. `reports` say where single failures are found, as `orch.core.report_names` reads them.
    `caches` are patterns (as in .gitignore) of what may stay in a workspace from one run to the
    next, if git does not track it.
    """

    commands: tuple[str, ...]
    setup: tuple[str, ...] = ()
    timeout_s: float = 600.0
    output_cap_bytes: int = 8 * 1024 * 1024
    tools: tuple[str, ...] = ()
    fail_fast: bool = True
    reports: tuple[str, ...] = ()
    caches: tuple[str, ...] = ()
    parallel: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class GateOrder:
    """Which commit of which project is checked; `log` is the file that takes the output."""

    project: Project
    commit: str
    spec: GateSpec
    effect_id: str
    log: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GateResult:
    """What came of it.

    `results` has the commands that came to an end of their own, in the spec's order. `excerpt` is
    the end of the failing command's output (at most 4,000 characters, control characters removed),
    fit for a prompt; of several each has its part. `reason` is one sentence.
    `failures` names all that failed, in words that stay the same when lines move; None if the spec
    names no reports, or they don't tell why a command failed.
    """

    outcome: Outcome
    key: ReceiptKey
    results: tuple[CommandResult, ...] = ()
    reason: str = ""
    excerpt: str = ""
    failures: tuple[str, ...] | None = None


class Gate(Protocol):
    """Runs gates on one host, each in a workspace that no agent touches."""

    async def key(self, project: Project, commit: str, *, spec: GateSpec) -> ReceiptKey:
        """Compute what a receipt for this commit would be filed under. Runs no gate."""
        ...

    async def check(self, order: GateOrder) -> GateResult:
        """Run the gate.

        Standard input is /dev/null; no push credentials and none of the daemon's secrets are in
        the environment. The process group is killed at the time-out and at the end. A time-out,
        a kill by the system (out of memory), a full disk or a missing shell is `INFRA`; a tracked
        file changed, HEAD moved, or processes left behind is `UNCLEAN`; else `PASSED` or `RED`. Of
        several commands `RED` counts before `INFRA`, and that before `UNCLEAN`; but a red one that
        its base may excuse, by `failures`, counts last.
        Cancelling the call kills the gate.
        """
        ...
