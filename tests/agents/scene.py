"""A person's project with a real agent in it, and a scripted model behind the agent."""

import json
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Timer
from typing import Any

from orch.testing.model_server import Fault, ModelServer, Script, serve_in_thread
from tests.agents.cells import Column
from tests.e2e.person import ORCH, Person, make_person

KEY = "sk-ant-api03-scripted-0123456789abcdefghij"

_COPILOT = {
    "COPILOT_PROVIDER_BASE_URL": "{url}/v1",
    "COPILOT_PROVIDER_TYPE": "openai",
    "COPILOT_PROVIDER_API_KEY": KEY,
    "COPILOT_MODEL": "x",
    "COPILOT_OFFLINE": "true",
}

PROFILES: dict[str, dict[str, str]] = {
    "claude": {
        "ANTHROPIC_BASE_URL": "{url}",
        "ANTHROPIC_API_KEY": KEY,
        # Each try takes longer than the one before; five would take half a minute.
        "CLAUDE_CODE_MAX_RETRIES": "3",
    },
    "codex": {"OPENAI_BASE_URL": "{url}/v1", "OPENAI_API_KEY": KEY},
    "opencode": {"OPENAI_BASE_URL": "{url}/v1", "OPENAI_API_KEY": KEY},
    "gemini": {"GOOGLE_GEMINI_BASE_URL": "{url}", "GEMINI_API_KEY": KEY},
    "qwen": {"OPENAI_BASE_URL": "{url}/v1", "OPENAI_API_KEY": KEY},
    "kimi": {"OPENAI_BASE_URL": "{url}/v1", "OPENAI_API_KEY": KEY},
    "copilot": _COPILOT,
    "acp": _COPILOT,
}
"""The environment by which each program finds the scripted model."""

STARTS = {"acp": "copilot --acp --allow-all-tools"}
"""The command of an agent that is known by its protocol alone."""

MODELS = {
    "codex": "gpt-5.1-codex",
    "gemini": "gemini-2.5-flash",
    "opencode": "x",
    "qwen": "x",
    "kimi": "x",
}

WAIT_S = 180.0
"""How long anything is waited for; a machine may be slow, and OpenCode then takes minutes."""

_ROUND_S = 90.0

TIMED_OUT = 124

RESTING = ("blocked", "failed", "done", "cancelled", "needs_review")

SCRIPT = "play"


