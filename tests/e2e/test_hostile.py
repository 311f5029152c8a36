"""What agents print acts on nobody's terminal, and is never so much that the daemon stops."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.person import Person, make_person

CONFIG = """
[agents.agent]
adapter = "scripted"
script = {script!r}
idle_timeout = "10m"
"""

HOSTILE = (
    "\x1b]0;owned\x07\x1b]52;c;ZXZpbA==\x07\x1b[2J\x1b[31mred\x1bP+q544e\x1b\\ \x9b5mC1 \x9d0;t\x9c"
    "\x1b]8;;http://evil.invalid\x1b\\link\x1b]8;;\x1b\\ \u202ereversed \x08\x08over\rwritten \x1b["
)
"""Titles, the clipboard, clearing, colours, queries, links, C1 controls, reversed words."""

ACTING = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
FLOOD_BYTES = 50_000_000


@pytest.fixture
def person(tmp_path: Path) -> Iterator[Person]:
    """Give a person with a repository."""
    made = make_person(tmp_path)
    yield made
    made.leave()


def begin(person: Person, steps: list[dict[str, object]]) -> None:
    """Let an agent that talks follow these steps."""
    script = person.home.parent / "script.json"
    script.write_text(json.dumps({"talks": True, "default": [steps]}), encoding="utf-8")
    person.configure(CONFIG.format(script=str(script)))
    person.commit("Begin with orch")
    person.orch("init", "--yes")


def test_nothing_hostile_reaches_the_terminal(person: Person) -> None:
    """Neither by what it prints, nor by what it asks, says, or calls its commits and files."""
    begin(
        person,
        [
            {"say": f"line {HOSTILE}"},
            {"error": f"failed {HOSTILE}", "trouble": "other"},
            {"progress": f"did {HOSTILE}"},
            {
                "question": f"Which? {HOSTILE}",
                "ref": "r1",
                "choices": [{"id": "a", "label": HOSTILE}],
            },
        ],
    )
    person.run("assign", "K-1", "--prompt", "Do it")
    person.await_event("QuestionAsked", "t1")
    for words in (
        ("logs", "t1"),
        ("status",),
        ("why", "t1"),
        ("inbox",),
        ("workers",),
        ("task", "show", "t1"),
        ("events", "--task", "t1"),
        ("report", "heartbeat"),
        ("answer", "t1", HOSTILE.replace("\x00", "")),
        ("logs", "t1", "--json"),
    ):
        done = person.run(*words)
        for text in (done.stdout, done.stderr):
            assert not ACTING.search(text), (words, text)


def flood(person: Person, size_bytes: int) -> None:
    """Let an agent print so much, and ask for things meanwhile and after it."""
    begin(
        person,
        [
            {"flood": size_bytes},
            {"append": "ours.txt", "text": "ours"},
            {"commit": "ours"},
        ],
    )
    person.run("assign", "K-1", "--prompt", "Do it")
    person.await_event("SessionStarted", "t1")
    pid = person.daemon_pid()
    while person.show("t1")["status"] == "in_progress":
        person.orch("status")
        person.orch("logs", "t1", "-n", "5")
    person.orch("wait", "t1", "--timeout", "120")
    assert person.show("t1")["status"] == "done"
    assert person.daemon_pid() == pid
    kept = sum(one.stat().st_size for one in (person.home / "sessions").rglob("*") if one.is_file())
    assert kept < 3 * 16 * 1024 * 1024, "the transcript is cut at its cap"


def test_a_flood_leaves_the_daemon_answering(person: Person) -> None:
    """Fifty megabytes."""
    flood(person, FLOOD_BYTES)


@pytest.mark.soak
def test_a_gigabyte_leaves_the_daemon_answering(person: Person) -> None:
    """As much as an agent in a loop prints before somebody looks."""
    flood(person, 20 * FLOOD_BYTES)
