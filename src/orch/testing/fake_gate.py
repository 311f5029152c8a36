"""A gate in memory, under the same contract as the real one: for simulations without processes."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from orch.core.named_files import named_files
from orch.core.project import Project
from orch.core.receipt import CommandResult, Outcome, ReceiptKey
from orch.ports.errors import Permanent
from orch.ports.gate import GateOrder, GateResult, GateSpec
from orch.testing.fake_hub import FakeHub, Files, content_id

_EXIT = {Outcome.PASSED: 0, Outcome.UNCLEAN: 0, Outcome.RED: 1, Outcome.INFRA: -9}


def _pass(_: Files) -> Outcome:
    return Outcome.PASSED


def _unnamed(_: Files) -> tuple[str, ...] | None:
    return None


@dataclass(slots=True)
class FakeGate:
    """Implements `orch.ports.gate.Gate` in memory.

    `judge` says how a tree ends by its files (unless told, every tree passes). `scripted` holds
    outcomes by commit that come first, one for each run: a flake is `[RED, PASSED]`, a lost gate
    `[INFRA]`. `output` is what a failing command prints. `failing` names what fails in a tree,
    which is told where the spec has reports. `runs` tells what was run.
    """

    hub: FakeHub = field(default_factory=FakeHub)
    judge: Callable[[Files], Outcome] = _pass
    scripted: defaultdict[str, list[Outcome]] = field(default_factory=lambda: defaultdict(list))
    output: str = "it failed"
    failing: Callable[[Files], tuple[str, ...] | None] = _unnamed
    runs: list[GateOrder] = field(default_factory=list)

    async def key(self, project: Project, commit: str, *, spec: GateSpec) -> ReceiptKey:
        """Compute the key as the real gate does: from tree, commands and the files they name."""
        del project
        files = self._files(commit)
        named = {name: files[name] for name in named_files(spec.commands, frozenset(files))}
        beside = "parallel" if spec.parallel and len(spec.commands) > 1 else None
        return ReceiptKey(
            tree=content_id(*(f"{name}={text}" for name, text in sorted(files.items()))),
            spec=_digest([spec.commands, named, *filter(None, [spec.reports, beside])]),
            environment=_digest([spec.setup, spec.tools]),
        )

    async def check(self, order: GateOrder) -> GateResult:
        """End as the script says."""
        key = await self.key(order.project, order.commit, spec=order.spec)
        self.runs.append(order)
        script = self.scripted[order.commit]
        outcome = script.pop(0) if script else self.judge(self._files(order.commit))
        failed = outcome in {Outcome.RED, Outcome.INFRA}
        failures = self._named(order, outcome)
        cut = failed and order.spec.fail_fast and not failures
        commands = order.spec.commands[:1] if cut else order.spec.commands
        results = [CommandResult(command, _EXIT[outcome], 0.1) for command in commands]
        excerpt = f"{self.output}\n" if failed else ""
        if order.log:
            _write(Path(order.log), f"{outcome}\n{excerpt}")
        return GateResult(
            outcome=outcome,
            key=key,
            results=tuple(results),
            reason="" if outcome is Outcome.PASSED else f"the gate is {outcome}",
            excerpt=excerpt,
            failures=failures,
        )

    def _named(self, order: GateOrder, outcome: Outcome) -> tuple[str, ...] | None:
        if not order.spec.reports or outcome not in {Outcome.PASSED, Outcome.RED}:
            return None
        return () if outcome is Outcome.PASSED else self.failing(self._files(order.commit)) or None

    def _files(self, commit: str) -> Files:
        if commit not in self.hub.commits:
            raise Permanent(f"{commit[:12]} can't be gated: it is not there")
        return self.hub.commits[commit].files


def _write(log: Path, text: str) -> None:
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_text(text)


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:24]
