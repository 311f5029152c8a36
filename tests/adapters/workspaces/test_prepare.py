"""A workspace is ready for its agent, isolated from the person's, and survives any crash."""

import asyncio
import os
import pickle
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from orch.adapters.hub import open_hub
from orch.adapters.workspaces.leases import Leases
from orch.adapters.workspaces.worktree import WorktreeWorkspaces
from orch.core.project import Project
from orch.core.task import Scope
from orch.ports.errors import Permanent
from orch.ports.workspace import PrepareOrder, Workspace, WorkspaceRef, WorkspaceSettings
from orch.system.paths import Home
from orch.testing.repositories import (
    Repository,
    make_hook,
    make_ignored,
    make_project,
    make_remote,
    make_repository,
    make_submodule,
)
from orch.testing.workspace_kit import AGENT


@pytest.fixture
def workspaces(orch_home: Path) -> WorktreeWorkspaces:
    """Give the workspaces of a home."""
    return WorktreeWorkspaces(Home(orch_home))


def order(
    project: Project, n: int = 1, *, attempt: int = 1, settings: WorkspaceSettings | None = None
) -> PrepareOrder:
    """Compose an order for the n-th task."""
    return PrepareOrder(
        project=project,
        task_id=f"t{n}",
        slug="fix-it",
        attempt=attempt,
        branch=f"orch/t{n}-fix-it",
        base="main",
        settings=settings or WorkspaceSettings(),
        identity=AGENT,
        renew=attempt > 1,
    )


def ref(project: Project, workspace: Workspace, n: int = 1, *, attempt: int = 1) -> WorkspaceRef:
    """Point at the workspace of the n-th task."""
    return WorkspaceRef(
        project=project,
        task_id=f"t{n}",
        attempt=attempt,
        path=workspace.path,
        branch=workspace.branch,
        base_commit=workspace.base_commit,
    )


def read(workspace: Workspace, name: str) -> str:
    """Read a file of a workspace."""
    return (Path(workspace.path) / name).read_text(encoding="utf-8")


def exists(workspace: Workspace, name: str = ".") -> bool:
    """Tell whether a file of a workspace is there."""
    return os.path.lexists(Path(workspace.path) / name)


async def test_place(workspaces: WorktreeWorkspaces, project: Project, orch_home: Path) -> None:
    """A workspace is outside the person's checkout and knows its name and its ports."""
    workspace = await workspaces.prepare(order(project))
    assert workspace.path == str(orch_home / "workspaces" / "p-test" / "t1-fix-it")
    environment = dict(workspace.environment)
    assert environment["ORCH_WORKSPACE_NAME"] == "t1-fix-it"
    assert int(environment["ORCH_PORT_END"]) == int(environment["ORCH_PORT"]) + 9


async def test_eight_at_once(workspaces: WorktreeWorkspaces, project: Project) -> None:
    """Eight tasks are prepared at the same time: eight workspaces, no port twice."""
    made = await asyncio.gather(*(workspaces.prepare(order(project, n)) for n in range(1, 9)))
    assert len({workspace.path for workspace in made}) == 8
    assert len({dict(workspace.environment)["ORCH_PORT"] for workspace in made}) == 8
    for workspace in made:
        assert Repository(Path(workspace.path)).git("status", "--porcelain") == ""


async def test_same_order_twice_at_once(workspaces: WorktreeWorkspaces, project: Project) -> None:
    """The same order, carried out by two at a time, is carried out once."""
    one, two = await asyncio.gather(*(workspaces.prepare(order(project)) for _ in range(2)))
    assert one == two


async def test_identity(workspaces: WorktreeWorkspaces, project: Project) -> None:
    """What the agent commits bears its identity, and only in its own workspace."""
    one = await workspaces.prepare(order(project))
    odd = replace(AGENT, name='The "odd" \\ one')
    two = await workspaces.prepare(replace(order(project, 2), identity=odd))
    for workspace, name in ((one, "Agent"), (two, odd.name)):
        assert Repository(Path(workspace.path)).git("config", "user.name") == name


