"""Lives that a person leads, or that the world breaks, end the same after a kill at their turn."""

import json
import os
import random
import signal
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import read_seed
from tests.crash.test_lives import await_death, start_mortal
from tests.e2e.person import Person, make_person

CONFIG = """
[landing]
mode = {mode!r}
quality_gate = {gate!r}

[agents.agent]
adapter = "command"
start_command = "sh '{script}'"
"""

COMMIT = 'echo ours > ours.txt && git add --all && git commit --quiet --message "ours"\n'
OVERTAKEN = (
    'echo theirs > "{repository}/theirs.txt"\n'
    'git -C "{repository}" add --all\n'
    'git -C "{repository}" commit --quiet --message "Theirs"\n' + COMMIT
)
"""The person's branch moves on while the agent works, so the lane has to gate another tree."""

GATE = 'if [ -e theirs.txt ] && [ -p "{fifo}" ]; then cat "{fifo}"; fi\n'
"""Passes; but where a test made this pipe, a tree with both changes has to wait for it."""


@dataclass(frozen=True, slots=True)
class Life:
    """How a life goes, what a person says in it and when, where it is killed, how it ends.

    `told` says that the agent tells through a pipe when the time has come, `barred` that a change
    of the person's is in the way of the landing until after the kill.
    """

    status: str
    killed_at: tuple[str, ...]
    agent: str = COMMIT
    words: tuple[str, ...] = ()
    until: str = ""
    mode: str = "direct"
    gate: str = ""
    held: bool = False
    told: bool = False
    bereft: bool = False
    barred: bool = False


LIVES = {
    "stopped": Life(
        "needs_review",
        ("TaskStopped",),
        agent="while true; do sleep 0.1; done\n",
        words=("task", "stop", "t1"),
        until="SessionStarted",
    ),
    "complete on a word": Life(
        "done",
        ("TaskCompleted",),
        agent=COMMIT + 'echo there > "{fifo}"; while true; do sleep 0.1; done\n',
        words=("task", "complete", "t1"),
        told=True,
    ),
    "approved": Life(
        "done", ("TaskReviewed",), words=("merge", "t1"), until="GatePassed", mode="manual"
    ),
    "gated twice": Life("done", ("ItemGating",), agent=OVERTAKEN, gate="sh '{gate}'"),
    "in the way": Life("done", ("ItemGreen",), barred=True),
    "withdrawn": Life(
        "needs_review",
        ("LandingWithdrawn",),
        agent=OVERTAKEN,
        words=("dequeue", "t1"),
        until="ItemGating",
        gate="sh '{gate}'",
        held=True,
    ),
    "no gate": Life("needs_review", ("GateBroken",), gate="no-such-checker-anywhere"),
    "no workspace left": Life("needs_review", ("EffectAbandoned",), agent='rm -rf "$PWD"\n'),
    "session server gone": Life(
        "done",
        ("SessionLost",),
        agent='if [ "$ORCH_ATTEMPT" = 1 ]; then exec sleep 1000; fi\n' + COMMIT,
        until="SessionStarted",
        bereft=True,
    ),
}

POINTS = [
    (name, f"{moment} {event}")
    for name, life in LIVES.items()
    for event in life.killed_at
    for moment in ("before", "after")
]

SAMPLE = frozenset(random.Random(read_seed()).sample(POINTS, 4))  # noqa: S311 - it picks tests
"""Those that `make test` kills at; `make soak` takes them all."""

KILLS = [
    pytest.param(*point, marks=() if point in SAMPLE else pytest.mark.soak) for point in POINTS
]


@pytest.fixture
def fifo(tmp_path: Path) -> Path:
    """Name a pipe through which a life's programs and the test wait for each other."""
    return tmp_path / "fifo"


@pytest.fixture
def person(tmp_path: Path, fifo: Path) -> Iterator[Person]:
    """Give a person with a repository; at the end who still waits for the pipe is let go."""
    made = make_person(tmp_path)
    yield made
    with suppress(OSError):
        os.close(os.open(fifo, os.O_WRONLY | os.O_NONBLOCK))
    made.leave()


def set_up(person: Person, life: Life, fifo: Path) -> None:
    """Register the project for a life, and leave no daemon running."""
    script, gate = person.home.parent / "agent.sh", person.home.parent / "gate.sh"
    places = {"repository": person.repository, "fifo": fifo, "gate": gate}
    script.write_text(life.agent.format(**places), encoding="utf-8")
    gate.write_text(GATE.format(**places), encoding="utf-8")
    if life.told or life.held:
        os.mkfifo(fifo)
    command = life.gate.format(**places)
    person.configure(CONFIG.format(mode=life.mode, gate=command, script=script))
    person.commit("Begin with orch")
    person.orch("init", "--yes")
    person.orch("down", "--yes")
    if life.barred:
        (person.repository / "README.md").write_text("Not committed\n", encoding="utf-8")


def lead(person: Person, life: Life, fifo: Path) -> None:
    """Wait for the turn of the life, and say what belongs there."""
    if life.told:
        fifo.read_text(encoding="utf-8")
    if life.until:
        person.await_event(life.until, "t1")
    if life.bereft:
        record = (person.home / "sessions" / "server.json").read_text(encoding="utf-8")
        os.kill(int(json.loads(record)["pid"]), signal.SIGKILL)
    if life.words:
        person.run(*life.words)


@pytest.mark.parametrize(("name", "point"), KILLS)
def test_a_led_life_ends_as_it_would_have(
    person: Person, fifo: Path, name: str, point: str
) -> None:
    """The same status, nothing at work, one landing at most."""
    life = LIVES[name]
    set_up(person, life, fifo)
    daemon = start_mortal(person, point)
    person.run("assign", "K-1", "--prompt", "Do it")
    lead(person, life, fifo)
    await_death(daemon, point)
    person.orch("up")
    if life.barred:
        person.git("checkout", "--quiet", "--", "README.md")
    if life.words:
        person.run(*life.words)  # Refused if the first was taken.
    person.run("wait", "t1", "--timeout", "120")
    assert person.show("t1")["status"] == life.status
    assert person.json("workers") == []
    landed = person.git("log", "--format=%B", "main").count("Landing-Id:")
    assert landed == (life.status == "done")
    assert person.json("queue") == []
