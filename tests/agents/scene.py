"""A person's project with a real agent in it, and a scripted model behind the agent."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from orch.testing.model_server import Fault, ModelServer, Script, serve_in_thread
from tests.e2e.person import Person, make_person

KEY = "sk-ant-api03-scripted-0123456789abcdefghij"

PROFILES: dict[str, dict[str, str]] = {
    "claude": {"ANTHROPIC_BASE_URL": "{url}", "ANTHROPIC_API_KEY": KEY},
    "codex": {"OPENAI_BASE_URL": "{url}/v1", "OPENAI_API_KEY": KEY},
    "opencode": {"OPENAI_BASE_URL": "{url}/v1", "OPENAI_API_KEY": KEY},
    "gemini": {"GOOGLE_GEMINI_BASE_URL": "{url}", "GEMINI_API_KEY": KEY},
    "qwen": {"OPENAI_BASE_URL": "{url}/v1", "OPENAI_API_KEY": KEY},
    "kimi": {"OPENAI_BASE_URL": "{url}/v1", "OPENAI_API_KEY": KEY},
}
"""The environment by which each program finds the scripted model."""

MODELS = {"codex": "gpt-5.1-codex", "gemini": "gemini-2.5-flash", "opencode": "x", "qwen": "x"}

WAIT_S = "90"


@dataclass
class Scene:
    """Adds tasks for one agent and waits for what becomes of them."""

    person: Person
    server: ModelServer
    agent: str
    mode: str

    def add(self, title: str = "Say hello", **more: str) -> str:
        """Add a task; return its id."""
        words = [word for name, value in more.items() for word in (f"--{name}", value)]
        added = self.person.json("add", title, *words)
        assert isinstance(added, dict)
        return str(added["id"])

    def end(self, task: str) -> dict[str, object]:
        """Wait until a task has ended, and return all that is known of it."""
        self.person.run("wait", task, "--timeout", WAIT_S)
        return self.person.show(task)

    def story(self, task: str) -> str:
        """Tell all that happened, for the message of a test that fails."""
        parts = [
            self.person.run("why", task).stdout,
            self.person.run("task", "history", task).stdout,
            self.person.run("logs", task, "-n", "60").stdout[-6000:],
            self.server.tell(),
            self.log(),
        ]
        return "\n---\n".join(parts)

    def log(self) -> str:
        """Return the end of the daemon's log."""
        path = self.person.home / "logs" / "daemon.jsonl"
        return path.read_text(encoding="utf-8")[-5000:] if path.exists() else ""

    def landed(self, task: str, **files: str) -> None:
        """Demand that a task has landed, with these files on main."""
        found = self.end(task)
        assert found["status"] == "done", self.story(task)
        for name, text in files.items():
            path = name.replace("_", ".")
            assert self.person.git("show", f"main:{path}") == text.strip(), self.story(task)

    def events(self, task: str) -> list[str]:
        """List the kinds of a task's events."""
        found = self.person.json("task", "history", task)
        assert isinstance(found, list)
        return [str(event["kind"]) for event in found]


@contextmanager
def scene(
    root: Path,
    programs: Path,
    *,
    agent: str,
    mode: str,
    script: Script,
    faults: tuple[Fault, ...] = (),
    profile: str = "",
    top: str = "",
) -> Iterator[Scene]:
    """Give a scene whose model follows a script; everything of it ends with the block."""
    with serve_in_thread({"play": script}, faults) as server:
        person = make_person(root)
        person.extra["PATH"] = f"{programs}{os.pathsep}{os.environ['PATH']}"
        variables = {
            name: value.format(url=server.url("play")) for name, value in PROFILES[agent].items()
        }
        env = ", ".join(f"{name} = {json.dumps(value)}" for name, value in variables.items())
        if mode == "terminal":
            profile += 'idle_timeout = "3s"\n'
        model = f'model = "{MODELS[agent]}"\n' if agent in MODELS else ""
        person.configure(
            f'agent = "{agent}"\n{top}\n'
            '[landing]\nquality_gate = "true"\n'
            f'[agents.{agent}]\nadapter = "{agent}"\nmode = "{mode}"\n{model}'
            f'credentials = "none"\nenv = {{ {env} }}\n{profile}\n'
        )
        person.orch("init", "--yes")
        try:
            yield Scene(person, server, agent, mode)
        finally:
            person.leave()
