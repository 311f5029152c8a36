"""A real project whose gate is a script in its tree."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from orch.adapters.gates.local import LocalGate
from orch.adapters.hub import open_hub
from orch.core.receipt import Outcome
from orch.ports.gate import Gate, GateOrder, GateSpec
from orch.system.paths import Home
from orch.testing.gate_suite import BOOM
from orch.testing.repositories import Repository, make_project, make_repository

SCRIPTS: Final[Mapping[Outcome, str]] = {
    Outcome.PASSED: "echo fine",
    Outcome.RED: f"echo '{BOOM}'; exit 1",
    Outcome.UNCLEAN: "echo changed >README.md",
    Outcome.INFRA: "kill -9 $$",
}


class RealGateWorld:
    """A repository, its hub, and the gate `sh check.sh`."""

    def __init__(self, folder: Path) -> None:
        """Make the repository, not yet the hub."""
        self.home = Home(folder / "home")
        self.person = make_repository(folder / "person ä")
        self.project = make_project(folder / "home", self.person)
        self.gate: Gate = LocalGate(self.home)
        self.spec = GateSpec(commands=("true", "sh check.sh"), timeout_s=60)
        self.log = folder / "logs" / "gate.log"
        self._changes = 0

    async def open(self) -> "RealGateWorld":
        """Make the hub."""
        await open_hub(self.project)
        return self

    def change(self, outcome: Outcome, files: Mapping[str, str] | None = None) -> str:
        """Commit a check that ends like that."""
        return self.commit({"check.sh": f"{SCRIPTS[outcome]}\n", **(files or {})})

    def script(self, text: str) -> str:
        """Commit a check that does what the text says."""
        return self.commit({"check.sh": f"{text}\n"})

    def commit(self, files: Mapping[str, str | bytes]) -> str:
        """Commit files on the target's tip, as an attempt's head in the hub."""
        self.person.git("checkout", "-q", "--detach", "-f", "main")
        self.person.git("clean", "-qffdx")
        return self.publish(self.person.commit(files))

    def fail(self, *tests: str) -> str:
        """Commit a check that reports these tests as failed, among others that passed."""
        cases = "".join(
            f'<testcase classname="t" name="{test}"><failure/></testcase>' for test in tests
        )
        text = f'<testsuite><testcase classname="t" name="fine"/>{cases}</testsuite>'
        return self.script(f"mkdir -p out; echo '{text}' >out/junit.xml; exit 1")

    def repeat(self, commit: str) -> str:
        """Commit the same tree under another message."""
        tree = self.person.git("rev-parse", f"{commit}^{{tree}}")
        return self.publish(self.person.git("commit-tree", tree, "-p", "main", "-m", "again"))

    def publish(self, commit: str) -> str:
        """Bring a commit of the person's to the hub, as an attempt's head."""
        self._changes += 1
        ref = f"refs/orch/attempts/t{self._changes}/1"
        self.person.git("push", "-q", self.project.hub, f"{commit}:{ref}")
        return commit

    def order(self, commit: str, **spec: object) -> GateOrder:
        """Order the gate; `spec` replaces parts of it."""
        commands = {"commands": ("sh check.sh",), "timeout_s": 60.0}
        return GateOrder(
            project=self.project,
            commit=commit,
            spec=GateSpec(**{**commands, **spec}),  # type: ignore[arg-type]
            effect_id="t1/1/RunGate",
            log=str(self.log),
        )

    @property
    def slot(self) -> Path:
        """The first gate workspace."""
        return self.home.gates(self.project.id) / "0"

    @property
    def hub(self) -> Repository:
        """The hub."""
        return Repository(Path(self.project.hub))
