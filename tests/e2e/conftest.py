"""Fixtures of whole lives: a person, whose daemon and sessions end with the test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.person import Person, make_person


@pytest.fixture
def person(tmp_path: Path) -> Iterator[Person]:
    """Give a person with a repository without a remote."""
    made = make_person(tmp_path)
    yield made
    made.leave()


@pytest.fixture
def person_with_remote(tmp_path: Path) -> Iterator[Person]:
    """Give a person whose repository has a bare remote."""
    made = make_person(tmp_path, remote=True)
    yield made
    made.leave()
