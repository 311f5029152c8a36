"""The demo's stage: a repository of its own, a home of its own, and a daemon that serves it."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from orch.cli.demo.plan import AGENTS, Plan
from orch.cli.exits import Failed

GATE = "python3 -m unittest"

_CONFIG = """\
# The demo's configuration; `orch config show --origin` lists every key.
agent = "scripted"

[landing]
base_branch = "main"
quality_gate = {gate}
gate_timeout = "2m"

[agents.scripted]
adapter = "scripted"
script = {script}

[limits]
sessions = {sessions}
attempts = 3
"""


@dataclass(frozen=True, slots=True)
class Stage:
    """Where a demo plays. Nothing outside `root` is touched."""

    root: Path

    @property
    def home(self) -> Path:
        """The demo's own $ORCH_HOME."""
        return self.root / "home"

    @property
    def repository(self) -> Path:
        """The repository that the agents work on."""
        return self.root / "shop"

    @property
    def environment(self) -> dict[str, str]:
        """The environment of everything the demo starts: this one, with the demo's home."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("ORCH_")}
        return kept | {"ORCH_HOME": str(self.home)}

    def build(self, plan: Plan) -> None:
        """Make the repository with its faults, and the script that the agents follow."""
        script = self.root / "script.json"
        script.write_text(plan.script(), encoding="utf-8")
        for path, text in plan.files().items():
            target = self.repository / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
        config = self.repository / ".orch" / "config.toml"
        config.parent.mkdir()
        config.write_text(
            _CONFIG.format(gate=json.dumps(GATE), script=json.dumps(str(script)), sessions=AGENTS),
            encoding="utf-8",
        )
        self.git("init", "--quiet", "--initial-branch=main")
        self.git("config", "user.name", "Ada Example")
        self.git("config", "user.email", "ada@example.org")
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "A small shop, with known faults")

    def git(self, *arguments: str) -> str:
        """Run git in the repository; a failure ends the demo with git's own words."""
        return self._checked(["git", *arguments], cwd=self.repository).strip()

    def orch(self, *arguments: str) -> str:
        """Run orch as a person would, in the repository."""
        return self._checked([sys.executable, "-m", "orch.cli.main", *arguments], self.repository)

    def check(self) -> bool:
        """Run the gate on what main holds now, in a clone of its own."""
        clone = self.root / "check"
        self._checked(["git", "clone", "--quiet", str(self.repository), str(clone)], self.root)
        done = subprocess.run(
            ["sh", "-c", GATE], cwd=clone, capture_output=True, check=False, timeout=120
        )
        return done.returncode == 0

    def clear(self) -> None:
        """End the demo's daemon and sessions, and remove everything of it."""
        subprocess.run(
            [sys.executable, "-m", "orch.cli.main", "down", "--sessions", "--yes"],
            env=self.environment,
            cwd=self.root,
            capture_output=True,
            check=False,
            timeout=60,
        )
        shutil.rmtree(self.root, ignore_errors=True)

    def _checked(self, argv: list[str], cwd: Path) -> str:
        done = subprocess.run(
            argv,
            cwd=cwd,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        if done.returncode:
            said = (done.stderr or done.stdout).strip()
            raise Failed(f"the demo stops: `{' '.join(argv[-3:])}` failed: {said}")
        return done.stdout
