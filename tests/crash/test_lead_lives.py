"""A lead is told of its children once, wherever the daemon dies between their end and that."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import read_seed
from tests.crash.test_lives import start_mortal
from tests.e2e.person import Person, make_person
from tests.e2e.test_leads import told

CONFIG = """
[agents.agent]
adapter = "command"
start_command = "sh '{script}'"
"""

AGENT = """
if [ "$ORCH_TASK_KEY" = lead ]; then
    [ "$ORCH_ATTEMPT" != 1 ] || printf -- '- One\\n- Two\\n' | orch add --file -
    exit 0
fi
while [ ! -e "{go}" ]; do sleep 0.1; done
echo ours > "$ORCH_TASK_SLUG" && git add --all && git commit --quiet --message ours
"""

KILLED_AT = ("LeadTold",)
POINTS = [f"{moment} {event}" for event in KILLED_AT for moment in ("before", "after")]
SAMPLE = random.Random(read_seed()).choice(POINTS)  # noqa: S311 - it picks tests
"""The one that `make test` kills at; `make soak` takes both."""

KILLS = [pytest.param(point, marks=() if point == SAMPLE else pytest.mark.soak) for point in POINTS]


@pytest.fixture
def go(tmp_path: Path) -> Path:
    """Name the file that lets the children go."""
    return tmp_path / "go"


@pytest.fixture
def person(tmp_path: Path, go: Path) -> Iterator[Person]:
    """Give a person whose agent has others do the work; no daemon runs."""
    made = make_person(tmp_path)
    script = tmp_path / "agent.sh"
    script.write_text(AGENT.format(go=go), encoding="utf-8")
    made.configure(CONFIG.format(script=script))
    made.commit("Begin with orch")
    made.orch("init", "--yes")
    made.orch("down", "--yes")
    yield made
    go.touch()
    made.leave()


@pytest.mark.parametrize("point", KILLS)
def test_a_lead_is_told_once(person: Person, go: Path, point: str) -> None:
    """Its next session begins with the news of each child, and its task is done with theirs."""
    daemon = start_mortal(person, point)
    assert person.orch("assign", "lead", "--prompt", "Lead") == "t1"
    person.await_event("AgentFailed", "t1")
    assert person.show("t1")["blocked_on"] == "children"
    go.touch()
    daemon.wait(timeout=120)
    assert daemon.returncode == -9, f"the life never passed {point!r}"
    person.orch("up")
    person.orch("wait", "t1", "--timeout", "120")
    ended = person.show("t1")
    assert (ended["status"], ended["story"]) == ("done", "led t2, t3")
    prompt = (person.home / "attempts" / "t1" / "2" / "prompt.md").read_text(encoding="utf-8")
    assert [prompt.count(f"DONE: {child} ") for child in ("t2", "t3")] == [1, 1]
    assert len(told(person, "t1")) == 2
