"""Prove that the agents' folders are found where the agents look."""

from pathlib import Path

from orch.personal.places import AGENTS, Places


def test_the_variables_of_the_agents_are_followed() -> None:
    """As the programs do themselves."""
    plain = Places({"HOME": "/home/ada"})
    assert [str(plain.folder(agent)) for agent in AGENTS] == [
        "/home/ada/.claude",
        "/home/ada/.codex",
        "/home/ada/.gemini",
        "/home/ada/.config/opencode",
    ]
    moved = Places(
        {
            "HOME": "/home/ada",
            "CLAUDE_CONFIG_DIR": "/c",
            "CODEX_HOME": "/x",
            "GEMINI_CLI_HOME": "/g",
            "XDG_CONFIG_HOME": "/o",
        }
    )
    assert [str(moved.folder(agent)) for agent in AGENTS] == [
        "/c", "/x", "/g/.gemini", "/o/opencode",
    ]  # fmt: skip


def test_the_agents_that_a_person_has_are_found(tmp_path: Path) -> None:
    """By their configuration, or by the program."""
    (tmp_path / ".codex").mkdir()
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "gemini"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    places = Places({"HOME": str(tmp_path), "PATH": str(tmp_path / "bin")})
    assert places.found() == ["codex", "gemini"]
