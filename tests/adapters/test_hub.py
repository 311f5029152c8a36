"""The hub is a copy that nothing of the person's can hurt, and that hurts nothing of theirs."""

import asyncio
import socket
from dataclasses import replace
from pathlib import Path

import pytest

from orch.adapters.hub import BASE, fetch_base, open_hub
from orch.core.project import Project
from orch.ports.errors import Permanent, Transient
from orch.testing.repositories import (
    Repository,
    make_bare,
    make_empty,
    make_project,
    make_remote,
    make_repository,
)


@pytest.fixture
def person(tmp_path: Path) -> Repository:
    """Give a repository with spaces and letters of many tongues in its path."""
    return make_repository(tmp_path / "my projects" / "Größe 木")


@pytest.fixture
def project(orch_home: Path, person: Repository) -> Project:
    """Give the person's repository as a project without a remote."""
    return make_project(orch_home, person)


def kept(home: Path) -> list[str]:
    """List what lies among the hubs of a home."""
    return sorted(path.name for path in home.glob("repos/*") if path.suffix != ".lock")


async def test_base_without_remote(project: Project, person: Repository) -> None:
    """The base is the person's branch as it is now, each time."""
    assert await fetch_base(project, "main") == person.head
    person.commit({"new.txt": "new"})
    assert await fetch_base(project, "main") == person.head
    hub = await open_hub(project)
    assert await hub.commit(f"{BASE}main") == person.head
    assert await hub.commit("refs/remotes/origin/main") == person.head
    assert await hub.git("for-each-ref", "refs/heads") == ""


async def test_person_untouched(project: Project, person: Repository) -> None:
    """Making a hub and fetching leaves every byte of the person's repository as it was."""
    before = person.snapshot()
    await fetch_base(project, "main")
    assert person.snapshot() == before


async def test_hard_links_survive_the_persons_gc(project: Project, person: Repository) -> None:
    """Objects are shared by hard links, and what the person prunes stays in the hub."""
    commit = await fetch_base(project, "main")
    name = f"objects/{commit[:2]}/{commit[2:]}"
    inode = (person.path / ".git" / name).stat().st_ino
    assert (Path(project.hub) / name).stat().st_ino == inode
    person.git("checkout", "-q", "--orphan", "other")
    person.commit(message="Other history")
    person.git("branch", "-D", "main")
    person.git("reflog", "expire", "--expire=all", "--all")
    person.git("gc", "-q", "--prune=now")
    hub = await open_hub(project)
    assert await hub.git("rev-list", "--objects", "--count", commit) == "5"


async def test_base_of_remote(orch_home: Path, tmp_path: Path, person: Repository) -> None:
    """With a remote its branch counts, not the person's own."""
    remote = make_remote(person, tmp_path / "remote.git")
    published = person.head
    person.commit({"mine.txt": "not pushed"})
    project = make_project(orch_home, person, remote=remote)
    assert await fetch_base(project, "main") == published
    person.git("push", "-q", "origin", "main")
    assert await fetch_base(project, "main") == person.head


async def test_base_rewritten(orch_home: Path, tmp_path: Path, person: Repository) -> None:
    """A base whose history was rewritten is followed."""
    remote = make_remote(person, tmp_path / "remote.git")
    project = make_project(orch_home, person, remote=remote)
    await fetch_base(project, "main")
    person.git("commit", "-q", "--amend", "-m", "Begin anew")
    person.git("push", "-q", "-f", "origin", "main")
    assert await fetch_base(project, "main") == person.head


async def test_bare_project(orch_home: Path, tmp_path: Path, person: Repository) -> None:
    """A bare repository on disk is a project like any other."""
    project = make_project(orch_home, make_bare(tmp_path / "bare.git", of=person))
    assert await fetch_base(project, "main") == person.head


async def test_detached_person(project: Project, person: Repository) -> None:
    """That the person's HEAD is detached does not matter to a base that is named."""
    person.commit({"b": "b"})
    person.git("checkout", "-q", "--detach", "HEAD~1")
    assert await fetch_base(project, "main") == person.git("rev-parse", "main")


async def test_shallow_person(orch_home: Path, tmp_path: Path, person: Repository) -> None:
    """A shallow clone can be worked on."""
    for i in range(3):
        person.commit({"n": str(i)})
    person.git("clone", "-q", "--depth=1", f"file://{person.path}", str(tmp_path / "shallow"))
    shallow = Repository(tmp_path / "shallow")
    project = make_project(orch_home, shallow)
    assert await fetch_base(project, "main") == shallow.head
    shallow.commit({"n": "more"})
    assert await fetch_base(project, "main") == shallow.head


