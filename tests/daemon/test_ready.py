"""Prove that whoever starts the daemon learns how it went, without polling."""

import json
import os

from orch.daemon.ready import Readiness


def test_the_starter_is_told_once_that_it_serves() -> None:
    """And the pipe ends with that line."""
    reading, writing = os.pipe()
    ready = Readiness(writing)
    ready.announce()
    ready.refuse("too late")
    with os.fdopen(reading, "rb") as answers:
        lines = answers.read().splitlines()
    assert len(lines) == 1
    assert json.loads(lines[0]) == {"ready": True, "pid": os.getpid()}


def test_a_refusal_names_its_reason_and_remedy() -> None:
    """For the person who waits."""
    reading, writing = os.pipe()
    Readiness(writing).refuse("no room", remedy="make room")
    with os.fdopen(reading, "rb") as answers:
        told = json.loads(answers.readline())
    assert told == {"ready": False, "message": "no room", "next": "make room"}


def test_a_starter_that_has_gone_is_no_trouble() -> None:
    """The daemon serves anyway."""
    reading, writing = os.pipe()
    os.close(reading)
    Readiness(writing).announce()


def test_without_a_starter_nothing_is_told() -> None:
    """As in the foreground."""
    Readiness(None).announce()


def test_programs_that_the_daemon_starts_do_not_keep_the_pipe_open() -> None:
    """Else the starter would wait for them too."""
    reading, writing = os.pipe()
    os.set_inheritable(writing, True)  # noqa: FBT003 - it takes no keywords
    Readiness(writing)
    assert not os.get_inheritable(writing)
    os.close(reading)
    os.close(writing)
