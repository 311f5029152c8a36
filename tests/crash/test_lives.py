"""A daemon killed at any step of a life ends, restarted, where it would have ended."""

import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from orch.engine.kill_points import kill_points
from tests.conftest import read_seed
from tests.e2e.person import Person, make_person

CONFIG = """
[landing]
base_branch = "main"
quality_gate = "sh check.sh"

[agents.fixer]
adapter = "command"
start_command = "sh {script}"
"""

AGENT = """\
if [ "$ORCH_ATTEMPT" = 1 ]; then touch broken; else git rm --quiet broken; touch mended; fi
git add --all && git commit --quiet --message "attempt $ORCH_ATTEMPT"
"""

LIFE = [
    "TaskSubmitted",
    "TaskRouted",
    "SlotGranted",
    "WorkspaceReady",
    "SessionStarted",
    "SessionEnded",
    "AgentClaimedDone",
    "GateFailed",
    "SlotGranted",
    "WorkspaceReady",
    "SessionStarted",
    "SessionEnded",
    "AgentClaimedDone",
    "GatePassed",
    "LandingSubmitted",
    "ItemQueued",
    "ItemPushing",
    "Landed",
    "WorkspaceReleased",
]
"""What happens, in this order, to a task whose first try is red."""

REACHED = sorted(
    point
    for point in kill_points()
    if point.split()[1] in {*LIFE, "PrepareWorkspace", "StartSession", "CollectEvidence", "RunGate"}
    or point.split()[1] in {"SubmitLanding", "ReleaseWorkspace"}
)
"""The kill points that such a life passes."""

SAMPLE = frozenset(random.Random(read_seed()).sample(REACHED, 8))  # noqa: S311 - it picks tests
"""Those that `make test` kills at; `make soak` takes them all."""

POINTS = [
    point if point in SAMPLE else pytest.param(point, marks=pytest.mark.soak) for point in REACHED
]


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[Person]:
    """Give a person with a project whose agent gets it wrong first."""
    person = make_person(tmp_path)
    script = tmp_path / "agent.sh"
    script.write_text(AGENT, encoding="utf-8")
    person.commit("A check", **{"check.sh": "test ! -e broken\n"})
    person.configure(CONFIG.format(script=script))
    person.orch("init", "--yes")
    person.orch("down", "--yes")
    yield person
    person.leave()


def start_mortal(person: Person, point: str, *more: str, nth: int = 1) -> "subprocess.Popen[bytes]":
    """Start a daemon that dies at a point; return once it serves or is dead.

    `nth` says at which time; `more` are further words for `orch.testing.mortal_daemon`.
    """
    reading, writing = os.pipe()
    daemon = subprocess.Popen(
        [sys.executable, "-m", "orch.testing.mortal_daemon", point, str(nth), str(writing), *more],
        env=person.environment,
        cwd=person.repository,
        pass_fds=(writing,),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    os.close(writing)
    with os.fdopen(reading, "rb") as told:
        told.readline()
    return daemon


def await_death(daemon: "subprocess.Popen[bytes]", point: str) -> None:
    """Wait until a daemon has died at its point; one that never came there is ended.

    Left running it would fail some later test, which has nothing to do with it.
    """
    try:
        daemon.wait(timeout=120)
    except subprocess.TimeoutExpired:
        daemon.kill()
        daemon.wait()
        pytest.fail(f"the life never passed {point!r}")
    assert daemon.returncode == -signal.SIGKILL, f"the life never passed {point!r}"


def story(person: Person, task: str) -> list[str]:
    """Tell what happened to a task: the kinds of its events, in order."""
    events = person.json("events", "--task", task, "-n", "1000")
    assert isinstance(events, list)
    return [str(event["kind"]) for event in events if event["kind"] != "ActivityObserved"]


@pytest.mark.parametrize("point", POINTS)
def test_a_life_goes_on_after_a_kill(worker: Person, point: str) -> None:
    """The same history, one landing, one commit; whatever the daemon was doing."""
    daemon = start_mortal(worker, point)
    words = ("assign", "LAB-1", "--prompt", "Mend it")
    asked = worker.run(*words)  # It may die before it has answered, but only once.
    task = asked.stdout.strip() if asked.returncode == 0 else worker.orch(*words)
    assert worker.run("wait", task, "--timeout", "120").returncode == 0
    await_death(daemon, point)
    released = worker.run("events", "--task", task, "-n", "1000", "--json").stdout
    assert story(worker, task)[: len(LIFE) - 1] == LIFE[:-1], released
    assert worker.git("rev-list", "--count", "main") == "3"
    assert worker.git("log", "--format=%B", "main").count("Landing-Id:") == 1
    assert worker.git("ls-tree", "--name-only", "main", "mended", "broken") == "mended"
    assert worker.run("doctor").returncode == 0
