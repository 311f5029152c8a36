"""Lives that don't go straight end the same, whatever the daemon was doing when it was killed."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.crash.test_lives import await_death, start_mortal
from tests.e2e.person import Person, make_person

CONFIG = """
agent = "agent"

[agents.agent]
adapter = "command"
start_command = {command!r}
stuck_timeout = {stuck!r}

[workspace]
setup = {setup!r}
{more}
"""

JUDGED = """
[landing]
judge = "required"
judge_agent = "judge"

[agents.judge]
adapter = "command"
start_command = '''printf '{"commit": "%s", "verdict": "approve"}' "$ORCH_COMMIT"'''
"""

# The first attempt lets the person change the same line on main before it claims to be done; the
# second finds the merge of that under way, and resolves it.
CLASH = """\
if [ "$ORCH_ATTEMPT" = 1 ]; then
  echo theirs > "{repository}/README.md"
  git -C "{repository}" -c user.name=Ada -c user.email=ada@example.org commit -qam "Theirs"
  echo ours > README.md
else
  echo both > README.md
fi
git add --all && git commit --quiet --message ours
"""


@dataclass(frozen=True, slots=True)
class Life:
    """How a life goes, at which events it is killed, and how it ends."""

    status: str
    killed_at: tuple[str, ...]
    command: str = "exit 1"
    setup: str = "true"
    stuck: str = "5m"
    cancelled: bool = False
    more: str = ""


LIVES = {
    "cancelled": Life(
        "cancelled",
        ("TaskCancelled", "StopSession"),
        command="while true; do sleep 0.1; done",
        cancelled=True,
    ),
    "gives up": Life("failed", ("AgentFailed",)),
    "no workspace": Life("failed", ("WorkspaceFailed",), setup="false"),
    "no program": Life("blocked", ("SessionRefused",), command="no-such-program-anywhere"),
    "stuck": Life("failed", ("ActivityObserved",), command="sleep 1000", stuck="1s"),
    "judged": Life("done", ("RunJudge", "Judged"), command="echo x > x.txt", more=JUDGED),
    "bounced": Life("done", ("LandingBounced",), command="sh {script}"),
}

KILLS = [
    pytest.param(name, f"{moment} {event}", marks=() if moment == "after" else pytest.mark.soak)
    for name, life in LIVES.items()
    for event in life.killed_at
    for moment in ("before", "after")
]


@pytest.fixture
def person(tmp_path: Path) -> Iterator[Person]:
    """Give a person with a repository without a remote."""
    made = make_person(tmp_path)
    yield made
    made.leave()


def set_up(person: Person, life: Life) -> None:
    """Register the project for a life, and leave no daemon running."""
    script = person.home.parent / "clash.sh"
    script.write_text(CLASH.format(repository=person.repository), encoding="utf-8")
    command = life.command.format(script=script)
    person.configure(
        CONFIG.format(command=command, stuck=life.stuck, setup=life.setup, more=life.more)
    )
    person.orch("init", "--yes")
    person.orch("down", "--yes")


@pytest.mark.parametrize(("name", "point"), KILLS)
def test_a_life_ends_as_it_would_have(person: Person, name: str, point: str) -> None:
    """The same status, nothing at work, and nothing done twice."""
    life = LIVES[name]
    set_up(person, life)
    daemon = start_mortal(person, point)
    person.run("assign", "K-1", "--prompt", "Do it")
    if life.cancelled:
        person.await_event("SessionStarted", "t1")
        person.run("task", "cancel", "t1", "--yes")
    await_death(daemon, point)
    person.orch("up")
    if life.cancelled:
        person.run("task", "cancel", "t1", "--yes")  # Refused if the first was taken.
        person.await_event("WorkspaceReleased", "t1")
    elif life.status == "blocked":
        person.await_event("SessionRefused", "t1")
    else:
        person.run("wait", "t1", "--timeout", "120")
    assert person.show("t1")["status"] == life.status
    assert person.json("workers") == []
    landed = person.git("log", "--format=%B", "main").count("Landing-Id:")
    assert landed == (life.status == "done")
