"""Prove that a repository is set up by one verb, and what is refused is told."""

from pathlib import Path

from orch.testing.repositories import make_repository
from tests.cli.conftest import Terminal
from tests.daemon.served import Served


async def test_a_repository_is_set_up_with_one_word(
    served: Served, orch: Terminal, tmp_path: Path
) -> None:
    """What was done is listed; the second time there is nothing to do."""
    other = make_repository(tmp_path / "my other ä")
    found = await orch.run("init", str(other.path), "--yes")
    assert found.code == 0
    assert "write .orch/config.toml" in found.out
    assert 'next: orch add "' in found.out
    again = await orch.run("init", str(other.path), "--yes", "--json")
    assert again.json["did"] == []
    listed = await orch.run("project", "list")
    assert "my other ä" in listed.out
    assert len(served.engine.registry.projects()) == 2


async def test_without_a_terminal_init_wants_its_word(orch: Terminal, tmp_path: Path) -> None:
    """And leaves nothing behind."""
    other = make_repository(tmp_path / "other")
    found = await orch.run("init", str(other.path))
    assert (found.code, "next: orch init --yes" in found.err) == (2, True)
    assert not (other.path / ".orch").exists()


async def test_a_folder_that_is_no_repository_is_refused(orch: Terminal, tmp_path: Path) -> None:
    """With the way to make it one."""
    folder = tmp_path / "plain"
    folder.mkdir()
    found = await orch.run("init", str(folder), "--yes")
    assert found.code == 1
    assert "no git repository" in found.err
    assert "next: orch init --git" in found.err


async def test_a_project_is_paused_and_forgotten(served: Served, orch: Terminal) -> None:
    """Forgetting wants a word."""
    name = served.project.name
    assert "paused" in (await orch.run("project", "pause")).out
    assert "(paused)" in (await orch.run("status")).out
    assert "at work" in (await orch.run("project", "resume", name, "--json")).json["what"]
    asked = await orch.run("project", "remove", name)
    assert (asked.code, f"orch project remove {name} --yes" in asked.err) == (2, True)
    gone = await orch.run("project", "remove", name, "--yes", "--json")
    assert "is forgotten" in gone.json["what"]


async def test_a_configuration_is_shown_before_it_is_trusted(
    served: Served, orch: Terminal
) -> None:
    """One that the person wrote here is trusted already."""
    served.repository.write({".orch/config.toml": '[landing]\nquality_gate = "make test"\n'})
    found = await orch.run("trust")
    assert found.code == 0
    assert "is trusted" in found.out
    assert (await orch.run("trust", "--json")).json["trusted"] is True


async def test_agents_are_listed(served: Served, orch: Terminal) -> None:
    """With the programs that are missing."""
    served.repository.write(
        {".orch/config.toml": '[agents.fixer]\nadapter = "command"\nstart_command = "sh fix.sh"\n'}
    )
    shown = await orch.run("agents")
    assert "fixer" in shown.out
    assert (await orch.run("agents", "--json")).json[0]["name"] == "fixer"
