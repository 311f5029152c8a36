"""Prove that a repository is set up over the wire, trusted by what was shown, and let go."""

from pathlib import Path

import pytest

from orch.testing.repositories import make_repository
from orch.wire.codes import WireError
from tests.daemon.served import Served


async def test_a_repository_is_planned_shown_and_set_up(served: Served, tmp_path: Path) -> None:
    """What the person agreed to is trusted; nothing happens before."""
    other = make_repository(tmp_path / "other one ä")
    plan = await served.call("project.plan", path=str(other.path))
    assert plan["problems"] == []
    assert plan["writes"] is True
    assert not (other.path / ".orch").exists()
    done = await served.call("project.add", path=str(other.path), seen=plan["digest"])
    assert (other.path / ".orch" / "config.toml").read_text() == plan["config"]
    assert done["project"]["path"] == str(other.path)
    trust = await served.call("trust.show", cwd=str(other.path))
    assert trust["trusted"] is True
    assert len(await served.call("project.list")) == 2


async def test_what_can_not_be_set_up_says_why_and_changes_nothing(
    served: Served, tmp_path: Path
) -> None:
    """A folder that is no repository, with its remedy."""
    folder = tmp_path / "plain"
    folder.mkdir()
    plan = await served.call("project.plan", path=str(folder))
    assert "no git repository" in plan["problems"][0]["what"]
    with pytest.raises(WireError) as told:
        await served.call("project.add", path=str(folder))
    assert "--git" in told.value.next
    assert list(folder.iterdir()) == []


async def test_a_relative_path_is_refused(served: Served) -> None:
    """The daemon's folder is nobody's."""
    with pytest.raises(WireError, match="absolute"):
        await served.call("project.plan", path="here")


async def test_a_project_is_paused_and_resumed(served: Served) -> None:
    """Doing it twice is harmless."""
    for _ in range(2):
        await served.call("project.pause", project=served.project.name)
    assert (await served.call("project.list"))[0]["paused"] is True
    await served.call("project.resume", project=served.project.name)
    assert (await served.call("project.list"))[0]["paused"] is False


async def test_a_project_with_tasks_that_wait_is_not_forgotten_by_mistake(served: Served) -> None:
    """Only with force; its tasks stay."""
    task = await served.add("x")
    with pytest.raises(WireError, match="have not ended"):
        await served.call("project.remove", project=served.project.name)
    await served.call("project.remove", project=served.project.name, force=True)
    assert await served.call("project.list") == []
    assert (await served.call("task.show", task=task))["id"] == task


async def test_only_what_was_shown_is_trusted(served: Served) -> None:
    """A file that changed meanwhile has to be looked at again."""
    config = served.repository.path / ".orch" / "config.toml"
    config.parent.mkdir()
    config.write_text('[landing]\nquality_gate = "make test"\n')
    shown = await served.call("trust.show", project=served.project.name)
    config.write_text('[landing]\nquality_gate = "make evil"\n')
    with pytest.raises(WireError, match="changed since it was shown"):
        await served.call("trust.approve", project=served.project.name, seen=shown["digest"])
    with pytest.raises(WireError, match="show it first"):
        await served.call("trust.approve", project=served.project.name, seen="")


async def test_agents_are_listed_with_their_programs(served: Served, tmp_path: Path) -> None:
    """Those that the configuration names, and those on the person's PATH."""
    config = served.repository.path / ".orch" / "config.toml"
    config.parent.mkdir()
    config.write_text('[agents.fixer]\nadapter = "command"\nstart_command = "sh fix.sh"\n')
    program = tmp_path / "bin" / "claude"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    found = await served.call(
        "agents.list", project=served.project.name, search=str(program.parent)
    )
    by_name = {agent["name"]: agent for agent in found}
    assert by_name["fixer"]["used_by"] == [served.project.name]
    assert (by_name["claude"]["path"], by_name["claude"]["adapter"]) == (str(program), "")
