"""Reads the layers that are typed rather than written: environment variables and flags."""

from collections.abc import Iterable, Mapping

from orch.daemon.settings.key import NAME
from orch.daemon.settings.later import not_yet
from orch.daemon.settings.layer import Layer, Path, Place, Value, read_value
from orch.daemon.settings.nearest import hint, nearest, nearest_key
from orch.daemon.settings.problem import Problem
from orch.daemon.settings.schema import SCHEMA, TABLE_NAMES, find_key

PREFIX = "ORCH_"
TAKEN = frozenset({"ORCH_WORKSPACE_NAME"})
"""Variables that orch itself sets for sessions, though they look like a key of a table."""


def variable(path: Path) -> str:
    """Return the variable that sets a key: `landing.mode` is `ORCH_LANDING_MODE`."""
    return PREFIX + "_".join(path).upper().replace("-", "_")


def read_environment(env: Mapping[str, str], profiles: Iterable[str]) -> Layer:
    """Read the variables that set keys; an empty one counts as not set.

    `profiles` are the names of the agents' profiles that the files define: a variable may change
    one of them, and can't make one. A variable that looks like a key but is none is a problem;
    other variables of orch's (`ORCH_HOME`, `ORCH_TASK_ID`, …) are none of this module's business.
    """
    known = _variables(profiles)
    tables = tuple(f"{PREFIX}{name.upper()}_" for name in TABLE_NAMES)
    values: dict[Path, Value] = {}
    problems: list[Problem] = []
    for name in sorted(env):
        if not env[name] or name in TAKEN:
            continue
        if name in known:
            _sort(
                values, problems, path=known[name], found=_read(known[name], env[name], source=name)
            )
        elif name.startswith(tables):
            problems.append(_unknown_variable(name, known))
    return Layer(values, tuple(problems))


def read_flags(flags: Mapping[str, str]) -> Layer:
    """Read keys given on the command line: dotted key → text."""
    values: dict[Path, Value] = {}
    problems: list[Problem] = []
    for dotted, text in flags.items():
        path = tuple(dotted.split("."))
        _sort(values, problems, path=path, found=_read(path, text, source=f"--set {dotted}"))
    return Layer(values, tuple(problems))


def _read(path: Path, text: str, *, source: str) -> Value | Problem:
    key = find_key(path)
    raw = text if key is None else key.kind.from_text(text)
    return read_value(path, raw, place=Place(source), of_host=True)


def _sort(
    values: dict[Path, Value], problems: list[Problem], *, path: Path, found: Value | Problem
) -> None:
    if isinstance(found, Problem):
        problems.append(found)
    else:
        values[path] = found


def _variables(profiles: Iterable[str]) -> dict[str, Path]:
    """Map the name of each variable to the path of its key."""
    paths = [tuple(key.split(".")) for key in SCHEMA]
    plain = {variable(path): path for path in paths if NAME not in path}
    of_agents = [path for path in paths if NAME in path]
    return plain | {
        variable(("agents", name, path[-1])): ("agents", name, path[-1])
        for name in profiles
        for path in of_agents
    }


def _unknown_variable(name: str, known: Mapping[str, Path]) -> Problem:
    table, _, key = name.removeprefix(PREFIX).lower().partition("_")
    path = (table, key)
    if (instead := not_yet(path)) is not None:
        what = f"{table}.{key} is not yet supported"
        return Problem(source=name, what=what, remedy=instead)
    close = nearest(name, known)
    if close is None and (near := nearest_key(f"{table}.{key}", SCHEMA)) is not None:
        close = variable(tuple(near.split(".")))
    remedy = hint(close) or "unset it, or see orch config show for the keys"
    return Problem(source=name, what="no key has this variable", remedy=remedy)
