"""The disk with everything of orch's on it is full: what is asked for is refused, and says so."""

import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.e2e.person import Person, make_person

CONFIG = """
[agents.agent]
adapter = "command"
start_command = "echo ours > ours.txt && git add --all && git commit --quiet --message ours"
"""
LONG = "Do it well. " * 40_000
"""A prompt that no database keeps without new room on its disk."""


@pytest.fixture
def person(tmp_path: Path) -> Iterator[Person]:
    """Give a person whose home is a small file system of its own."""
    made = make_person(tmp_path)
    made.home.mkdir(mode=0o700)
    argv = ("mount", "-t", "tmpfs", "-o", "size=32m,mode=0700", "tmpfs", str(made.home))
    if subprocess.run(argv, check=False, capture_output=True).returncode:
        pytest.skip("this user may not mount a file system")
    try:
        made.configure(CONFIG)
        made.orch("init", "--yes")
        yield made
        made.leave()
    finally:
        subprocess.run(("umount", "--lazy", str(made.home)), check=True)


def fill(person: Person) -> Path:
    """Leave no room on the disk."""
    ballast = person.home / "ballast"
    with suppress(OSError), ballast.open("wb", buffering=0) as file:
        while file.write(b"x" * 4096):
            pass
    return ballast


def test_a_full_disk_takes_nothing_and_loses_nothing(person: Person) -> None:
    """The daemon lives, says what was not taken, and goes on when there is room."""
    daemon = person.daemon_pid()
    ballast = fill(person)
    refused = person.run("assign", "K-1", "--prompt-file", "-", stdin=LONG)
    assert refused.returncode == 1
    assert "is full" in refused.stderr
    assert "not written" in refused.stderr
    assert person.daemon_pid() == daemon
    assert person.json("task", "list") == []
    ballast.unlink()
    task = person.orch("assign", "K-1", "--prompt-file", "-", stdin=LONG)
    assert person.run("wait", task, "--timeout", "120").returncode == 0
    assert person.git("log", "--format=%B", "main").count("Landing-Id:") == 1
    assert person.daemon_pid() == daemon
