"""Warm workspaces are taken whole, by one only, and never with what is out of date."""

import asyncio
import os
from dataclasses import replace
from pathlib import Path

import pytest

from orch.adapters.workspaces.worktree import WorktreeWorkspaces
from orch.core.project import Project
from orch.core.task import Scope
from orch.ports.errors import Permanent
from orch.ports.workspace import WorkspaceSettings
from orch.system.paths import Home
from orch.testing.repositories import Repository, make_ignored
from orch.testing.workspace_kit import NO_SETTINGS
from tests.adapters.workspaces.test_prepare import exists, order, read, ref

SETTINGS = WorkspaceSettings(warm=2, ports=2, setup=("pwd >> made", "echo $ORCH_PORT > port"))


@pytest.fixture
def workspaces(orch_home: Path) -> WorktreeWorkspaces:
    """Give the workspaces of a home."""
    return WorktreeWorkspaces(Home(orch_home))


@pytest.fixture(autouse=True)
def ignore_what_is_made(person: Repository) -> None:
    """Ignore what the set-up makes."""
    person.commit({".gitignore": "made\nport\n"})


async def refill(
    workspaces: WorktreeWorkspaces, project: Project, settings: WorkspaceSettings = SETTINGS
) -> int:
    """Make warm workspaces."""
    return await workspaces.refill(project, base="main", settings=settings)


def warm_folders(home: Path) -> list[str]:
    """List the folders of warm workspaces; links to those that were taken are none."""
    found = (home / "warm" / "p-test").iterdir()
    return sorted(path.name for path in found if path.name.isdigit() and not path.is_symlink())


def points_to(link: str, path: str) -> bool:
    """Tell whether a link is there and leads to a path."""
    return Path(link).is_symlink() and Path(link).readlink() == Path(path)


async def test_taken(workspaces: WorktreeWorkspaces, project: Project, orch_home: Path) -> None:
    """A warm workspace is set up once, keeps its ports, and can be found where it was made."""
    assert await refill(workspaces, project) == 2
    workspace = await workspaces.prepare(order(project, settings=SETTINGS))
    assert workspace.was_warm
    first = str(orch_home / "warm" / "p-test" / "1")
    assert read(workspace, "made") == f"{first}\n"
    assert points_to(first, workspace.path)
    environment = dict(workspace.environment)
    assert read(workspace, "port").strip() == environment["ORCH_PORT"]
    assert environment["ORCH_WORKSPACE_NAME"] == "warm-p-test-1"
    agent = Repository(Path(workspace.path))
    assert agent.git("symbolic-ref", "HEAD") == "refs/heads/orch/t1-fix-it"
    assert agent.git("config", "user.name") == "Agent"
    assert warm_folders(orch_home) == ["2"]
    await workspaces.release(ref(project, workspace), settings=SETTINGS)
    assert not points_to(first, workspace.path)


async def test_no_index_is_refreshed(workspaces: WorktreeWorkspaces, project: Project) -> None:
    """Where the base has not moved, no file of the workspace is looked at or written."""
    await refill(workspaces, project)
    hub = Path(project.hub)
    before = (hub / "worktrees" / "1" / "index").stat()
    workspace = await workspaces.prepare(order(project, settings=SETTINGS))
    after = (hub / "worktrees" / "1" / "index").stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)
    assert Repository(Path(workspace.path)).git("diff-files", "--name-only") == ""


async def test_base_moved(
    workspaces: WorktreeWorkspaces, project: Project, person: Repository
) -> None:
    """One that is behind is brought to the exact base, and set up again."""
    await refill(workspaces, project)
    base = person.commit({"src/app.txt": "new\n", "added": "added"})
    workspace = await workspaces.prepare(order(project, settings=SETTINGS))
    assert (workspace.was_warm, workspace.base_commit) == (True, base)
    assert read(workspace, "added") == "added"
    assert len(read(workspace, "made").splitlines()) == 2
    found = await workspaces.inspect(ref(project, workspace), scope=Scope())
    assert (found.head, found.dirty) == (base, ())


async def test_many_take_at_once(workspaces: WorktreeWorkspaces, project: Project) -> None:
    """Of four tasks at once two get a warm workspace, each its own."""
    await refill(workspaces, project)
    orders = [workspaces.prepare(order(project, n, settings=SETTINGS)) for n in range(1, 5)]
    made = await asyncio.gather(*orders)
    assert sum(workspace.was_warm for workspace in made) == 2
    assert len({dict(workspace.environment)["ORCH_PORT"] for workspace in made}) == 4


