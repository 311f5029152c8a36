"""The main job with terminals in tmux: add to landed, daemons that die, a tmux that dies."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from orch.system.paths import Home
from orch.testing.tmux_kit import why_no_tmux
from tests.e2e.person import Person, make_person
from tests.e2e.test_main_job import CHECK, CONFIG

pytestmark = pytest.mark.skipif(bool(why_no_tmux()), reason=why_no_tmux() or "tmux is here")

WORK = """\
test -t 0 && test -t 1 || exit 8
test -s "$ORCH_PROMPT_FILE" || exit 9
test -z "$TMUX" || exit 7
echo "at work as $ORCH_WORKER_NAME"
: >{started}.$ORCH_ATTEMPT
read word <{go}
echo "$word" > word.txt
git add --all && git commit --quiet --message "work of $ORCH_TASK_ID"
"""


@pytest.fixture
def person(tmp_path: Path) -> Iterator[Person]:
    """Give a person who lives in tmux; its server ends with the last session."""
    made = make_person(tmp_path)
    made.home.mkdir(mode=0o700)
    (made.home / "config.toml").write_text('[daemon]\nsession_host = "tmux"\n')
    for pipe in ("go", "started.1", "started.2"):
        os.mkfifo(tmp_path / pipe)
    yield made
    made.leave()
    tmux(made, "kill-server")


def tmux(person: Person, *words: str) -> "subprocess.CompletedProcess[str]":
    """Run a command of the home's own tmux server."""
    socket = Home(person.home).sockets / "tmux.sock"
    argv = ["tmux", "-S", str(socket), *words]
    return subprocess.run(argv, capture_output=True, text=True, check=False)


def begin(person: Person) -> str:
    """Add a task whose agent waits for a word; return it once the agent is at work."""
    root = person.home.parent
    script = WORK.format(started=root / "started", go=root / "go")
    (root / "agent.sh").write_text(script, encoding="utf-8")
    person.commit("A check", **{"check.sh": CHECK})
    person.configure(CONFIG.format(script=root / "agent.sh"))
    person.orch("init", "--yes")
    person.orch("up")
    task = person.orch("add", "Write a word")
    await_attempt(person, 1)
    return task


def await_attempt(person: Person, n: int) -> None:
    """Wait until the agent of an attempt is at work."""
    (person.home.parent / f"started.{n}").read_bytes()


def say(person: Person, word: str) -> None:
    """Let the agent go on."""
    (person.home.parent / "go").write_text(f"{word}\n", encoding="utf-8")


def test_a_task_lands_though_the_daemon_dies_in_mid_work(person: Person) -> None:
    """The window stays, the next daemon finds it, and the work lands."""
    task = begin(person)
    found = person.json("pane", task)
    assert isinstance(found, dict)
    assert found["session"] == f"{task}.1"
    shown = tmux(person, "list-panes", "-a", "-F", "#{pane_id} #{window_name}").stdout
    assert shown.splitlines() == [f"{found['pane']} {task}.1"]
    assert "attach-session" in person.orch("pane", task)
    pid = tmux(person, "list-panes", "-a", "-F", "#{pane_pid}").stdout
    person.kill_daemon()
    assert tmux(person, "list-panes", "-a", "-F", "#{pane_pid}").stdout == pid
    person.orch("up")
    assert "at work as" in person.orch("logs", task)
    say(person, "hello")
    assert person.run("wait", task, "--timeout", "120").returncode == 0
    assert person.git("show", "main:word.txt") == "hello"
    attempts = person.show(task)["attempts"]
    assert isinstance(attempts, list)
    assert len(attempts) == 1
    assert person.run("doctor").returncode == 0


def test_a_tmux_that_is_killed_costs_the_attempt_only(person: Person) -> None:
    """Its sessions are lost, never done; the task is tried again in a new window, and lands."""
    task = begin(person)
    assert tmux(person, "kill-server").returncode == 0
    await_attempt(person, 2)
    say(person, "again")
    assert person.run("wait", task, "--timeout", "120").returncode == 0
    assert person.git("show", "main:word.txt") == "again"
    first, second = _attempts(person, task)
    assert (first["exit_code"], first["exit_signal"]) == (None, None)
    assert second["exit_code"] == 0


def _attempts(person: Person, task: str) -> list[dict[str, object]]:
    found = person.show(task)["attempts"]
    assert isinstance(found, list)
    return found