async def test_borrowed_objects_are_copied(
    orch_home: Path, tmp_path: Path, person: Repository
) -> None:
    """What the person's repository borrows from another is copied, not borrowed on."""
    person.git("clone", "-q", "--shared", str(person.path), str(tmp_path / "borrower"))
    project = make_project(orch_home, Repository(tmp_path / "borrower"))
    await fetch_base(project, "main")
    assert not (Path(project.hub) / "objects" / "info" / "alternates").exists()


async def test_missing_branch(project: Project, person: Repository) -> None:
    """A missing base names the branches that exist, and the key to change."""
    person.git("branch", "develop")
    with pytest.raises(Permanent, match=r"no branch 'trunk'; it has develop, main") as caught:
        await fetch_base(project, "trunk")
    assert "landing.base_branch" in caught.value.remedy


async def test_empty_repository(orch_home: Path, tmp_path: Path) -> None:
    """An empty repository asks for a first commit, and works as soon as it is there."""
    person = make_empty(tmp_path / "empty")
    project = make_project(orch_home, person)
    with pytest.raises(Permanent, match="no commits yet") as caught:
        await fetch_base(project, "main")
    assert "first commit" in caught.value.remedy
    commit = person.commit({"a": "a"})
    assert await fetch_base(project, "main") == commit


async def test_no_repository(orch_home: Path, tmp_path: Path) -> None:
    """A folder that is no repository is refused, and no half-made hub is left."""
    (tmp_path / "folder").mkdir()
    for path in (tmp_path / "folder", tmp_path / "gone"):
        with pytest.raises(Permanent, match="not a git repository"):
            await fetch_base(make_project(orch_home, Repository(path)), "main")
    assert kept(orch_home) == []


async def test_unreachable_remote(orch_home: Path, person: Repository) -> None:
    """A remote that does not answer may answer later; one that isn't there won't."""
    with socket.create_server(("127.0.0.1", 0)) as quiet:
        address = f"git://127.0.0.1:{quiet.getsockname()[1]}/x"
        silent = replace(make_project(orch_home, person), remote=address)
        await open_hub(silent)
        with pytest.raises(Transient, match="no answer within"):
            await fetch_base(silent, "main", timeout_s=0.5)
    gone = make_project(orch_home, person, remote=Repository(Path("/nowhere")))
    with pytest.raises(Permanent, match="does not appear to be a git repository"):
        await fetch_base(gone, "main")


async def test_opened_by_many_at_once(
    orch_home: Path, project: Project, person: Repository
) -> None:
    """Many that open a hub at the same time get one and the same."""
    commits = await asyncio.gather(*(fetch_base(project, "main") for _ in range(8)))
    assert set(commits) == {person.head}
    assert kept(orch_home) == ["p-test.git"]


async def test_half_made_hub(project: Project, person: Repository) -> None:
    """What a crash left of a clone is no hub, and is made anew."""
    making = Path(project.hub).with_suffix(".making")
    making.mkdir(parents=True)
    (making / "HEAD").write_text("ref: refs/heads/main\n")
    assert await fetch_base(project, "main") == person.head
    assert not making.exists()


async def test_base_of_another_task(project: Project, person: Repository) -> None:
    """The branch of a task can be the base of another."""
    await fetch_base(project, "main")
    hub = await open_hub(project)
    await hub.git("update-ref", "refs/heads/orch/t1-first", person.head)
    assert await fetch_base(project, "orch/t1-first") == person.head


async def test_fetch_beside_a_worktree_in_the_making(project: Project, person: Repository) -> None:
    """A worktree whose HEAD names nothing yet does not fail the fetch of another task."""
    await fetch_base(project, "main")
    made = Path(project.hub) / "worktrees" / "t9"
    made.mkdir(parents=True)
    (made / "gitdir").write_text("/nowhere/.git\n")
    (made / "commondir").write_text("../..\n")
    (made / "HEAD").write_text("0" * 40 + "\n")
    wanted = person.commit({"more.txt": "more\n"}, "More")

    async def mend() -> None:
        hub = await open_hub(project)
        await hub.git("version")
        (made / "HEAD").write_text("ref: refs/heads/orch/t9\n")

    fetched, _ = await asyncio.gather(fetch_base(project, "main"), mend())
    assert fetched == wanted == person.head
