"""The skills that teach agents to lead and to work through orch, in the agents' own places."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from orch.personal.failure import PersonalError
from orch.personal.files import PersonalFile
from orch.personal.places import Places
from orch.personal.undo import Undo
from orch.personal.whole import Whole
from orch.wire.shapes.personal import SkillShape

TEXTS = Path(__file__).with_name("skill_texts")
"""One folder for each skill, as agents want it: SKILL.md with its name and description."""

FILE = "SKILL.md"
USER, PROJECT = "user", "project"
_PREFIX = "orch-"
_REMEDY = "add --force to put orch's in its place; this one is then kept beside it"
_SUMMARY = re.compile(r"^description: (.+)$", re.MULTILINE)

_IN_PROJECT = {
    "claude": ".claude",
    "codex": ".agents",
    "gemini": ".gemini",
    "opencode": ".opencode",
}
"""Where agents look for a project's skills; Codex reads the folder that many agents share."""


@cache
def names() -> tuple[str, ...]:
    """List the skills, the lead's first."""
    found = sorted(path.parent.name for path in TEXTS.glob(f"*/{FILE}"))
    return ("orch-lead", *(name for name in found if name != "orch-lead"))


def find(name: str) -> str:
    """Return the skill of a name, with or without its prefix. Raises `PersonalError`."""
    full = name if name.startswith(_PREFIX) else _PREFIX + name
    if full not in names():
        short = ", ".join(one.removeprefix(_PREFIX) for one in names())
        raise PersonalError(f"there is no skill {name}; there are {short}", then="orch skill list")
    return full


def text(name: str) -> bytes:
    """Return the text of a skill."""
    return (TEXTS / name / FILE).read_bytes()


@dataclass(frozen=True, slots=True, kw_only=True)
class Skills:
    """The skills of one scope: a person's own, or a project's (`root` is its folder)."""

    places: Places
    undo: Undo
    root: Path | None = None

    def status(self, agents: Sequence[str], chosen: Sequence[str]) -> list[SkillShape]:
        """Look how they stand; what can't be read is told as such."""
        return [self._look(name, agent) for name in chosen for agent in agents]

    def install(
        self, agents: Sequence[str], chosen: Sequence[str], *, force: bool = False
    ) -> list[SkillShape]:
        """Write them. Raises `PersonalError` before any change if one is edited or foreign.

        With `force` that one is kept beside the new one, and comes back by `uninstall`.
        """
        wanted = [(name, agent) for name in chosen for agent in agents]
        for name, agent in wanted:
            if not force:
                self._whole(name, agent).refuse()
        return [
            self._look(name, agent, changed=self._whole(name, agent).install(force=force))
            for name, agent in wanted
        ]

    def uninstall(
        self, agents: Sequence[str], chosen: Sequence[str], *, force: bool = False
    ) -> list[SkillShape]:
        """Remove them with the folders that orch made. An edited one stays, unless by `force`."""
        return [
            self._look(name, agent, changed=self._whole(name, agent).uninstall(force=force))
            for name in chosen
            for agent in agents
        ]

    def _whole(self, name: str, agent: str) -> Whole:
        folder = self.places.folder(agent) if self.root is None else self.root / _IN_PROJECT[agent]
        place = PersonalFile(folder / "skills" / name / FILE)
        return Whole(place, text(name), self.undo, remedy=_REMEDY)

    def _look(self, name: str, agent: str, *, changed: bool = False) -> SkillShape:
        whole, state, note = self._whole(name, agent), "unreadable", ""
        try:
            state = str(whole.look())
        except PersonalError as error:
            note = str(error)
        return SkillShape(
            name=name,
            agent=agent,
            scope=USER if self.root is None else PROJECT,
            file=whole.file.name,
            state=state,
            changed=changed,
            summary=summary(name),
            note=note,
        )


def summary(name: str) -> str:
    """Return what a skill says of itself."""
    found = _SUMMARY.search(text(name).decode())
    return found[1] if found else ""


def project_root(folder: Path) -> Path:
    """Return the folder of the repository around a folder. Raises `PersonalError`."""
    for candidate in (folder, *folder.parents):
        if (candidate / ".git").exists():
            return candidate
    raise PersonalError(f"{folder} is in no git repository", then="go into one, or leave --project")