async def test_copies(
    workspaces: WorktreeWorkspaces, project: Project, person: Repository, tmp_path: Path
) -> None:
    """Ignored files are copied by pattern with modes and links; tracked and others are not."""
    make_ignored(person, {".env": "SECRET=1", "cache": "x", "deep/local.conf": "y"})
    person.write({"node_modules/a/index.js": "a", ".git/info/exclude": "node_modules\nlinks\n"})
    (person.path / "node_modules" / "run").symlink_to("a/index.js")
    (person.path / ".env").chmod(0o600)
    (tmp_path / "outside").write_text("outside")
    (person.path / "links").mkdir()
    (person.path / "links" / "out").symlink_to(tmp_path / "outside")
    (person.path / "links" / "back").symlink_to(person.path / "README.md")
    patterns = (".env", "node_modules/", "links", "*.conf", "!deep/*", "README.md", "untracked")
    person.write({"untracked": "not ignored"})
    settings = WorkspaceSettings(copy=patterns)
    workspace = await workspaces.prepare(order(project, settings=settings))
    assert read(workspace, ".env") == "SECRET=1"
    assert (Path(workspace.path) / ".env").stat().st_mode & 0o777 == 0o600
    assert read(workspace, "node_modules/a/index.js") == "a"
    assert (Path(workspace.path) / "node_modules" / "run").readlink() == Path("a/index.js")
    assert (Path(workspace.path) / "links" / "out").readlink() == tmp_path / "outside"
    assert "links/back: a link into your checkout" in workspace.note
    for name in ("cache", "deep/local.conf", "untracked", "links/back"):
        assert not exists(workspace, name)
    found = await workspaces.inspect(ref(project, workspace), scope=Scope())
    assert found.dirty == ()


async def test_copy_beside_a_tracked_link(
    workspaces: WorktreeWorkspaces, project: Project, person: Repository, tmp_path: Path
) -> None:
    """Nothing is written through a link that the base has where the person has a folder."""
    (tmp_path / "target").mkdir()
    (person.path / "conf").symlink_to(tmp_path / "target")
    person.commit()
    await workspaces.prepare(order(project, 2))
    base = person.head
    (person.path / "conf").unlink()
    make_ignored(person, {"conf/secret": "s"})
    person.git("rm", "-q", "--cached", "conf")
    await (await open_hub(project)).git("update-ref", "refs/heads/orch/t9-base", base)
    behind = replace(order(project, settings=WorkspaceSettings(copy=("secret",))),
                     base="orch/t9-base")  # fmt: skip
    workspace = await workspaces.prepare(behind)
    assert "conf/secret" in workspace.note
    assert list((tmp_path / "target").iterdir()) == []


