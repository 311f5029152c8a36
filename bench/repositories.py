"""Repositories of a size, made quickly and always the same."""

from collections.abc import Iterator
from pathlib import Path

from orch.testing.repositories import Repository, make_empty

FOLDER = 100
"""How many files share a folder."""

LINES = 40
"""How many lines a file has, some 2 KB."""


def make_sized(path: Path, files: int) -> Repository:
    """Make a repository whose one commit on main has so many files, all checked out."""
    repository = make_empty(path)
    repository.git("fast-import", "--quiet", stdin="".join(_stream(files)))
    repository.git("reset", "-q", "--hard", "main")
    return repository


def _stream(files: int) -> Iterator[str]:
    yield "commit refs/heads/main\ncommitter Ada <ada@example.invalid> 1700000000 +0000\n"
    yield "data 6\nBegin\n\n"
    for number in range(files):
        text = f"This is line of file {number} and of no other file.\n" * LINES
        yield f"M 100644 inline src/part{number // FOLDER}/file{number}.txt\n"
        yield f"data {len(text)}\n{text}\n"
