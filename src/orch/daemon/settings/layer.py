"""Reads one layer of the configuration: every value checked, every problem told, none raised."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from orch.daemon.settings.key import Key
from orch.daemon.settings.kinds import WrongValueError, described, quoted
from orch.daemon.settings.later import not_yet, not_yet_value
from orch.daemon.settings.lines import line_of
from orch.daemon.settings.nearest import hint, nearest, nearest_key
from orch.daemon.settings.problem import Problem
from orch.daemon.settings.schema import SCHEMA, TABLE_NAMES, find_key, pattern
from orch.daemon.settings.source import Parsed

Path = tuple[str, ...]

PROFILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
DEFAULT = "default"
"""The source of a value that no layer gives."""

PROFILE_DEPTH = 2
"""`agents.NAME` is a table of keys; so is any other table of one part."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value is from: a file and its line, a variable, a flag."""

    source: str
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Value:
    """A setting as one layer gives it."""

    value: object
    place: Place


@dataclass(frozen=True, slots=True)
class Layer:
    """What one layer says. A profile's own path stands for its table, so that none is lost."""

    values: dict[Path, Value] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()


def read_layer(parsed: Parsed, *, of_host: bool) -> Layer:
    """Read a whole file; keys of the machine are taken only from the file `of_host`."""
    values: dict[Path, Value] = {}
    problems: list[Problem] = []
    for path, raw in _walk(parsed.data, ()):
        place = Place(parsed.source, line_of(parsed.lines, path))
        match read_value(path, raw, place=place, of_host=of_host):
            case Problem() as problem:
                problems.append(problem)
            case value:
                values[path] = value
    return Layer(values, tuple(problems))


def read_value(path: Path, raw: object, *, place: Place, of_host: bool) -> Value | Problem:
    """Read one value, or say what is wrong with it or with its key."""
    if _is_table(path):
        return _read_table(path, raw, place=place)
    key = find_key(path)
    if key is None:
        return _unknown(path, place)
    if key.host_only and not of_host:
        what = f"{key.path} holds for the whole machine, not for one project"
        return _problem(path, place, what=what, remedy="it belongs in $ORCH_HOME/config.toml")
    if (instead := not_yet_value(path, raw)) is not None:
        what = f"{_dotted(path)} = {quoted(str(raw))} is not yet supported"
        return _problem(path, place, what=what, remedy=instead)
    try:
        return Value(key.kind.read(raw), place)
    except WrongValueError as error:
        what = f"{_dotted(path)}: expected {key.kind.expected}; {_found(key, raw, error=error)}"
        close = nearest(raw, key.kind.words) if isinstance(raw, str) else None
        remedy = hint(quoted(close)) if close else ""
        return _problem(path, place, what=what, remedy=remedy)


def _walk(data: dict[str, object], around: Path) -> Iterator[tuple[Path, object]]:
    """Yield each key with its value, and each table that should be known before its keys."""
    for name, raw in data.items():
        path = (*around, name)
        table = raw if isinstance(raw, dict) and _is_table(path) else None
        if table is None or _is_profile(path):
            yield path, raw
        if table is not None and (not _is_profile(path) or PROFILE_NAME.fullmatch(name)):
            yield from _walk(table, path)


def _is_profile(path: Path) -> bool:
    return path[0] == "agents" and len(path) == PROFILE_DEPTH


def _is_table(path: Path) -> bool:
    return _is_profile(path) or (len(path) == 1 and path[0] in TABLE_NAMES)


def _read_table(path: Path, raw: object, *, place: Place) -> Value | Problem:
    """Read the head of a table: a profile that is one, or something else in its place."""
    if not isinstance(raw, dict):
        what = f"{_dotted(path)}: expected a table; found {described(raw)}"
        name = "agents.NAME" if path == ("agents",) else _dotted(path)
        return _problem(path, place, what=what, remedy=f"write [{name}] on a line of its own")
    if PROFILE_NAME.fullmatch(path[-1]) is None:
        what = f"{quoted(path[-1])} can't be the name of an agent's profile"
        return _problem(path, place, what=what, remedy="use letters, digits, - and _")
    return Value(None, place)


def _unknown(path: Path, place: Place) -> Problem:
    """Say that a key is unknown, and which one was probably meant."""
    if (instead := not_yet(path)) is not None:
        what = f"{_dotted(path)} is not yet supported"
        return _problem(path, place, what=what, remedy=instead)
    found = nearest_key(".".join(pattern(path)), [*SCHEMA, *TABLE_NAMES])
    if found is not None and len(path) > 1:
        found = found.replace("NAME", path[1])
    remedy = hint(found) or "orch config show lists all keys"
    return _problem(path, place, what=f"{_dotted(path)} is not a key", remedy=remedy)


def _found(key: Key, raw: object, *, error: WrongValueError) -> str:
    if str(error):
        return str(error)
    return "found something else" if key.secret else f"found {described(raw)}"


def _problem(path: Path, place: Place, *, what: str, remedy: str) -> Problem:
    return Problem(
        source=place.source, line=place.line, key=_dotted(path), what=what, remedy=remedy
    )


def _dotted(path: Path) -> str:
    """Write a path as TOML does: parts that are no bare keys in quotes."""
    bare = re.compile(r"[A-Za-z0-9_-]+")
    return ".".join(part if bare.fullmatch(part) else quoted(part) for part in path)
