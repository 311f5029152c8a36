"""The shapes of projects and settings."""

from dataclasses import dataclass

from orch.wire.shapes.overview import ProjectShape


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentShape:
    """An agent: a profile of a configuration, or a program that no profile names yet.

    `path` is where its program is, "" if it is missing; `adapter` is "" without a profile, and
    `command` is then the one that `orch init` would propose. `version` and `can` (headless,
    terminal, acp, resume) are what the program itself answered when it was asked; `modes` are those
    that orch drives it in. `signed_in` names the variable or file that shows a sign-in, "" if none
    was seen. `remedy` says what to do where something is missing or too old.
    """

    name: str
    adapter: str
    command: str
    program: str
    path: str
    used_by: tuple[str, ...]
    version: str = ""
    can: tuple[str, ...] = ()
    modes: tuple[str, ...] = ()
    signed_in: str = ""
    verified: bool = True
    remedy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingShape:
    """A setting that holds, and where it is from: default, a file, a variable or a flag.

    `shown` is the value as TOML; secrets are hidden in both.
    """

    key: str
    value: object
    shown: str
    origin: str
    line: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemShape:
    """Something that is wrong with a setting or a repository, with its remedy."""

    where: str
    what: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InitPlanShape:
    """What `orch init` would do; nothing if there are problems.

    `config` is the configuration that is there or would be written, `digest` what the person
    says yes to when they have seen it.
    """

    top: str
    base_branch: str
    remote: str | None
    steps: tuple[str, ...]
    notes: tuple[str, ...]
    problems: tuple[ProblemShape, ...]
    agents: tuple[str, ...]
    config: str
    digest: str
    writes: bool
    project: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class InitShape:
    """A project that is registered, and what was done for it."""

    project: ProjectShape
    did: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustShape:
    """A project's configuration as it is written now, and whether its commands may run."""

    project: str
    source: str
    digest: str
    text: str
    trusted: bool
    why: str
    problems: tuple[ProblemShape, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsShape:
    """All settings in force for a project (or for the machine), and what is wrong with newer ones.

    `current` is false where what is written is not what holds.
    """

    project: str | None
    current: bool
    settings: tuple[SettingShape, ...]
    problems: tuple[ProblemShape, ...]
