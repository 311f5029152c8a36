"""Lays the layers over each other: what is in force, and for each value where it is from."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path as File

from orch.core.settings import HostSettings, ProjectSettings
from orch.daemon.settings.agreement import disagreements, wrong_database
from orch.daemon.settings.assemble import host_settings, profile_names, project_settings
from orch.daemon.settings.environment import read_environment, read_flags
from orch.daemon.settings.key import NAME
from orch.daemon.settings.layer import DEFAULT, Layer, Path, Place, Value, read_layer
from orch.daemon.settings.problem import Problem
from orch.daemon.settings.schema import SCHEMA, find_key
from orch.daemon.settings.source import Document, load, parse
from orch.system.git import redact
from orch.system.paths import Home

CONFIG = File(".orch") / "config.toml"
"""Where a project's own settings are, below its top folder."""

SECRET_NAME = re.compile(r"key|token|secret|passw|credential|auth", re.IGNORECASE)
HIDDEN = "***"

Content = Document | Problem | None
"""A file as it was read: its content, why it can't be read, or None if there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """One value in force: as data, as TOML, and where it is from. Secrets are hidden in both."""

    value: object
    shown: str
    source: str
    line: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Effective:
    """What is in force for a project and for the machine.

    `origins` has every key, the defaults too. Nothing may be run by settings with `problems`:
    they show what could be read, no more.
    """

    project: ProjectSettings
    host: HostSettings
    origins: Mapping[str, Origin]
    problems: tuple[Problem, ...] = ()

    @property
    def usable(self) -> bool:
        """Tell whether these settings may be put in force."""
        return not self.problems


@dataclass(frozen=True, slots=True, kw_only=True)
class Layers:
    """Where settings come from, the weakest first.

    These are the machine's file, the project's, the environment and flags. `has_project` says
    that a project is meant at all, whether it has a file or not.
    """

    host: Content = None
    project: Content = None
    env: Mapping[str, str] = field(default_factory=dict)
    flags: Mapping[str, str] = field(default_factory=dict)
    has_project: bool = True


def effective(
    home: Home,
    checkout: File | None,
    *,
    env: Mapping[str, str] | None = None,
    flags: Mapping[str, str] | None = None,
) -> Effective:
    """Read the files as they are now and lay the layers over each other.

    `checkout` is the project's top folder; None asks for the machine's settings alone. Trust is
    not asked here: this is what the files say, not what may run.
    """
    project = load(checkout / CONFIG) if checkout else None
    layers = Layers(
        host=load(home.config),
        project=project,
        env=env or {},
        flags=flags or {},
        has_project=checkout is not None,
    )
    return lay(layers)


def lay(layers: Layers) -> Effective:
    """Lay layers over each other; pure."""
    files = [
        _read_file(layers.host, of_host=True),
        _read_file(layers.project, of_host=False),
    ]
    names = profile_names([layer.values for layer in files])
    typed = [read_environment(layers.env, names), read_flags(layers.flags)]
    every = [*files, *typed]
    values = _overlaid([layer.values for layer in every])
    digest = layers.project.digest if isinstance(layers.project, Document) else ""
    problems = [problem for layer in every for problem in layer.problems]
    if not problems:
        problems += wrong_database(values)
        problems += disagreements(values) if layers.has_project else []
    own = [files[0], read_environment(layers.env, profile_names([files[0].values])), typed[1]]
    without_project = _overlaid([layer.values for layer in own])
    project, origins = project_settings(values, digest), _origins(values)
    if not values[("agent",)].value and project.agent:
        origins["agent"] = _only_agent(project.agent, values)
    return Effective(
        project=project,
        host=host_settings(values, project_settings(without_project, "")),
        origins=origins,
        problems=tuple(problems),
    )


def _read_file(content: Content, *, of_host: bool) -> Layer:
    parsed = parse(content) if isinstance(content, Document) else content
    if parsed is None:
        return Layer()
    if isinstance(parsed, Problem):
        return Layer(problems=(parsed,))
    return read_layer(parsed, of_host=of_host)


def _overlaid(layers: Sequence[Mapping[Path, Value]]) -> dict[Path, Value]:
    """Lay values over the defaults; a profile that any layer names gets all of its keys."""
    default = Place(DEFAULT)
    values = {
        tuple(key.path.split(".")): Value(key.default, default)
        for key in SCHEMA.values()
        if NAME not in key.path
    }
    for name in profile_names(layers):
        for key in SCHEMA.values():
            if key.table == f"agents.{NAME}":
                values["agents", name, key.name] = Value(key.default, default)
    for layer in layers:
        values |= layer
    return values


def _origins(values: Mapping[Path, Value]) -> dict[str, Origin]:
    origins = {}
    for path, found in values.items():
        if (key := find_key(path)) is None:
            continue
        value = _without_secrets(found.value, secret=key.secret)
        origins[".".join(path)] = Origin(
            value=value,
            shown=key.kind.show(value),
            source=found.place.source,
            line=found.place.line,
        )
    return origins


def _without_secrets(value: object, *, secret: bool) -> object:
    """Hide a secret, and the variables of an agent whose names speak of one."""
    if secret:
        return re.sub(r"(?i)(password=)[^&\s]*", rf"\1{HIDDEN}", redact(str(value)))
    if isinstance(value, tuple) and value and isinstance(value[0], tuple):
        return tuple((name, HIDDEN if SECRET_NAME.search(name) else said) for name, said in value)
    return value


def _only_agent(name: str, values: Mapping[Path, Value]) -> Origin:
    place = values["agents", name].place if ("agents", name) in values else Place(DEFAULT)
    shown = SCHEMA["agent"].kind.show(name)
    return Origin(value=name, shown=shown, source=place.source, line=place.line)
