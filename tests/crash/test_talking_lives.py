"""Lives in which an agent talks end the same after a kill at any word; each is told once."""

import json
import os
import random
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import read_seed
from tests.crash.test_lives import start_mortal
from tests.e2e.person import ORCH, Person, make_person

CONFIG = """
[agents.agent]
adapter = "scripted"
script = {script!r}
idle_timeout = {idle!r}
max_nudge_retries = 0
"""

Step = dict[str, object]
UP: Step = {"run": 'echo up > "{fifo}"'}
HEARD = "{heard}"
WORK: list[Step] = [{"append": "ours.txt", "text": "ours"}, {"commit": "ours"}]
REPORT: Step = {"run": "until orch report done -m fine; do sleep 0.2; done"}
STEER = ("steer", "t1", "mind the gap", "--id", "m-1")


@dataclass(frozen=True, slots=True)
class Life:
    """What the agent does in each attempt, what a person says, and where it is killed.

    The person says their word once the agent is up and the event `until` has come; `heard` is
    what the agent has to have taken by then, each once.
    """

    killed_at: tuple[str, ...]
    rounds: tuple[list[Step], ...]
    words: tuple[str, ...] = ()
    until: str = ""
    heard: tuple[str, ...] = ()
    status: str = "done"
    idle: str = "10m"


LIVES = {
    "steered": Life(
        ("MessageQueued", "MessageDelivered"),
        ([UP, {"listen": HEARD}, *WORK],),
        words=STEER,
        heard=("m-1",),
    ),
    "counted": Life(
        ("ConversationKnown", "UsageReported"),
        (
            [
                {"converse": "c-1"},
                {"spend": {"input_tokens": 5, "output_tokens": 7}},
                UP,
                {"listen": HEARD},
                *WORK,
            ],
        ),
        words=STEER,
        heard=("m-1",),
    ),
    "unsure": Life(
        ("MessageUncertain",),
        ([UP, {"ignore": 1}, {"listen": HEARD}, *WORK],),
        words=("steer", "t1", "once more", "--id", "m-2"),
        until="MessageUncertain",
        heard=("m-2",),
    ),
    "allowed": Life(
        ("QuestionAsked", "QuestionAnswered", "QuestionSettled"),
        ([UP, {"ask_permission": "May I?", "ref": "r1", "into": HEARD}, *WORK],),
        words=("answer", "t1", "allow"),
        until="QuestionAsked",
        heard=("r1",),
    ),
    "reported": Life(
        ("AgentReported",),
        ([*WORK, UP, REPORT, {"listen": HEARD}],),
    ),
    "limited": Life(
        ("AgentHeld",),
        ([UP, {"limit": "no more today", "in": 100_000}, {"listen": HEARD, "mid_turn": True}],),
        until="AgentHeld",
        status="blocked",
    ),
    "given up on": Life(
        ("SessionAbandoned",),
        ([UP, {"end_turn": "what now?"}, {"listen": HEARD}], WORK),
        idle="1s",
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
def person(tmp_path: Path) -> Iterator[Person]:
    """Give a person with a repository; at the end an agent that waits for the pipe is let go."""
    made = make_person(tmp_path)
    os.mkfifo(tmp_path / "fifo")
    yield made
    with suppress(OSError):
        os.close(os.open(tmp_path / "fifo", os.O_RDONLY | os.O_NONBLOCK))
    made.leave()


def set_up(person: Person, life: Life) -> None:
    """Register the project with the life's script, and leave no daemon running."""
    root = person.home.parent
    text = json.dumps({"talks": True, "default": life.rounds})
    text = text.replace("{fifo}", str(root / "fifo")).replace(HEARD, str(root / "heard"))
    script = root / "script.json"
    script.write_text(text, encoding="utf-8")
    person.configure(CONFIG.format(script=str(script), idle=life.idle))
    person.commit("Begin with orch")
    person.orch("init", "--yes")
    person.orch("down", "--yes")


def saw(person: Person, kind: str) -> bool:
    """Wait until the task has had an event, or the daemon is dead."""
    argv = [str(ORCH), "events", "--follow", "--json", "--after", "0", "--task", "t1"]
    following = subprocess.Popen(
        argv,
        cwd=person.repository,
        env=person.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    with following:
        assert following.stdout
        seen = any(json.loads(line)["kind"] == kind for line in following.stdout)
        following.terminate()
    return seen


@pytest.mark.parametrize(("name", "point"), KILLS)
def test_a_talking_life_ends_as_it_would_have(person: Person, name: str, point: str) -> None:
    """The same status, one landing, and every word taken exactly once."""
    life, root = LIVES[name], person.home.parent
    set_up(person, life)
    daemon = start_mortal(person, point)
    person.run("assign", "K-1", "--prompt", "Do it")
    (root / "fifo").read_text(encoding="utf-8")
    if name == "unsure":
        person.run(*STEER)
    if not life.until or saw(person, life.until):
        person.run(*life.words) if life.words else None
    daemon.wait(timeout=120)
    assert daemon.returncode == -9, f"the life never passed {point!r}"
    person.orch("up")
    if life.until:
        assert saw(person, life.until)
    if life.words:
        person.run(*life.words)  # A message is known by its id, an answer is refused if taken.
    if life.status == "done":
        person.run("wait", "t1", "--timeout", "120")
    task = person.show("t1")
    assert task["status"] == life.status, task
    assert person.json("workers") == []
    landed = person.git("log", "--format=%B", "main").count("Landing-Id:")
    assert landed == (life.status == "done")
    heard = (root / "heard").read_text(encoding="utf-8") if (root / "heard").exists() else ""
    assert [line.split("\t")[0] for line in heard.splitlines()] == list(life.heard)
