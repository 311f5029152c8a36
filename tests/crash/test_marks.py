"""What a person says to a task is taken once, also if the daemon dies while it is said."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crash.test_lives import await_death, start_mortal
from tests.e2e.person import Person, make_person

MARKS = {
    "TaskBlocked": ((), "blocked"),
    "TaskEdited": (("edit", "t1", "--title", "New"), "blocked"),
    "TaskUnblocked": (("unblock", "t1"), "blocked"),
    "TaskFailed": (("fail", "t1", "--yes"), "failed"),
    "TaskClosed": (("close", "t1", "--note", "done by hand", "--yes"), "done"),
    "TaskRetried": (("retry", "t1"), "blocked"),
    "TaskOpened": (("start", "t1"), "blocked"),
}
"""For each event the words that bring it, and how the task then stands without any agent."""

REPEATABLE = frozenset({"TaskBlocked", "TaskEdited", "TaskUnblocked", "TaskRetried"})
"""Words that mean something a second time: the task is back where they may be said."""

KILLS = [
    pytest.param(event, f"{moment} {event}", marks=() if moment == "before" else pytest.mark.soak)
    for event in MARKS
    for moment in ("before", "after")
]


@pytest.fixture
def person(tmp_path: Path) -> Iterator[Person]:
    """Give a person whose project has no agent, so that tasks rest where they are put."""
    made = make_person(tmp_path)
    made.orch("init", "--yes")
    yield made
    made.leave()


def prepare(person: Person, event: str) -> None:
    """Bring a task to where the event may come; the task itself is one that comes while dying."""
    if event == "TaskOpened":
        person.orch("new", "a-draft", "--prompt", "Do it")
    elif event != "TaskBlocked":
        person.orch("assign", "K-1", "--prompt", "Do it")
        person.await_event("TaskBlocked", "t1")
    if event == "TaskRetried":
        person.orch("task", "cancel", "t1", "--yes")
    person.orch("down", "--yes")


@pytest.mark.parametrize(("event", "point"), KILLS)
def test_a_word_is_taken_once(person: Person, event: str, point: str) -> None:
    """Said again after the death it is taken, or was taken before and is refused."""
    prepare(person, event)
    words, status = MARKS[event]
    said = ("task", *words) if words else ("assign", "K-1", "--prompt", "Do it")
    daemon = start_mortal(person, point)
    person.run(*said)
    await_death(daemon, point)
    person.run(*said)
    if status == "blocked":
        person.await_event("TaskBlocked", "t1")
    events = person.json("events", "--task", "t1", "-n", "1000")
    assert isinstance(events, list)
    count = sum(one["kind"] == event for one in events)
    assert count >= 1
    assert count == 1 or event in REPEATABLE
    assert person.show("t1")["status"] in {status, "new"}
