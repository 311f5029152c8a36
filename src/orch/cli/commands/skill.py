"""Verbs of skills, the texts that teach agents to work through orch: install, list, uninstall."""

from dataclasses import asdict

from orch.cli.render import print_json
from orch.cli.tables import table
from orch.cli.text import one_line
from orch.cli.verbs import JSON, Argument, Option, flag, verb
from orch.wire.shapes.personal import SkillShape

TYPE_CHECKING = False
if TYPE_CHECKING:
    from orch.personal.skills import Skills

NAMES = Argument("names", metavar="NAME", many=True, required=False)
AGENT = Option(
    "--agent -a",
    "For this agent (may be repeated); for all that you have if not given.",
    kind="texts",
    dest="agents",
    metavar="claude|codex|gemini|opencode",
)
IN_PROJECT = flag("--project", "In this repository, for all who work on it; not in your home.")
FORCE = flag("--force", "Also one that was edited; it is kept beside, as SKILL.md.yours.")


@verb("skill install", NAMES, AGENT, IN_PROJECT, FORCE, JSON)
def install(
    *, names: tuple[str, ...], agents: tuple[str, ...], project: bool, force: bool, as_json: bool
) -> None:
    """Teach your agents to lead others through orch, and the roles of a team.

    Writes SKILL.md files where the agents look for them. Names are lead, researcher, architect,
    coder, validator and integrator; all of them without a name. What you have edited is not
    overwritten; what is unchanged is brought up to date.
    """
    from orch.cli.personal import attempt

    skills, who, which = _begin(names, agents, project=project)
    _show(attempt(lambda: skills.install(who, which, force=force)), as_json=as_json)


@verb("skill uninstall", NAMES, AGENT, IN_PROJECT, FORCE, JSON)
def uninstall(
    *, names: tuple[str, ...], agents: tuple[str, ...], project: bool, force: bool, as_json: bool
) -> None:
    """Remove orch's skills, and the folders that were made for them; what you edited stays."""
    from orch.cli.personal import attempt
    from orch.personal.places import AGENTS

    skills, who, which = _begin(names, agents or AGENTS, project=project)
    _show(attempt(lambda: skills.uninstall(who, which, force=force)), as_json=as_json)


@verb("skill list", NAMES, AGENT, IN_PROJECT, JSON)
def list_(*, names: tuple[str, ...], agents: tuple[str, ...], project: bool, as_json: bool) -> None:
    """List orch's skills, what each one is for, and where your agents have them."""
    from orch.personal.places import AGENTS

    skills, who, which = _begin(names, agents or AGENTS, project=project)
    found = skills.status(who, which)
    if as_json:
        print_json([asdict(one) for one in found])
        return
    rows = []
    for name in which:
        there = [one for one in found if one.name == name and one.state != "absent"]
        shown = ", ".join(_state(one) for one in there) or "-"
        rows.append([name, shown, next(one.summary for one in found if one.name == name)])
    print(table(("SKILL", "INSTALLED", "WHAT IT IS FOR"), rows))


def _state(skill: SkillShape) -> str:
    return skill.agent if skill.state == "installed" else f"{skill.agent} ({skill.state})"


def _show(found: list[SkillShape], *, as_json: bool) -> None:
    if as_json:
        print_json([asdict(one) for one in found])
        return
    rows = [
        [one.name, one.agent, one.state, "changed" if one.changed else "", one.file]
        for one in found
    ]
    print(table(("SKILL", "AGENT", "STATE", "", "FILE"), rows))
    for one in found:
        if one.note:
            print(f"{one.name}: {one_line(one.note)}")


def _begin(
    names: tuple[str, ...], agents: tuple[str, ...], *, project: bool
) -> "tuple[Skills, list[str], list[str]]":
    from pathlib import Path

    from orch.cli.personal import attempt, chosen, person
    from orch.personal.skills import Skills, find, project_root
    from orch.personal.skills import names as every

    places, undo = person()
    which = attempt(lambda: [find(name) for name in names]) or list(every())
    root = attempt(lambda: project_root(Path.cwd())) if project else None
    return Skills(places=places, undo=undo, root=root), chosen(agents, places), which
