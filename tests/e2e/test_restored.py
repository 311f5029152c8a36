"""A copy of the database from yesterday is put back: what landed since is neither lost nor redone.

The hub beside it remembers, and tells the daemon at its start.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.person import Person, make_person

CONFIG = """
[landing]
quality_gate = "true"

[agents.agent]
adapter = "command"
start_command = "echo $ORCH_TASK_ID >> ours.txt && git add --all && git commit --quiet --message x"
"""


@pytest.fixture
def person(tmp_path: Path) -> Iterator[Person]:
    """Give a person whose work lands on a remote."""
    made = make_person(tmp_path, remote=True)
    made.configure(CONFIG)
    made.orch("init", "--yes")
    yield made
    made.leave()


def copy(person: Person) -> Path:
    """Keep a copy of the database, as a nightly backup does; the daemon is stopped for it."""
    person.orch("down")
    folder = person.home.parent / "yesterday"
    folder.mkdir()
    for file in person.home.glob("orch.db*"):
        shutil.copy(file, folder)
    return folder


def put_back(person: Person, yesterday: Path) -> None:
    """Replace the database by its copy."""
    person.orch("down")
    for file in person.home.glob("orch.db*"):
        file.unlink()
    for file in yesterday.iterdir():
        shutil.copy(file, person.home)


def target(person: Person) -> str:
    """Tell what stands on the remote's branch."""
    return person.git("log", "--format=%H %B", "main", cwd=person.home.parent / "origin.git")


def findings(person: Person) -> str:
    """Run doctor, which has to be content, and return what it tells."""
    return person.orch("doctor")


def test_a_task_that_landed_since_does_not_land_again(person: Person) -> None:
    """It is done, by the commit that is there; doctor says how that is known."""
    person.orch("project", "pause")
    task = person.orch("add", "Do it")
    yesterday = copy(person)
    person.orch("project", "resume")
    assert person.run("wait", task, "--timeout", "120").returncode == 0
    before = target(person)
    put_back(person, yesterday)
    assert "older copy" in findings(person)
    person.orch("project", "resume")
    assert person.run("wait", task, "--timeout", "120").returncode == 0
    assert person.show(task)["status"] == "done"
    assert target(person) == before
    landings = person.json("landings")
    assert isinstance(landings, list)
    assert [one["new"] for one in landings] == [before.split()[0]]


def test_numbers_that_were_used_since_are_not_given_again(person: Person) -> None:
    """The task itself is forgotten; its landing is found, and the next task has its own number."""
    yesterday = copy(person)
    assert person.run("wait", person.orch("add", "Do it"), "--timeout", "120").returncode == 0
    put_back(person, yesterday)
    assert "older copy" in findings(person)
    other = person.orch("add", "Do something else")
    assert other == "t2"
    assert person.run("wait", other, "--timeout", "120").returncode == 0
    landed = target(person)
    assert (landed.count("Landing-Id: l1"), landed.count("Landing-Id: l2")) == (1, 1)
    assert person.run("doctor").returncode == 0
