"""Prove that the verbs of hooks change the configuration of whoever calls, and say so."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Terminal


@pytest.fixture
def ada(tmp_path: Path) -> Terminal:
    """Give a person who has Claude Code, and no daemon."""
    settings = tmp_path / "ada" / ".claude" / "settings.json"
    settings.parent.mkdir(parents=True)
    settings.write_text('{"model": "opus"}\n')
    environment = {"HOME": str(tmp_path / "ada"), "PATH": "/nonexistent"}
    return Terminal(tmp_path / "ada" / ".orch", tmp_path, environment)


async def test_hooks_come_and_go(ada: Terminal, tmp_path: Path) -> None:
    """In the files of the agents that are there; no daemon is started for it."""
    settings = tmp_path / "ada" / ".claude" / "settings.json"
    said = await ada.run("hooks", "install", "--json")
    assert [(one["agent"], one["state"], one["changed"]) for one in said.json] == [
        ("claude", "installed", True)
    ]
    assert said.json[0]["file"] == str(settings)
    assert json.loads(settings.read_text())["hooks"]
    again = await ada.run("hooks", "install")
    assert (again.code, "changed" in again.out) == (0, False)
    status = await ada.run("hooks", "status", "--json")
    assert [one["state"] for one in status.json][:2] == ["installed", "absent"]
    await ada.run("hooks", "uninstall")
    assert settings.read_text() == '{"model": "opus"}\n'
    assert not (tmp_path / "ada" / ".orch" / "run").exists()


async def test_what_stands_in_the_way_is_told(ada: Terminal, tmp_path: Path) -> None:
    """With the file, and that it stays as it is; a wrong name is a usage error."""
    settings = tmp_path / "ada" / ".claude" / "settings.json"
    settings.write_text('{"model": "opus"} // mine\n')
    said = await ada.run("hooks", "install", "claude")
    assert said.code == 1
    assert "settings.json is no plain JSON" in said.err
    assert "next: " in said.err
    assert settings.read_text() == '{"model": "opus"} // mine\n'
    wrong = await ada.run("hooks", "install", "emacs")
    assert wrong.code == 2
    assert "claude, codex, gemini, opencode" in wrong.err


async def test_a_person_without_agents_is_asked_for_one(tmp_path: Path) -> None:
    """Nothing is made up."""
    environment = {"HOME": str(tmp_path), "PATH": "/nonexistent"}
    said = await Terminal(tmp_path / "h", tmp_path, environment).run("hooks", "install")
    assert said.code == 1
    assert "claude, codex, gemini, opencode" in said.err
    assert not (tmp_path / ".orch").exists()
