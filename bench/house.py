"""A throw-away home with a daemon, a repository of a person, and the installed command `orch`."""

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.processes import time_command
from orch.system.paths import Home
from orch.testing.repositories import Repository
from orch.wire.client import Client

ORCH = str(Path(sys.executable).with_name("orch"))
PATIENCE_S = 120.0
EVERYBODY = 1000
"""A limit of sessions that nothing reaches."""

CONFIG = """\
[landing]
mode = "manual"
base_branch = "main"

[agents.one]
adapter = "command"
start_command = "{command}"
idle_timeout = "1s"
stuck_timeout = "1h"

[limits]
sessions = {limit}
attempts = 1
"""


@dataclass(frozen=True, slots=True)
class House:
    """Runs `orch` as a person does; `extra` is laid over the environment of all its programs."""

    root: Path
    repository: Repository
    extra: Mapping[str, str] = field(default_factory=dict)

    @property
    def home(self) -> Home:
        """The layout of this house's $ORCH_HOME."""
        return Home(self.root / "home")

    @property
    def environment(self) -> dict[str, str]:
        """The environment of everything that is started: nothing of the person's own."""
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR") if name in os.environ}
        own = {
            "HOME": str(self.root),
            "ORCH_HOME": str(self.home.root),
            "NO_COLOR": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
        }
        return {**kept, **own, **self.extra}

    def orch(self, *words: str) -> str:
        """Run `orch`, which has to succeed, and return what it printed."""
        done = subprocess.run(
            [ORCH, *words],
            cwd=self.repository.path,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=True,
            timeout=PATIENCE_S,
        )
        return done.stdout.strip()

    def time(self, *argv: str) -> float:
        """Run a program in the repository, output thrown away; return the seconds it took."""
        return time_command(argv, env=self.environment, cwd=self.repository.path)

    def time_orch(self, *words: str) -> float:
        """Run `orch`, output thrown away; return the seconds it took."""
        return self.time(ORCH, *words)

    def set_up(self, command: str) -> None:
        """Start the daemon and register the project, with an agent that runs a shell command."""
        self.home.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.home.config.write_text(f"[daemon]\nsessions = {EVERYBODY}\n", encoding="utf-8")
        self.repository.write(
            {".orch/config.toml": CONFIG.format(command=command, limit=EVERYBODY)}
        )
        self.orch("init", "--yes")

    def client(self) -> Client:
        """Connect to the daemon, as the command line does."""
        return Client(str(self.home.daemon_socket))

    def call(self, method: str, **params: object) -> Any:  # noqa: ANN401 - each method has its shape
        """Call a method of the daemon once."""
        with self.client() as client:
            return client.call(method, **params)

    @property
    def daemon_pid(self) -> int:
        """The daemon's process."""
        return int(self.call("daemon.status")["pid"])

    @property
    def session_server_pid(self) -> int:
        """The session server's process."""
        return int(json.loads(self.home.session_server_identity.read_text("utf-8"))["pid"])

    def kill_daemon(self) -> None:
        """Kill the daemon, and wait until the kernel has told that it is gone."""
        handle = os.pidfd_open(self.daemon_pid)
        try:
            signal.pidfd_send_signal(handle, signal.SIGKILL)
            select.select([handle], [], [], PATIENCE_S)
        finally:
            os.close(handle)

    @contextmanager
    def events(self, *kinds: str) -> Iterator["Events"]:
        """Follow the history from now on; only events of these kinds are told."""
        with self.client() as client:
            client.send("events.follow", kinds=list(kinds))
            client.receive()  # The subscription's name: nothing after it is missed.
            yield Events(client)


@dataclass(slots=True)
class Events:
    """A subscription to the history of a house."""

    client: Client
    seen: list[tuple[str, str]] = field(default_factory=list)

    def await_event(self, kind: str, task: str) -> None:
        """Wait until this has happened to a task. Raises `AssertionError` after too long."""
        while (kind, task) not in self.seen:
            assert self.client.has_news(PATIENCE_S), f"{kind} of {task} did not come"
            params = self.client.receive().get("params")
            event = params.get("event") if isinstance(params, dict) else None
            if isinstance(event, dict):
                self.seen.append((str(event["kind"]), str(event["task"])))