async def test_set_up(
    workspaces: WorktreeWorkspaces,
    project: Project,
    orch_home: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The set-up runs in the workspace with its environment, and is logged."""
    monkeypatch.setenv("ORCH_STATE_DSN", "secret")
    setup = ("echo $ORCH_WORKSPACE_NAME $ORCH_PORT $ORCH_STATE_DSN > set-up", "echo done >&2")
    settings = WorkspaceSettings(setup=setup, ports=2)
    workspace = await workspaces.prepare(order(project, settings=settings))
    port = dict(workspace.environment)["ORCH_PORT"]
    assert read(workspace, "set-up") == f"t1-fix-it {port}\n"
    log = (orch_home / "attempts" / "t1" / "1" / "setup.log").read_text()
    assert "$ echo done >&2\ndone\n" in log
    assert "exit 0" in log


async def test_set_up_fails(
    workspaces: WorktreeWorkspaces, project: Project, orch_home: Path, tmp_path: Path
) -> None:
    """A set-up that fails is told with its last words, torn down and cleared away."""
    settings = WorkspaceSettings(
        setup=("echo one", "echo two; exit 7", "touch never"),
        teardown=(f"touch '{tmp_path}/torn-down'",),
    )
    with pytest.raises(Permanent, match=r"exit 7.*\n.*two") as caught:
        await workspaces.prepare(order(project, settings=settings))
    assert str(orch_home / "attempts" / "t1" / "1" / "setup.log") in caught.value.remedy
    assert (tmp_path / "torn-down").exists()
    assert await workspaces.held(project) == []
    assert (orch_home / "ports.json").read_text() == "{}"


async def test_set_up_hangs(workspaces: WorktreeWorkspaces, project: Project) -> None:
    """A set-up that takes too long is ended with all it started."""
    os.mkfifo(Path(project.path).parent / "pipe")
    command = f"cat '{Path(project.path).parent}/pipe'"
    settings = WorkspaceSettings(setup=(command,), setup_timeout_s=0.3)
    with pytest.raises(Permanent, match="timed out"):
        await workspaces.prepare(order(project, settings=settings))


async def test_set_up_of_next_attempt(workspaces: WorktreeWorkspaces, project: Project) -> None:
    """The set-up is not run again where an attempt goes on, but is where the base has moved."""
    settings = WorkspaceSettings(setup=("echo x >> .git-count; cp .git-count count",))
    await workspaces.prepare(order(project, settings=settings))
    workspace = await workspaces.prepare(order(project, attempt=2, settings=settings))
    assert read(workspace, "count") == "x\n"


async def test_hooks_of_the_person(
    workspaces: WorktreeWorkspaces, project: Project, person: Repository
) -> None:
    """The hooks of .git/hooks run for an agent's commit; those of servers are left out."""
    make_hook(person, "pre-commit", script="echo refused >&2; exit 1")
    make_hook(person, "post-receive", script="exit 0")
    workspace = await workspaces.prepare(order(project))
    agent = Repository(Path(workspace.path))
    with pytest.raises(AssertionError, match="refused"):
        agent.commit({"a": "a"})
    head = await workspaces.commit_leftovers(
        ref(project, workspace), author=AGENT, message="Left over"
    )
    assert head == agent.head
    assert sorted(path.name for path in (Path(project.hub) / "hooks").iterdir()) == ["pre-commit"]


async def test_hooks_in_the_tree(
    workspaces: WorktreeWorkspaces, project: Project, person: Repository
) -> None:
    """Hooks kept in the tree are used from the worktree itself."""
    person.write({".githooks/pre-commit": "#!/bin/sh\necho from the tree >&2; exit 1\n"})
    (person.path / ".githooks" / "pre-commit").chmod(0o755)
    person.commit()
    person.git("config", "core.hooksPath", ".githooks")
    workspace = await workspaces.prepare(order(project))
    with pytest.raises(AssertionError, match="from the tree"):
        Repository(Path(workspace.path)).commit({"a": "a"})


async def test_agent_cannot_reach_the_person(
    workspaces: WorktreeWorkspaces, project: Project, person: Repository
) -> None:
    """Whatever an agent does with git, the person's repository stays the same to the byte."""
    make_hook(person, "pre-commit", script="exit 0")
    before = person.snapshot()
    workspace = await workspaces.prepare(order(project))
    agent = Repository(Path(workspace.path))
    agent.commit({"evil": "evil"})
    agent.git("branch", "-f", "main", "HEAD")
    agent.git("update-ref", "refs/orch/base/main", "HEAD")
    agent.git("config", "user.name", "Mallory")
    agent.git("config", "core.hooksPath", "/evil")
    (Path(agent.git("rev-parse", "--git-common-dir")) / "hooks" / "pre-commit").write_text("evil")
    agent.git("gc", "-q", "--prune=now")
    agent.git("fetch", "-q", "origin")
    for name in ("origin main", "origin HEAD:refs/heads/main", "-f --all origin"):
        with pytest.raises(AssertionError, match="orch-lands-this-work"):
            agent.git("push", *name.split())
    await workspaces.publish(ref(project, workspace))
    await workspaces.release(ref(project, workspace), settings=WorkspaceSettings())
    assert person.snapshot() == before


async def test_agent_cannot_reach_the_remote(
    workspaces: WorktreeWorkspaces, orch_home: Path, person: Repository, tmp_path: Path
) -> None:
    """A fetch gives an agent the newest base that orch has fetched; a push leads nowhere."""
    remote = make_remote(person, tmp_path / "remote.git")
    project = make_project(orch_home, person, remote=remote)
    workspace = await workspaces.prepare(order(project))
    agent = Repository(Path(workspace.path))
    new = person.commit({"b": "b"})
    person.git("push", "-q", "origin", "main")
    await workspaces.prepare(order(project, 2))
    agent.git("fetch", "-q", "origin")
    assert agent.git("rev-parse", "origin/main") == new
    before = remote.snapshot()
    with pytest.raises(AssertionError):
        agent.git("push", "origin", "HEAD:main")
    assert remote.snapshot() == before


async def test_submodules(
    workspaces: WorktreeWorkspaces, project: Project, person: Repository, tmp_path: Path
) -> None:
    """Submodules are filled from the person's own copy, and can't be pushed to."""
    make_submodule(person, tmp_path / "lib upstream", at="lib")
    before = person.snapshot()
    workspace = await workspaces.prepare(order(project))
    assert read(workspace, "lib/lib.txt") == "library\n"
    inner = Repository(Path(workspace.path) / "lib")
    inner.commit({"lib.txt": "changed\n"})
    with pytest.raises(AssertionError, match="orch-lands-this-work"):
        inner.git("push", "origin", "HEAD:evil")
    saved = await workspaces.release(ref(project, workspace), settings=WorkspaceSettings())
    kinds = {"repository inside: lib/", "uncommitted changes: lib"}
    assert {one.what for one in saved} == kinds
    assert not exists(workspace)
    assert person.snapshot() == before
    assert await workspaces.refill(project, base="main", settings=WorkspaceSettings(warm=1)) == 0


async def test_submodule_that_is_nowhere(
    workspaces: WorktreeWorkspaces, project: Project, person: Repository, tmp_path: Path
) -> None:
    """A submodule that the person hasn't filled stays empty, and the agent is told."""
    make_submodule(person, tmp_path / "upstream", at="lib")
    person.git("submodule", "deinit", "-q", "-f", "lib")
    workspace = await workspaces.prepare(order(project))
    assert "Submodules left empty: lib" in workspace.note


async def test_large_files(
    workspaces: WorktreeWorkspaces, project: Project, person: Repository
) -> None:
    """Pointers of Git LFS stay pointers, and the agent is told."""
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"
    person.commit({".gitattributes": "*.bin filter=lfs diff=lfs\n", "a.bin": pointer})
    workspace = await workspaces.prepare(order(project))
    assert read(workspace, "a.bin") == pointer
    assert "Git LFS (*.bin)" in workspace.note


async def test_release_ends_all(
    workspaces: WorktreeWorkspaces, project: Project, tmp_path: Path, orch_home: Path
) -> None:
    """A released workspace has been torn down, and its ports and made branches are free again."""
    settings = WorkspaceSettings(teardown=(f"cp here '{tmp_path}/torn'", "exit 9"))
    workspace = await workspaces.prepare(order(project, settings=settings))
    agent = Repository(Path(workspace.path))
    agent.commit({"here": "here"})
    agent.git("checkout", "-q", "-b", "topic")
    agent.commit({"topic": "topic"})
    (saved,) = await workspaces.release(ref(project, workspace), settings=settings)
    assert saved.what.startswith("branch topic")
    assert (tmp_path / "torn").read_text() == "here"
    assert "exit 9" in (orch_home / "attempts" / "t1" / "1" / "teardown.log").read_text()
    assert (orch_home / "ports.json").read_text() == "{}"
    hub = Repository(Path(project.hub))
    assert (
        hub.git("for-each-ref", "--format=%(refname)", "refs/heads") == "refs/heads/orch/t1-fix-it"
    )
    assert list((Path(project.hub) / "worktrees").iterdir()) == []


async def test_kept_ignored_files(
    workspaces: WorktreeWorkspaces, project: Project, person: Repository
) -> None:
    """Ignored files that the project wants kept are saved with the rest."""
    person.commit({".gitignore": "*.log\n"})
    settings = WorkspaceSettings(keep=("*.log",))
    workspace = await workspaces.prepare(order(project, settings=settings))
    Repository(Path(workspace.path)).write({"a.log": "log"})
    (saved,) = await workspaces.release(ref(project, workspace), settings=settings)
    assert Repository(Path(project.hub)).git("show", f"{saved.commit}:a.log") == "log"


async def test_interrupted_release(
    workspaces: WorktreeWorkspaces, project: Project, orch_home: Path
) -> None:
    """A release that was interrupted after the removal is completed by the next."""
    workspace = await workspaces.prepare(order(project))
    shutil.rmtree(workspace.path)
    assert await workspaces.release(ref(project, workspace), settings=WorkspaceSettings()) == []
    assert (orch_home / "ports.json").read_text() == "{}"
    assert await workspaces.held(project) == []


async def test_interrupted_renewal(
    workspaces: WorktreeWorkspaces, project: Project, person: Repository, orch_home: Path
) -> None:
    """A crash after the branch was moved and before the files were is made good."""
    first = await workspaces.prepare(order(project))
    agent = Repository(Path(first.path))
    agent.commit({"mine": "mine"})
    agent.write({"loose": "loose"})
    base = person.commit({"theirs": "theirs"})
    await workspaces.prepare(order(project, attempt=2))
    # As it was between the two steps: branch moved, files old, the lease says so.
    agent.git("checkout", "-q", "--detach", f"{base}~1")
    agent.git("symbolic-ref", "HEAD", "refs/heads/orch/t1-fix-it")
    leases = Leases(Home(orch_home), project.id)
    lease = leases.read("t1")
    assert lease is not None
    leases.write(replace(lease, stage=type(lease.stage).MOVING))
    again = await workspaces.prepare(order(project, attempt=2))
    assert agent.git("status", "--porcelain") == ""
    assert (read(again, "mine"), read(again, "theirs")) == ("mine", "theirs")
    (saved,) = await workspaces.saved(project)
    assert "loose" in saved.what


async def test_left_in_the_middle(workspaces: WorktreeWorkspaces, project: Project) -> None:
    """The next attempt finds its branch, whatever the one before was in the middle of."""
    first = await workspaces.prepare(order(project))
    agent = Repository(Path(first.path))
    agent.git("checkout", "-q", "-b", "other")
    agent.commit({"README.md": "theirs"})
    agent.git("checkout", "-q", "orch/t1-fix-it")
    mine = agent.commit({"README.md": "mine"})
    with pytest.raises(AssertionError):
        agent.git("rebase", "other")
    agent.git("update-index", "--skip-worktree", "src/app.txt")
    agent.write({"src/app.txt": "hidden"})
    second = await workspaces.prepare(order(project, attempt=2))
    found = await workspaces.inspect(ref(project, second, attempt=2), scope=Scope())
    assert (found.head, found.dirty, found.detached, found.unfinished) == (mine, (), False, "")
    assert read(second, "src/app.txt") == "one\ntwo\nthree\n"
    assert "refs/orch/saved/t1/1/" in second.note


async def test_foreign_folder(
    workspaces: WorktreeWorkspaces, project: Project, orch_home: Path
) -> None:
    """A folder that lies in the way, nobody knows why, is saved and not just removed."""
    folder = orch_home / "workspaces" / "p-test" / "t1-fix-it"
    folder.mkdir(parents=True)
    (folder / "precious").write_text("precious")
    workspace = await workspaces.prepare(order(project))
    assert not exists(workspace, "precious")
    (saved,) = await workspaces.saved(project)
    assert "precious" in saved.what


POINTS: dict[str, Callable[[Path], bool]] = {
    "lease": lambda home: any(home.glob("workspaces/p-test/.leases/t1.json")),
    "noted": lambda home: any(home.glob("repos/p-test.git/worktrees/t1-fix-it/gitdir")),
    "folder": lambda home: any(home.glob("workspaces/p-test/t1-fix-it/d1")),
    "half": lambda home: any(home.glob("workspaces/p-test/t1-fix-it/d150/f")),
    "index": lambda home: any(home.glob("repos/p-test.git/worktrees/t1-fix-it/index")),
    "identity": lambda home: any(home.glob("repos/p-test.git/worktrees/*/config.worktree")),
    "ports": lambda home: any(home.glob("ports.json")),
    "set-up": lambda home: any(home.glob("attempts/t1/1/setup.log")),
}

PROGRAM = """
import asyncio, pickle, sys
from pathlib import Path
from orch.adapters.workspaces.worktree import WorktreeWorkspaces
from orch.system.paths import Home
given = pickle.load(sys.stdin.buffer)
asyncio.run(WorktreeWorkspaces(Home(Path(sys.argv[1]))).prepare(given))
"""
SLOW = WorkspaceSettings(setup=("echo once > set-up",))


@pytest.mark.parametrize("point", POINTS)
async def test_killed(orch_home: Path, tmp_path: Path, point: str) -> None:
    """A kill at any point of the making is followed by the same workspace, made whole."""
    person = make_repository(tmp_path / "many", {f"d{i}/f": str(i) for i in range(200)})
    kill_at(point, orch_home, person)
    workspaces, project = WorktreeWorkspaces(Home(orch_home)), make_project(orch_home, person)
    workspace = await workspaces.prepare(order(project, settings=SLOW))
    assert workspace.base_commit == person.head
    found = await workspaces.inspect(ref(project, workspace), scope=Scope())
    assert (found.head, found.dirty, found.detached) == (person.head, ("set-up",), False)
    assert await workspaces.saved(project) == []


def kill_at(point: str, home: Path, person: Repository) -> None:
    """Prepare a workspace in another process, and kill it and its git when a point is reached."""
    argv = (sys.executable, "-c", PROGRAM, str(home))
    given = pickle.dumps(order(make_project(home, person), settings=SLOW))
    with subprocess.Popen(argv, stdin=subprocess.PIPE) as process:
        assert process.stdin is not None
        process.stdin.write(given)
        process.stdin.close()
        while process.poll() is None and not POINTS[point](home):
            os.sched_yield()
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        living = children.read_text().split() if children.exists() else []
        os.kill(process.pid, signal.SIGKILL)
        for child in living:
            try:
                os.kill(int(child), signal.SIGKILL)
            except ProcessLookupError:
                continue
