"""Runs gates on this machine (implements `orch.ports.gate`)."""

from pathlib import Path

from orch.adapters.gates.checkout import checked_out
from orch.adapters.gates.fingerprint import Fingerprints
from orch.adapters.gates.gate_run import GateRun
from orch.adapters.gates.log import GateLog
from orch.adapters.hub import open_hub
from orch.core.project import Project
from orch.core.receipt import Outcome, ReceiptKey
from orch.ports.errors import Permanent
from orch.ports.gate import GateOrder, GateResult, GateSpec
from orch.system.file_lock import Locked
from orch.system.git import GitError
from orch.system.paths import Home, UnsafeDirectory


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
            caches = order.spec.caches
            async with checked_out(hub, folder, commit=order.commit, caches=caches) as checkout:
                return await GateRun(order, key, checkout, log).result()
        except (GitError, Locked, OSError, UnsafeDirectory) as error:
            told = f"the gate could not be run: {error}"
            return GateResult(outcome=Outcome.INFRA, key=key, reason=told)