async def test_other_settings(
    workspaces: WorktreeWorkspaces, project: Project, orch_home: Path, tmp_path: Path
) -> None:
    """After a change of the settings the old ones are not taken, but torn down and replaced."""
    old = replace(SETTINGS, teardown=(f"echo x >> '{tmp_path}/torn'",))
    await refill(workspaces, project, old)
    workspace = await workspaces.prepare(order(project, settings=SETTINGS))
    assert not workspace.was_warm
    new = replace(old, setup=("echo new > made",))
    assert await refill(workspaces, project, new) == 2
    assert (tmp_path / "torn").read_text() == "x\nx\n"
    assert len(warm_folders(orch_home)) == 2
    workspace = await workspaces.prepare(order(project, 2, settings=new))
    assert (workspace.was_warm, read(workspace, "made")) == (True, "new\n")


async def test_fewer_wanted(
    workspaces: WorktreeWorkspaces, project: Project, orch_home: Path
) -> None:
    """What is no longer wanted is removed, with its ports."""
    await refill(workspaces, project)
    assert await refill(workspaces, project, replace(SETTINGS, warm=0)) == 0
    assert warm_folders(orch_home) == []
    assert (orch_home / "ports.json").read_text() == "{}"


async def test_refill_updates(
    workspaces: WorktreeWorkspaces, project: Project, person: Repository
) -> None:
    """A refill brings those that are behind to the base, so that taking one is quick again."""
    await refill(workspaces, project)
    person.commit({"added": "added"})
    assert await refill(workspaces, project) == 2
    assert await refill(workspaces, project) == 2
    workspace = await workspaces.prepare(order(project, settings=SETTINGS))
    assert len(read(workspace, "made").splitlines()) == 2


async def test_copies_are_renewed(
    workspaces: WorktreeWorkspaces, project: Project, person: Repository
) -> None:
    """What the person changed, removed or added since is so in the workspace too."""
    make_ignored(person, {".env": "old", "gone.env": "gone", "new.env": ""})
    (person.path / "new.env").unlink()
    settings = replace(NO_SETTINGS, warm=1, copy=(".env", "gone.env", "new.env"))
    await refill(workspaces, project, settings)
    person.write({".env": "newer", "new.env": "new"})
    (person.path / "gone.env").unlink()
    workspace = await workspaces.prepare(order(project, settings=settings))
    assert workspace.was_warm
    assert (read(workspace, ".env"), read(workspace, "new.env")) == ("newer", "new")
    assert not exists(workspace, "gone.env")


async def test_failing_set_up(
    workspaces: WorktreeWorkspaces, project: Project, orch_home: Path
) -> None:
    """Where the set-up fails that is told, and nothing half-made is left."""
    with pytest.raises(Permanent, match="exit 3"):
        await refill(workspaces, project, replace(SETTINGS, setup=("exit 3",)))
    assert warm_folders(orch_home) == []


async def test_left_by_a_crash(
    workspaces: WorktreeWorkspaces, project: Project, orch_home: Path
) -> None:
    """What a crash left half-made is cleared away by the next refill; what is ready stays."""
    await refill(workspaces, project)
    half = orch_home / "warm" / "p-test" / "7"
    half.mkdir()
    (half / "file").write_text("half")
    (orch_home / "warm" / "p-test" / "9").symlink_to("/nowhere")
    taken = orch_home / "warm" / "p-test" / ".ready" / "2.json"
    abandoned = orch_home / "warm" / "p-test" / ".taken" / "2.json"
    abandoned.parent.mkdir(exist_ok=True)
    taken.rename(abandoned)
    os.utime(abandoned, (1, 1))
    assert await refill(workspaces, project) == 2
    assert "7" not in warm_folders(orch_home)
    assert len(warm_folders(orch_home)) == 2


async def test_spoiled(workspaces: WorktreeWorkspaces, project: Project, orch_home: Path) -> None:
    """One that can't be taken is discarded, and the next is."""
    await refill(workspaces, project)
    admin = Path(project.hub) / "worktrees" / "1"
    admin.rename(admin.with_name("elsewhere-gone"))
    for file in admin.with_name("elsewhere-gone").iterdir():
        if file.is_file():
            file.unlink()
    workspace = await workspaces.prepare(order(project, settings=SETTINGS))
    assert workspace.was_warm
    assert dict(workspace.environment)["ORCH_WORKSPACE_NAME"] == "warm-p-test-2"
    assert warm_folders(orch_home) == []
