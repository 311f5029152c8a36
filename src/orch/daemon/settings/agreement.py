"""Checks that no single key can tell: that values which refer to each other agree."""

from collections.abc import Iterator, Mapping

from orch.daemon.settings.layer import DEFAULT, Path, Place, Value
from orch.daemon.settings.nearest import hint, nearest
from orch.daemon.settings.problem import Problem

NEEDED = {"acp": "start_command", "command": "start_command", "scripted": "script"}
"""What an adapter must be told that has no program of its own."""

WITHOUT = {"scripted": ("start_command",)}
"""What would have no effect; all but the scripted agent take no script."""

ONLY = {"prompt": ("command",), "tty": ("command", "scripted")}
"""Keys for the adapters that know nothing of their program; the others' `mode` settles it."""

CANT_JUDGE = ("cursor", "kimi")
"""Adapters of programs that nothing keeps from writing; over ACP each permission is refused."""

_JUDGE = ("landing", "judge_agent")
_AGENTS: tuple[Path, ...] = (("agent",), ("landing", "resolver"), _JUDGE)
"""Where a profile is named."""


def disagreements(values: Mapping[Path, Value]) -> list[Problem]:
    """Find values that contradict each other, or have no effect beside each other."""
    profiles = (*_profiles(values), *_terminals(values), *_known(values))
    return [*_unknown_agent(values), *_no_judge(values), *profiles]


def _unknown_agent(values: Mapping[Path, Value]) -> Iterator[Problem]:
    names = {path[1] for path in values if path[0] == "agents"}
    known = f"the profiles are {', '.join(sorted(names))}" if names else "there is no profile yet"
    for path in _AGENTS:
        chosen = values[path]
        if not chosen.value or chosen.value in names:
            continue
        close = hint(nearest(str(chosen.value), names))
        remedy = close or f"write [agents.{chosen.value}], or name another"
        what = f"no profile is called {chosen.value}: {known}"
        yield _problem(".".join(path), chosen.place, what=what, remedy=remedy)


def _no_judge(values: Mapping[Path, Value]) -> Iterator[Problem]:
    """Find a judge that could write to what it judges."""
    chosen = values[_JUDGE]
    adapter = values.get(("agents", str(chosen.value), "adapter"))
    if adapter is None or adapter.value not in CANT_JUDGE:
        return
    if values["agents", str(chosen.value), "mode"].value != "acp":
        what = f"agent {chosen.value} can't judge: nothing keeps {adapter.value} from writing"
        yield _problem(".".join(_JUDGE), chosen.place, what=what, remedy="name another profile")


def _profiles(values: Mapping[Path, Value]) -> Iterator[Problem]:
    for name in dict.fromkeys(path[1] for path in values if path[0] == "agents"):
        profile = f"agents.{name}"
        adapter = values["agents", name, "adapter"]
        needed = NEEDED.get(str(adapter.value), "")
        if needed and not str(values["agents", name, needed].value).strip():
            place = values[("agents", name)].place if ("agents", name) in values else adapter.place
            what = f'{profile} has no {needed}, and adapter = "{adapter.value}" needs it'
            remedy = f"add {needed} to [{profile}]"
            yield _problem(f"{profile}.{needed}", place, what=what, remedy=remedy)
        for other in WITHOUT.get(str(adapter.value), ("script",)):
            found = values["agents", name, other]
            if found.value:
                what = f'{profile}.{other} has no effect with adapter = "{adapter.value}"'
                remedy = f"remove it, or write {needed} in its place" if needed else "remove it"
                yield _problem(f"{profile}.{other}", found.place, what=what, remedy=remedy)


def _terminals(values: Mapping[Path, Value]) -> Iterator[Problem]:
    """Find a terminal that was asked for where the prompt takes its place."""
    for path, tty in values.items():
        if path[0] != "agents" or path[-1] != "tty" or tty.place.source == DEFAULT:
            continue
        if tty.value and values[(*path[:-1], "prompt")].value == "stdin":
            key = ".".join(path)
            what = f'{key} has no effect with prompt = "stdin": a pipe is no terminal'
            yield _problem(key, tty.place, what=what, remedy='remove it, or write prompt = "file"')


def _known(values: Mapping[Path, Value]) -> Iterator[Problem]:
    """Find keys that say how to talk with a program to an adapter that knows that."""
    for path, value in values.items():
        if path[0] != "agents" or path[-1] not in ONLY or value.place.source == DEFAULT:
            continue
        adapter = values["agents", path[1], "adapter"].value
        if adapter not in ONLY[path[-1]]:
            key = ".".join(path)
            what = f'{key} has no effect with adapter = "{adapter}", which knows its program'
            remedy = 'remove it; mode = "terminal" or "headless" says how orch talks with it'
            yield _problem(key, value.place, what=what, remedy=remedy)


def wrong_database(values: Mapping[Path, Value]) -> Iterator[Problem]:
    """Find an address that names no database; it may hold a password and is not repeated."""
    dsn = values["state", "dsn"]
    if dsn.value and not str(dsn.value).startswith(("postgresql://", "postgres://", "sqlite:///")):
        remedy = "write postgresql://USER@HOST/DATABASE, or remove it for SQLite in $ORCH_HOME"
        what = "state.dsn names no known kind of database"
        yield _problem("state.dsn", dsn.place, what=what, remedy=remedy)


def _problem(key: str, place: Place, *, what: str, remedy: str) -> Problem:
    return Problem(source=place.source, line=place.line, key=key, what=what, remedy=remedy)
