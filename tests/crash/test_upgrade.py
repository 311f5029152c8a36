"""An upgrade in the middle of a landing: the newer version ends it where the older would have."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crash.test_lives import start_mortal
from tests.e2e.person import Person, make_person

CONFIG = """
[landing]
quality_gate = "true"

[agents.agent]
adapter = "command"
start_command = "echo ours > ours.txt && git add --all && git commit --quiet --message ours"
"""

BETWEEN = ["after ItemPushing", "push", "before Landed"]
"""From the intent to its record: with the target not yet moved, and moved already."""


@pytest.fixture
def person(tmp_path: Path) -> Iterator[Person]:
    """Give a person whose work lands on a remote; no daemon runs."""
    made = make_person(tmp_path, remote=True)
    made.configure(CONFIG)
    made.orch("init", "--yes")
    made.orch("down", "--yes")
    yield made
    made.leave()


@pytest.mark.parametrize("point", BETWEEN)
def test_a_newer_version_ends_what_an_older_began(person: Person, point: str) -> None:
    """One landing, one commit, nothing to repair."""
    older = start_mortal(person, point)
    person.run("assign", "K-1", "--prompt", "Do it")
    assert older.wait(timeout=120) == -9, f"the life never passed {point!r}"
    newer = start_mortal(person, "never", "--version", "99.0")
    try:
        assert person.run("wait", "t1", "--timeout", "120").returncode == 0
        status = person.json("daemon", "status")
        assert isinstance(status, dict)
        assert (status["version"], status["drift"]) == ("99.0", True)
        origin = person.home.parent / "origin.git"
        assert person.git("rev-list", "--count", "main", cwd=origin) == "2"
        assert person.git("log", "--format=%B", "main", cwd=origin).count("Landing-Id: l1") == 1
        assert person.run("doctor").returncode == 0
        person.orch("down")
        assert newer.wait(timeout=120) == 0
    finally:
        newer.kill()
        newer.wait()
