"""A person at work: a repository, a home of their own, and the installed command `orch`."""

import json
import os
import select
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

ORCH = Path(sys.executable).with_name("orch")


@dataclass
class Person:
    """Runs `orch` as a person does: as a program, in a folder, with an environment."""

    home: Path
    repository: Path
    extra: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """The environment of everything that the person starts."""
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR") if name in os.environ}
        own = {
            "HOME": str(self.home.parent),
            "ORCH_HOME": str(self.home),
            "NO_COLOR": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
        }
        return kept | own | self.extra

    def run(
        self, *words: str, stdin: str = "", cwd: Path | None = None
    ) -> "subprocess.CompletedProcess[str]":
        """Run `orch` and return what it said, whatever its exit code."""
        return subprocess.run(
            [str(ORCH), *words],
            cwd=cwd or self.repository,
            env=self.environment,
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )

    def orch(self, *words: str, stdin: str = "", cwd: Path | None = None) -> str:
        """Run `orch`, which has to succeed, and return its standard output."""
        done = self.run(*words, stdin=stdin, cwd=cwd)
        assert done.returncode == 0, f"orch {' '.join(words)}: {done.stdout}{done.stderr}"
        return done.stdout.strip()

    def json(self, *words: str) -> object:
        """Run `orch … --json` and return what it printed, as data."""
        return json.loads(self.orch(*words, "--json"))

    def show(self, task: str) -> dict[str, object]:
        """Return all that is known of a task."""
        found = self.json("task", "show", task)
        assert isinstance(found, dict)
        return found

    def git(self, *words: str, cwd: Path | None = None) -> str:
        """Run git in the repository."""
        done = subprocess.run(
            ["git", *words],
            cwd=cwd or self.repository,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"git {' '.join(words)}: {done.stderr}"
        return done.stdout.strip()

    def write(self, path: str, text: str) -> Path:
        """Write a file of the repository."""
        target = self.repository / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
        return target

    def configure(self, text: str) -> None:
        """Write the project's configuration."""
        self.write(".orch/config.toml", text)

    def commit(self, message: str, **files: str) -> str:
        """Commit files on the branch that is checked out; return the commit."""
        for path, text in files.items():
            self.write(path, text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", message)
        return self.git("rev-parse", "HEAD")

    def await_event(self, kind: str, task: str = "") -> None:
        """Wait until a task (or, without one, anything) has had an event of this kind."""
        which = ["--task", task] if task else ["--kind", kind]
        argv = [str(ORCH), "events", "--follow", "--json", "--after", "0", *which]
        following = subprocess.Popen(
            argv, cwd=self.repository, env=self.environment, stdout=subprocess.PIPE, text=True
        )
        with following:
            assert following.stdout
            seen = any(json.loads(line)["kind"] == kind for line in following.stdout)
            following.terminate()
        assert seen, f"there was no {kind} of {task}"

    def pipe(self, name: str) -> Path:
        """Make a pipe by which an agent says how far it is: whoever reads it waits for that."""
        made = self.home.parent / name
        os.mkfifo(made)
        return made

    def daemon_pid(self) -> int:
        """Return the process id of the daemon."""
        found = self.json("daemon", "status")
        assert isinstance(found, dict)
        return int(str(found["pid"]))

    def kill_daemon(self) -> None:
        """Kill the daemon as the kernel does when memory runs out."""
        pid = self.daemon_pid()
        handle = os.pidfd_open(pid)
        signal.pidfd_send_signal(handle, signal.SIGKILL)
        _wait_gone(handle)

    def account(self) -> str:
        """Tell all that has happened, for whoever has to find out why a test failed.

        With what each session printed: the first of several may have failed otherwise than the
        last, whose reason the test saw.
        """
        done = self.run("events", "--json", "--after", "0", "--limit", "1000")
        printed = sorted(self.home.glob("sessions/*/*.log"))
        texts = (f"{log.parent.name}:\n{log.read_text(errors='replace')}" for log in printed)
        return "\n".join((done.stdout + done.stderr, *texts))

    def leave(self) -> None:
        """End the daemon and every session of this home."""
        if self.home.exists():
            self.run("down", "--sessions", "--yes", cwd=self.home.parent)


def _wait_gone(handle: int) -> None:
    select.select([handle], [], [], 60)
    os.close(handle)


def make_person(root: Path, *, remote: bool = False) -> Person:
    """Make a person with a repository that has one commit on main, and maybe a remote."""
    person = Person(home=root / "home", repository=root / "my project")
    person.repository.mkdir(parents=True)
    person.git("init", "--quiet", "--initial-branch=main")
    person.git("config", "user.name", "Ada Example")
    person.git("config", "user.email", "ada@example.org")
    person.commit("Begin", **{"README.md": "# mine\n"})
    if remote:
        bare = root / "origin.git"
        person.git("init", "--quiet", "--bare", "--initial-branch=main", str(bare))
        person.git("remote", "add", "origin", str(bare))
        person.git("push", "--quiet", "--set-upstream", "origin", "main")
    return person
