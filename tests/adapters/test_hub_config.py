"""A hub that somebody configures from one of its worktrees goes on being readable."""

from pathlib import Path

import pytest

from orch.adapters.hub import Hub, fetch_base, open_hub
from orch.adapters.hub_config import mend_config
from orch.core.project import Project
from orch.system.git import Git
from orch.testing.repositories import make_project, make_repository


@pytest.fixture
def project(orch_home: Path, tmp_path: Path) -> Project:
    """Give a project of a small repository."""
    return make_project(orch_home, make_repository(tmp_path / "mine"))


@pytest.fixture
async def hub(project: Project) -> Hub:
    """Give its hub."""
    return await open_hub(project)


def configure(hub: Hub, *lines: str) -> None:
    """Write into the hub's configuration, as an agent or a gate can."""
    with (hub.path / "config").open("a", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in lines)


@pytest.mark.parametrize(
    "lines",
    [
        ("[core]", "repositoryFormatVersion = 99"),
        ("[extensions]", "nobodyKnowsThis = true"),
        ("[core]", "bare = true", "worktree = /nowhere"),
        ("[core", "this is no configuration"),
    ],
)
async def test_what_breaks_a_hub_is_taken_back(
    project: Project, hub: Hub, lines: tuple[str, ...]
) -> None:
    """Whoever opens it next finds it as it was."""
    before = await hub.git("config", "--list", "--local")
    configure(hub, *lines)
    await fetch_base(project, "main")
    after = await hub.git("config", "--list", "--local")
    assert sorted(after.splitlines()) == sorted(before.splitlines())


async def test_a_configuration_that_is_gone_comes_back(project: Project, hub: Hub) -> None:
    """Byte for byte."""
    before = (hub.path / "config").read_bytes()
    (hub.path / "config").unlink()
    await fetch_base(project, "main")
    assert (hub.path / "config").read_bytes() == before


async def test_what_orch_has_set_holds_and_the_rest_stays(project: Project, hub: Hub) -> None:
    """An agent's push leads nowhere also after it tried to change that; its name is its own."""
    nowhere = await hub.git("config", "remote.origin.pushurl")
    for key, value in (
        ("remote.origin.pushurl", "https://example.com/mine.git"),
        ("core.autocrlf", "true"),
        ("user.name", "An agent"),
        ("core.hooksPath", ".husky/_"),
        ("filter.lfs.process", "git-lfs filter-process"),
    ):
        await hub.git("config", key, value)
    await open_hub(project)
    assert await hub.git("config", "--get-all", "remote.origin.pushurl") == nowhere
    assert not await hub.git.ok("config", "core.autocrlf")
    assert await hub.git("config", "user.name") == "An agent"
    assert await hub.git("config", "--file", str(hub.path / "config"), "core.hooksPath")
    assert await hub.git("config", "filter.lfs.process") == "git-lfs filter-process"


async def test_a_good_one_is_not_written(project: Project, hub: Hub) -> None:
    """Nor is one of an older version, which kept no copy."""
    stamp = (hub.path / "config").stat()
    await open_hub(project)
    assert (hub.path / "config").stat() == stamp
    (hub.path / "orch.config").unlink()
    configure(hub, "[core]", "autocrlf = true")
    assert not await mend_config(hub.path)
    assert await Git(hub.path, git_dir=hub.path)("config", "core.autocrlf") == "true"
