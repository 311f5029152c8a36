"""The shapes of a person's own configuration: hooks and skills of agents."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class HookShape:
    """One file of an agent's configuration that orch's hooks are in, or could be.

    `state` is installed, partly, absent, taken (the place is the person's own), old (of another
    version), edited, foreign, or unreadable. `changed` says whether this call changed the file;
    `note` is what else there is to know.
    """

    agent: str
    file: str
    state: str
    changed: bool
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SkillShape:
    """A skill of orch's, for one agent: where it is or would be, and how it stands there.

    `state` is installed, absent, old (of another version), edited, foreign or unreadable.
    """

    name: str
    agent: str
    scope: str
    file: str
    state: str
    changed: bool
    summary: str
    note: str
