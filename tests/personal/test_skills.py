"""Prove that skills are what agents read, say what is true, and leave no trace."""

import re
import shlex
from pathlib import Path

import pytest

from orch.cli.parse import parse
from orch.cli.registry import find as find_verb
from orch.personal.failure import PersonalError
from orch.personal.places import AGENTS
from orch.personal.skills import Skills, find, names, project_root, summary, text
from tests.personal.conftest import Person

FENCE = re.compile(r"^```\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NUMBERS = {"SEQ": "7"}
"""What stands for a number in a text for people."""
SPAN = re.compile(r"`(orch [^`]+)`")
NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def command_lines(name: str) -> list[str]:
    """List every command line of orch that a skill shows, in blocks and within sentences."""
    body = text(name).decode()
    blocks = [line for block in FENCE.findall(body) for line in block.splitlines()]
    return [line for line in [*blocks, *SPAN.findall(body)] if line.startswith("orch ")]


def skills(ada: Person, root: Path | None = None) -> Skills:
    """Speak of a person's skills, or of a project's."""
    return Skills(places=ada.places, undo=ada.undo, root=root)


@pytest.mark.parametrize("name", names())
def test_every_command_that_a_skill_shows_exists(name: str) -> None:
    """With its options; a skill that teaches what is not there would be worse than none."""
    lines = command_lines(name)
    assert lines or name == "orch-researcher"
    for line in lines:
        words = [NUMBERS.get(word, word) for word in shlex.split(line)[1:]]
        found = find_verb(words)
        assert found is not None, line
        if line == f"orch {found[0].path}":
            continue  # The verb alone, spoken of in a sentence.
        parse(*found)


@pytest.mark.parametrize("name", names())
def test_a_skill_is_what_agents_read(name: str) -> None:
    """Front matter with its folder's name and a description of what it is for, and when."""
    body = text(name).decode()
    _, front, rest = body.split("---\n", 2)
    assert front.startswith(f"name: {name}\ndescription: ")
    assert len(front.splitlines()) == 2
    assert NAME.fullmatch(name)
    assert len(name) <= 64
    assert 80 < len(summary(name)) < 1024
    assert ": " not in summary(name), "a colon would end a plain string of YAML"
    assert rest.strip().startswith("# ")
    assert len(rest.splitlines()) < 200
    assert find(name.removeprefix("orch-")) == name


def test_a_skill_that_is_none_is_named() -> None:
    """With those that there are."""
    with pytest.raises(PersonalError, match="lead, architect"):
        find("juggler")


def test_skills_come_and_go(ada: Person) -> None:
    """For each agent where it looks; nothing is left of them."""
    done = skills(ada).install(AGENTS, names())
    assert {(one.state, one.changed) for one in done} == {("installed", True)}
    for folder in (".claude", ".codex", ".gemini", ".config/opencode"):
        for name in names():
            path = ada.home / folder / "skills" / name / "SKILL.md"
            assert path.read_bytes() == text(name)
    assert not any(one.changed for one in skills(ada).install(AGENTS, names()))
    skills(ada).uninstall(AGENTS, names())
    assert ada.files() == {}


def test_a_project_has_its_own(ada: Person, tmp_path: Path) -> None:
    """Below the repository's root, where the agents look for a project's."""
    root = tmp_path / "repo"
    (root / ".git").mkdir(parents=True)
    (root / "src").mkdir()
    assert project_root(root / "src") == root
    skills(ada, root).install(AGENTS, ["orch-lead"])
    for folder in (".claude", ".agents", ".gemini", ".opencode"):
        assert (root / folder / "skills" / "orch-lead" / "SKILL.md").is_file()
    skills(ada, root).uninstall(AGENTS, names())
    assert sorted(path.name for path in root.iterdir()) == [".git", "src"]
    with pytest.raises(PersonalError, match="no git repository"):
        project_root(tmp_path)


def test_what_a_person_wrote_into_one_is_kept(ada: Person) -> None:
    """Installing refuses and changes none of the others; with force theirs is kept beside."""
    path = ada.write(".claude/skills/orch-coder/SKILL.md", b"mine\n")
    with pytest.raises(PersonalError, match="stays as it is"):
        skills(ada).install(["claude"], names())
    assert not (ada.home / ".claude" / "skills" / "orch-lead").exists()
    skills(ada).install(["claude"], names(), force=True)
    assert path.read_bytes() == text("orch-coder")
    assert path.with_name("SKILL.md.yours").read_bytes() == b"mine\n"
    skills(ada).uninstall(["claude"], names())
    assert ada.files() == {
        ".claude": b"(folder)",
        ".claude/skills": b"(folder)",
        ".claude/skills/orch-coder": b"(folder)",
        ".claude/skills/orch-coder/SKILL.md": b"mine\n",
    }


def test_a_skill_that_cannot_be_read_is_told(ada: Person) -> None:
    """And does not hide the others."""
    (ada.home / ".claude/skills/orch-lead/SKILL.md").mkdir(parents=True)
    found = skills(ada).status(["claude"], ["orch-lead", "orch-coder"])
    assert [one.state for one in found] == ["unreadable", "absent"]
    assert "no ordinary file" in found[0].note