@dataclass
class Scene:
    """Adds tasks for one agent and waits for what becomes of them."""

    person: Person
    server: ModelServer

    def add(self, title: str = "Say hello", **more: str) -> str:
        """Add a task; return its id."""
        words = [word for name, value in more.items() for word in (f"--{name}", value)]
        added = self.person.json("add", title, *words)
        assert isinstance(added, dict)
        return str(added["id"])

    def end(self, task: str) -> dict[str, object]:
        """Wait until a task has ended, and return all that is known of it."""
        for _ in range(int(WAIT_S / _ROUND_S)):
            waited = self.person.run("wait", task, "--timeout", str(_ROUND_S))
            if waited.returncode != TIMED_OUT:
                break
        return self.person.show(task)

    def rest(self, task: str) -> dict[str, object]:
        """Wait until a task has ended or is parked, and return all that is known of it."""
        for event in self._follow(task):
            if dict(event["data"]).get("status") in RESTING:
                break
        return self.person.show(task)

    def story(self, task: str) -> str:
        """Tell all that happened, for the message of a test that fails."""
        parts = [
            self.person.run("why", task).stdout,
            self.person.run("task", "history", task).stdout,
            self.person.run("questions").stdout,
            self.person.run("logs", task, "-n", "60").stdout[-6000:],
            self.server.tell(),
            self.log(),
        ]
        return "\n---\n".join(parts)

    def log(self) -> str:
        """Return the end of the daemon's log."""
        path = self.person.home / "logs" / "daemon.jsonl"
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        return "\n".join(line for line in lines if "alembic" not in line)[-5000:]

    def landed(self, task: str, **files: str) -> dict[str, object]:
        """Demand that a task has landed, once, with these files on main."""
        found = self.end(task)
        assert found["status"] == "done", self.story(task)
        for name, text in files.items():
            assert self.on_main(name.replace("_", ".")) == text.strip(), self.story(task)
        assert self.events(task).count("LandingSettled") <= 1, self.story(task)
        return found

    def on_main(self, path: str) -> str:
        """Read a file as it is on main."""
        return self.person.git("show", f"main:{path}")

    def events(self, task: str) -> list[str]:
        """List the kinds of a task's events."""
        found = self.person.json("task", "history", task)
        assert isinstance(found, list)
        return [str(event["kind"]) for event in found]

    def actors(self, kind: str, task: str) -> list[str]:
        """List who caused a task's events of this kind."""
        found = self.person.json("task", "history", task)
        assert isinstance(found, list)
        return [str(event["actor"]) for event in found if event["kind"] == kind]

    def until(self, kind: str, task: str) -> None:
        """Wait until a task has had an event of this kind."""
        for told in self.follow(task):
            if told == kind:
                return
        raise AssertionError(f"no {kind}\n{self.story(task)}")

    def follow(self, task: str) -> Iterator[str]:
        """Give the kinds of a task's events as they come, for as long as a test may wait."""
        return (str(event["kind"]) for event in self._follow(task))

    def _follow(self, task: str) -> Iterator[dict[str, Any]]:
        argv = [str(ORCH), "events", "--follow", "--json", "--after", "0", "--task", task]
        following = subprocess.Popen(
            argv,
            cwd=self.person.repository,
            env=self.person.environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        limit = Timer(WAIT_S, following.terminate)
        limit.start()
        try:
            assert following.stdout
            for line in following.stdout:
                yield json.loads(line)
        finally:
            limit.cancel()
            following.terminate()
            following.communicate()

    def questions(self, task: str) -> list[dict[str, object]]:
        """List what a task's agent asks."""
        found = self.person.json("questions")
        assert isinstance(found, list)
        return [one for one in found if one["task"] == task]

    def held(self) -> None:
        """Wait until an answer of the model is held at a gate."""
        self.server.wait_for(lambda one: one.held, timeout_s=WAIT_S)

    def session(self, task: str, n: int = 1) -> dict[str, object]:
        """Read what the session server knows of the session of an attempt."""
        path = self.person.home / "sessions" / f"{task}.{n}" / "state.json"
        found = json.loads(path.read_text(encoding="utf-8"))
        assert isinstance(found, dict)
        return found

    def kill_agent(self, task: str, n: int = 1) -> None:
        """Kill the agent's process and what it started, as the kernel does out of memory."""
        os.killpg(int(str(self.session(task, n)["pid"])), signal.SIGKILL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What a scene is made of, beside the agent: the model's script, and configuration.

    `profile` and `top` are lines of TOML, for the agent's table and for the project.
    """

    script: Script
    faults: tuple[Fault, ...] = ()
    profile: str = ""
    top: str = ""


def profile_of(column: Column, url: str, *, more: str = "") -> str:
    """Write the table of an agent that finds the scripted model at an address."""
    agent = column.agent
    variables = {name: value.format(url=url) for name, value in PROFILES[agent].items()}
    env = ", ".join(f"{name} = {json.dumps(value)}" for name, value in variables.items())
    lines = [
        f"[agents.{agent}]",
        f'adapter = "{agent}"',
        f'mode = "{column.mode}"',
        f'start_command = "{STARTS[agent]}"' if agent in STARTS else "",
        f'model = "{MODELS[agent]}"' if agent in MODELS else "",
        'credentials = "none"',
        f"env = {{ {env} }}",
        'idle_timeout = "3s"' if column.mode == "terminal" and "idle_timeout" not in more else "",
        more,
    ]
    return "\n".join(line for line in lines if line)


@contextmanager
def scene(root: Path, programs: Path, *, column: Column, setting: Setting) -> Iterator[Scene]:
    """Give a scene whose model follows a script; everything of it ends with the block."""
    with serve_in_thread({SCRIPT: setting.script}, setting.faults) as server:
        profile = profile_of(column, server.url(SCRIPT), more=setting.profile)
        top = f'agent = "{column.agent}"\n{setting.top}\n[landing]\nquality_gate = "true"\n'
        with person_with(root, programs, f"{top}{profile}\n") as person:
            yield Scene(person, server)


@contextmanager
def person_with(root: Path, programs: Path, configuration: str) -> Iterator[Person]:
    """Give a person with a project, who has the agents' programs; all ends with the block."""
    person = make_person(root)
    person.extra["PATH"] = f"{programs}{os.pathsep}{os.environ['PATH']}"
    person.configure(configuration)
    try:
        person.orch("init", "--yes")
        yield person
    finally:
        person.leave()


Play = Callable[[Column, Setting], AbstractContextManager[Scene]]
"""What the fixture `play` is: opens a scene in a folder of the test's own."""
