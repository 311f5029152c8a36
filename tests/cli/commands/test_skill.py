"""Prove that the verbs of skills put them where the caller's agents look."""

from pathlib import Path

import pytest

from tests.cli.conftest import Terminal


@pytest.fixture
def ada(tmp_path: Path) -> Terminal:
    """Give a person who has Codex, and a repository."""
    (tmp_path / "ada" / ".codex").mkdir(parents=True)
    (tmp_path / "repo" / ".git").mkdir(parents=True)
    environment = {"HOME": str(tmp_path / "ada"), "PATH": "/nonexistent"}
    return Terminal(tmp_path / "ada" / ".orch", tmp_path / "repo", environment)


async def test_skills_come_and_go(ada: Terminal, tmp_path: Path) -> None:
    """For the agents that are there, or the one that is named."""
    said = await ada.run("skill", "install", "lead", "orch-coder", "--json")
    assert [(one["name"], one["agent"], one["state"]) for one in said.json] == [
        ("orch-lead", "codex", "installed"),
        ("orch-coder", "codex", "installed"),
    ]
    place = tmp_path / "ada" / ".codex" / "skills"
    assert (place / "orch-lead" / "SKILL.md").is_file()
    listed = await ada.run("skill", "list")
    assert "orch-lead" in listed.out
    assert "codex" in listed.out
    in_project = await ada.run("skill", "install", "lead", "--project", "--agent", "claude")
    assert in_project.code == 0
    assert (tmp_path / "repo" / ".claude" / "skills" / "orch-lead" / "SKILL.md").is_file()
    await ada.run("skill", "uninstall", "--project")
    gone = await ada.run("skill", "uninstall", "--json")
    assert sum(one["changed"] for one in gone.json) == 2
    assert not place.exists()
    assert not (tmp_path / "repo" / ".claude").exists()


async def test_an_edited_skill_wants_force(ada: Terminal, tmp_path: Path) -> None:
    """The message says so, and the words stay."""
    await ada.run("skill", "install")
    path = tmp_path / "ada" / ".codex" / "skills" / "orch-lead" / "SKILL.md"
    path.write_text("mine")
    said = await ada.run("skill", "install")
    assert said.code == 1
    assert "was edited; it stays as it is" in said.err
    assert "--force" in said.err
    assert path.read_text() == "mine"
    assert (await ada.run("skill", "install", "--force")).code == 0
    assert path.with_name("SKILL.md.yours").read_text() == "mine"
    assert (await ada.run("skill", "install", "nonsense")).code == 1
