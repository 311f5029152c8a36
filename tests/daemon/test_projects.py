"""Prove that the project that is meant is found, from anywhere and by any of its names."""

import re
from pathlib import Path

import pytest

from orch.adapters.stores.memory import MemoryStore
from orch.core.task import Status, Task
from orch.daemon.projects import Projects
from orch.ports.errors import Permanent
from orch.ports.store import Batch
from orch.system.paths import Home
from orch.testing.repositories import Repository, make_repository, make_submodule


@pytest.fixture
def projects(registry: MemoryStore, home: Home) -> Projects:
    """Give the projects of a machine that has none."""
    return Projects(registry, home)


def test_a_project_is_registered_once(projects: Projects, mine: Repository, home: Home) -> None:
    """The second time gives the same project; its id is short and its hub is in the home."""
    first = projects.register(mine.path, remote=None, at=1.0)
    assert re.fullmatch(r"p-[0-9a-z]{4}", first.id)
    assert first.name == "mine"
    assert first.hub == str(home.hub(first.id))
    assert projects.register(mine.path, remote=None, at=2.0) == first
    assert projects.all() == [first]


def test_a_new_remote_is_kept(projects: Projects, mine: Repository) -> None:
    """Where landings go may change; the project is the same."""
    first = projects.register(mine.path, remote=None, at=1.0)
    second = projects.register(mine.path, remote="https://host.example/a.git", at=2.0)
    assert second.id == first.id
    assert projects.all()[0].remote == "https://host.example/a.git"


def test_a_linked_worktree_is_the_same_project(
    projects: Projects, mine: Repository, tmp_path: Path
) -> None:
    """One repository is one project, however many checkouts it has."""
    first = projects.register(mine.path, remote=None, at=1.0)
    mine.git("worktree", "add", "-q", str(tmp_path / "linked"))
    assert projects.at(tmp_path / "linked") == first


def test_two_projects_of_one_name_are_told_apart(projects: Projects, tmp_path: Path) -> None:
    """The second gets a number, so that a name alone always suffices."""
    names = [
        projects.register(make_repository(tmp_path / at / "app").path, remote=None, at=1.0).name
        for at in ("a", "b", "c")
    ]
    assert names == ["app", "app-2", "app-3"]


def test_a_project_is_found_from_any_of_its_folders(
    projects: Projects, mine: Repository, home: Home, tmp_path: Path
) -> None:
    """From a folder below, a linked worktree, a link, a submodule, and orch's own workspaces."""
    project = projects.register(mine.path, remote=None, at=1.0)
    make_submodule(mine, tmp_path / "inner", at="lib")
    mine.git("worktree", "add", "-q", str(tmp_path / "linked"))
    (tmp_path / "link").symlink_to(mine.path / "src")
    workspace = home.workspaces(project.id) / "t1-fix" / "src"
    gate = home.gates(project.id) / "1"
    for folder in (workspace, gate):
        folder.mkdir(parents=True)
    inside = (mine.path / "src", tmp_path / "linked", tmp_path / "link", mine.path / "lib")
    for folder in (*inside, workspace, gate):
        assert projects.find(folder) == project, folder


def test_the_innermost_registered_repository_counts(projects: Projects, mine: Repository) -> None:
    """A repository inside another may be a project of its own."""
    outer = projects.register(mine.path, remote=None, at=1.0)
    nested = make_repository(mine.path / "vendor" / "nested")
    assert projects.find(nested.path) == outer
    inner = projects.register(nested.path, remote=None, at=2.0)
    assert projects.find(nested.path / "src") == inner
    assert projects.find(mine.path / "vendor") == outer


def test_a_project_is_named_by_id_name_or_path(
    projects: Projects, mine: Repository, tmp_path: Path
) -> None:
    """Ids are short and case doesn't matter; a path may be relative or lie inside."""
    project = projects.register(mine.path, remote=None, at=1.0)
    for named in (project.id, project.id.upper(), "mine", "MINE", "mine/src", str(mine.path)):
        assert projects.find(tmp_path, named=named) == project, named


def test_a_project_whose_folder_is_gone_is_still_named(
    projects: Projects, mine: Repository, tmp_path: Path
) -> None:
    """It can be removed by its path, too."""
    project = projects.register(mine.path, remote=None, at=1.0)
    mine.path.rename(tmp_path / "moved")
    assert projects.find(tmp_path, named=str(mine.path)) == project


