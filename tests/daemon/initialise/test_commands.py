"""Prove that the commands a project already has are found in its files."""

import json
from pathlib import Path

import pytest

from orch.daemon.initialise.commands import Purpose, find_commands

CASES = [
    ({"Makefile": "test: build\n\tpytest\nlint:\n\truff\n"}, ["make test", "make lint"]),
    ({"Makefile": "test := 1\ntests:\n"}, []),
    ({"justfile": "test *args:\n  pytest\n@lint:\n  ruff\n"}, ["just test", "just lint"]),
    ({"pyproject.toml": "[tool.pytest.ini_options]\n"}, ["python3 -m pytest -q"]),
    (
        {"pyproject.toml": '[tool.ruff]\n[dependency-groups]\ndev = ["pytest"]', "uv.lock": ""},
        ["uv sync", "uv run pytest -q", "uv run ruff check"],
    ),
    ({"pyproject.toml": "[tool.poetry]", "poetry.lock": ""}, ["poetry install"]),
    ({"tox.ini": "", "noxfile.py": ""}, ["tox", "nox"]),
    (
        {"package.json": json.dumps({"scripts": {"test": "jest", "lint": "eslint"}})},
        ["npm test", "npm run lint"],
    ),
    (
        {"package.json": json.dumps({"scripts": {"test": "x"}}), "pnpm-lock.yaml": ""},
        ["pnpm install --frozen-lockfile", "pnpm test"],
    ),
    ({"package.json": json.dumps({"scripts": {"test": 'echo "Error: no test specified"'}})}, []),
    ({"Cargo.toml": ""}, ["cargo test", "cargo clippy -- -D warnings"]),
    ({"go.mod": ""}, ["go test ./...", "go vet ./..."]),
    ({"package.json": "{not json", "pyproject.toml": "[not toml", "Makefile": "\0"}, []),
    ({"package.json": "[1]"}, []),
    ({"package.json": '{"scripts": 3}'}, []),
    ({}, []),
]


@pytest.mark.parametrize(("files", "commands"), CASES)
def test_commands_are_found(tmp_path: Path, files: dict[str, str], commands: list[str]) -> None:
    """Each file tells of its own; what can't be understood tells of nothing."""
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    assert [found.command for found in find_commands(tmp_path)] == commands


def test_what_was_written_for_people_comes_first(tmp_path: Path) -> None:
    """A Makefile's target knows better how the tests are run than the tools' own files."""
    (tmp_path / "pyproject.toml").write_text("[tool.pytest.ini_options]")
    (tmp_path / "Makefile").write_text("test:\n\tuv run pytest\n")
    tests = [found for found in find_commands(tmp_path) if found.purpose is Purpose.TEST]
    assert [(found.command, found.source) for found in tests] == [
        ("make test", "Makefile"),
        ("python3 -m pytest -q", "pyproject.toml"),
    ]


def test_folders_with_such_names_are_no_files(tmp_path: Path) -> None:
    """A folder called Makefile is odd, and no crash."""
    for name in ("Makefile", "package.json", "pyproject.toml", "Cargo.toml"):
        (tmp_path / name).mkdir()
    assert find_commands(tmp_path) == ()
