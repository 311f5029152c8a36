"""Finds the commands that a project already has for its tests, its checks and its set-up."""

import json
import re
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

LARGEST_BYTES = 1024 * 1024
PLACEHOLDER = "no test specified"
"""What `npm init` writes as a test that always fails."""


class Purpose(StrEnum):
    """What a command is for."""

    TEST = "test"
    CHECK = "check"
    SETUP = "setup"


@dataclass(frozen=True, slots=True)
class Found:
    """A command, what it is for, and the file that tells of it."""

    purpose: Purpose
    command: str
    source: str


def find_commands(top: Path) -> tuple[Found, ...]:
    """List the commands that the files at the top of a checkout tell of, the likeliest first.

    A file that can't be read or understood tells of nothing.
    """
    return tuple(dict.fromkeys(found for look in LOOKS for found in look(top)))


def _make(top: Path) -> Iterator[Found]:
    yield from _goals(top, "make", files=("GNUmakefile", "makefile", "Makefile"))


def _just(top: Path) -> Iterator[Found]:
    yield from _goals(top, "just", files=("justfile", "Justfile", ".justfile"))


def _goals(top: Path, program: str, *, files: tuple[str, ...]) -> Iterator[Found]:
    name = next((name for name in files if _read(top / name)), "")
    for goal in ("test", "check", "lint"):
        if name and re.search(rf"^@?{goal}\b[^:=\n]*:(?!=)", _read(top / name), re.MULTILINE):
            purpose = Purpose.TEST if goal == "test" else Purpose.CHECK
            yield Found(purpose, f"{program} {goal}", name)


def _python(top: Path) -> Iterator[Found]:
    text = _read(top / "pyproject.toml")
    run = _python_runner(top)
    if (top / "uv.lock").is_file():
        yield Found(Purpose.SETUP, "uv sync", "uv.lock")
    elif (top / "poetry.lock").is_file():
        yield Found(Purpose.SETUP, "poetry install", "poetry.lock")
    if "pytest" in text or (top / "pytest.ini").is_file() or (top / "conftest.py").is_file():
        source = "pyproject.toml" if "pytest" in text else "pytest.ini or conftest.py"
        yield Found(Purpose.TEST, f"{run}pytest -q" if run else "python3 -m pytest -q", source)
    if (top / "tox.ini").is_file():
        yield Found(Purpose.TEST, "tox", "tox.ini")
    if (top / "noxfile.py").is_file():
        yield Found(Purpose.TEST, "nox", "noxfile.py")
    tools = _toml(text).get("tool", {})
    if isinstance(tools, dict) and "ruff" in tools:
        yield Found(Purpose.CHECK, f"{run}ruff check", "pyproject.toml")
    if isinstance(tools, dict) and "mypy" in tools:
        yield Found(Purpose.CHECK, f"{run}mypy", "pyproject.toml")


def _python_runner(top: Path) -> str:
    if (top / "uv.lock").is_file():
        return "uv run "
    return "poetry run " if (top / "poetry.lock").is_file() else ""


def _node(top: Path) -> Iterator[Found]:
    scripts = _json(_read(top / "package.json")).get("scripts", {})
    program, setup, lock = next(
        (row for row in NODE_PROGRAMS if (top / row[2]).is_file()), ("npm", "", "")
    )
    if setup:
        yield Found(Purpose.SETUP, setup, lock)
    if not isinstance(scripts, dict):
        return
    if PLACEHOLDER not in str(scripts.get("test", PLACEHOLDER)):
        yield Found(Purpose.TEST, f"{program} test", "package.json")
    for name in ("lint", "typecheck", "check"):
        if name in scripts:
            yield Found(Purpose.CHECK, f"{program} run {name}", "package.json")


def _by_file(top: Path) -> Iterator[Found]:
    for name, purpose, command in BY_FILE:
        if (top / name).is_file():
            yield Found(purpose, command, name)


NODE_PROGRAMS = (
    ("pnpm", "pnpm install --frozen-lockfile", "pnpm-lock.yaml"),
    ("yarn", "yarn install --immutable", "yarn.lock"),
    ("bun", "bun install --frozen-lockfile", "bun.lock"),
    ("bun", "bun install --frozen-lockfile", "bun.lockb"),
    ("npm", "npm ci", "package-lock.json"),
)
BY_FILE = (
    ("Cargo.toml", Purpose.TEST, "cargo test"),
    ("Cargo.toml", Purpose.CHECK, "cargo clippy -- -D warnings"),
    ("go.mod", Purpose.TEST, "go test ./..."),
    ("go.mod", Purpose.CHECK, "go vet ./..."),
    ("mix.exs", Purpose.TEST, "mix test"),
    ("gradlew", Purpose.TEST, "./gradlew test"),
    ("mvnw", Purpose.TEST, "./mvnw -q test"),
    ("pom.xml", Purpose.TEST, "mvn -q test"),
    ("deno.json", Purpose.TEST, "deno test"),
    ("Rakefile", Purpose.TEST, "rake test"),
    (".rspec", Purpose.TEST, "bundle exec rspec"),
    (".pre-commit-config.yaml", Purpose.CHECK, "pre-commit run --all-files"),
)
LOOKS: tuple[Callable[[Path], Iterator[Found]], ...] = (_make, _just, _python, _node, _by_file)
"""What a project wrote for people to type comes before what its tools would understand."""


def _read(file: Path) -> str:
    try:
        if file.is_file() and file.stat().st_size <= LARGEST_BYTES:
            return file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        pass
    return ""


def _toml(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError):
        return {}


def _json(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