@pytest.mark.parametrize(
    ("named", "words", "remedy"),
    [
        ("mien", "there is no project mien", "did you mean mine?"),
        ("zzz", "there is no project zzz", "orch project list"),
    ],
)
def test_an_unknown_name_is_told(
    projects: Projects, mine: Repository, *, named: str, words: str, remedy: str
) -> None:
    """With the nearest one, or the command that lists them."""
    projects.register(mine.path, remote=None, at=1.0)
    with pytest.raises(Permanent, match=words) as raised:
        projects.find(mine.path, named=named)
    assert remedy in raised.value.remedy


def test_a_name_that_fits_several_is_an_error(projects: Projects, tmp_path: Path) -> None:
    """Names that differ in case alone are told apart by id."""
    for at, name in (("a", "App"), ("b", "APP")):
        project = projects.register(make_repository(tmp_path / at).path, remote=None, at=1.0)
        projects.registry.remove_project(project.id)
        projects.registry.save_project(
            type(project)(
                id=project.id,
                name=name,
                path=project.path,
                hub=project.hub,
                host_id=project.host_id,
                added_at=1.0,
            )
        )
    with pytest.raises(Permanent, match="fits several projects"):
        projects.find(tmp_path, named="app")


def test_a_folder_without_a_project_is_told(
    projects: Projects, mine: Repository, tmp_path: Path
) -> None:
    """A repository that orch does not know gets another remedy than no repository at all."""
    with pytest.raises(Permanent, match="does not know the repository") as raised:
        projects.find(mine.path)
    assert raised.value.remedy == "orch init"
    with pytest.raises(Permanent) as raised:
        projects.find(tmp_path)
    assert raised.value.remedy


def test_a_project_of_another_host_is_not_found_by_path(
    projects: Projects, mine: Repository, home: Home
) -> None:
    """The same path on another machine is another repository."""
    project = projects.register(mine.path, remote=None, at=1.0)
    (home.root / "host-id").write_text("h-other\n")
    with pytest.raises(Permanent, match="does not know the repository"):
        projects.find(mine.path)
    assert projects.find(mine.path, named=project.id) == project


def test_what_is_orch_s_own_is_known(projects: Projects, mine: Repository, home: Home) -> None:
    """A workspace is not to become a project."""
    assert projects.belongs_to_orch(home.workspaces("p-1") / "t1")
    assert not projects.belongs_to_orch(mine.path)


def test_removing_forgets_the_project_and_no_more(
    projects: Projects, mine: Repository, registry: MemoryStore
) -> None:
    """Its tasks stay, and its id is not given again."""
    project = projects.register(mine.path, remote=None, at=1.0)
    task = Task(
        id="t1", project_id=project.id, title="x", created_at=1.0, status=Status.DONE, version=1
    )
    registry.commit(Batch(tasks=(task,)))
    projects.remove(project)
    assert projects.all() == []
    assert (project.id, Status.DONE) in registry.counts()


@pytest.mark.parametrize(
    ("status", "force", "words"),
    [
        (Status.IN_PROGRESS, False, "at work"),
        (Status.LANDING, True, "at work"),
        (Status.ROUTED, False, "have not ended"),
        (Status.BLOCKED, False, "have not ended"),
    ],
)
def test_a_project_at_work_is_not_removed(
    projects: Projects, mine: Repository, *, status: Status, force: bool, words: str
) -> None:
    """What runs is never orphaned; what waits is given up only on request."""
    project = projects.register(mine.path, remote=None, at=1.0)
    task = Task(id="t1", project_id=project.id, title="x", created_at=1.0, status=status, version=1)
    assert isinstance(projects.registry, MemoryStore)
    projects.registry.commit(Batch(tasks=(task,)))
    with pytest.raises(Permanent, match=words):
        projects.remove(project, force=force)
    assert projects.all() == [project]


def test_what_only_waits_is_given_up_on_request(
    projects: Projects, mine: Repository, registry: MemoryStore
) -> None:
    """`--force` says so."""
    project = projects.register(mine.path, remote=None, at=1.0)
    task = Task(
        id="t1", project_id=project.id, title="x", created_at=1.0, status=Status.ROUTED, version=1
    )
    registry.commit(Batch(tasks=(task,)))
    projects.remove(project, force=True)
    assert projects.all() == []
