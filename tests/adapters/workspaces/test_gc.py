"""Only what nobody needs is removed, and what is in it is saved first."""

import os
import time
from pathlib import Path

import pytest

from orch.adapters.hub_config import keep_config
from orch.adapters.workspaces.gc import DAY_S, Ended, Kind, Policy, Removal, plan_removals
from orch.adapters.workspaces.sweeping import Removed, carry_out
from orch.adapters.workspaces.worktree import WorktreeWorkspaces
from orch.core.project import Project
from orch.ports.workspace import Workspace
from orch.system.paths import Home
from orch.testing.repositories import Repository
from orch.testing.workspace_kit import NO_SETTINGS
from tests.adapters.workspaces.test_prepare import exists, order, ref

NOW = 1_000 * DAY_S


@pytest.fixture
def workspaces(orch_home: Path) -> WorktreeWorkspaces:
    """Give the workspaces of a home."""
    return WorktreeWorkspaces(Home(orch_home))


def policy(
    *, live: tuple[str, ...] = (), ended: dict[str, Ended] | None = None, quota: int | None = None
) -> Policy:
    """Compose a policy that keeps things for a week."""
    return Policy(now=NOW, live=frozenset(live), ended=ended or {}, quota_bytes=quota)


async def make(workspaces: WorktreeWorkspaces, project: Project, *tasks: int) -> list[Workspace]:
    """Make workspaces with something uncommitted in them."""
    made = [await workspaces.prepare(order(project, n, settings=NO_SETTINGS)) for n in tasks]
    for workspace in made:
        (Path(workspace.path) / "loose").write_text("loose" * 10_000)
    return made


async def sweep(home: Path, project: Project, wanted: Policy) -> list[Removed]:
    """Plan and carry out."""
    plan = await plan_removals(Home(home), project, policy=wanted)
    return await carry_out(Home(home), project, plan=plan, settings=NO_SETTINGS)


def names(plan: list[Removal]) -> list[tuple[Kind, str]]:
    """Name what is planned by kind and task."""
    return [(one.kind, one.task_id or "") for one in plan]


async def test_live_tasks(
    workspaces: WorktreeWorkspaces, project: Project, orch_home: Path
) -> None:
    """Nothing of a task that goes on is touched, whatever room it takes."""
    await make(workspaces, project, 1)
    (orch_home / "attempts" / "t1" / "1").mkdir(parents=True)
    assert await plan_removals(Home(orch_home), project, policy=policy(live=("t1",), quota=0)) == []


async def test_ended_tasks(
    workspaces: WorktreeWorkspaces, project: Project, orch_home: Path
) -> None:
    """What landed goes at once, what else ended after a week, with reasons and sizes."""
    made = await make(workspaces, project, 1, 2, 3)
    ended = {
        "t1": Ended(NOW, landed=True),
        "t2": Ended(NOW - 8 * DAY_S, landed=False),
        "t3": Ended(NOW - DAY_S, landed=False),
    }
    plan = await plan_removals(Home(orch_home), project, policy=policy(ended=ended))
    folders = [(Kind.WORKSPACE, "t1"), (Kind.WORKSPACE, "t2")]
    assert names(plan) == [*folders, (Kind.BRANCH, "t2")]
    eight_days = "its task ended 8 days ago"
    assert [one.why for one in plan] == ["its task has landed", eight_days, eight_days]
    assert min(one.size_bytes for one in plan[:2]) >= 50_000
    done = await carry_out(Home(orch_home), project, plan=plan, settings=NO_SETTINGS)
    assert [[kept.what for kept in one.saved] for one in done] == [
        ["uncommitted changes: loose"],
        ["uncommitted changes: loose"],
        [],
    ]
    assert [exists(workspace) for workspace in made] == [False, False, True]


async def test_dry_run_changes_nothing(
    workspaces: WorktreeWorkspaces, project: Project, orch_home: Path
) -> None:
    """A plan is only a plan."""
    (workspace,) = await make(workspaces, project, 1)
    await plan_removals(Home(orch_home), project, policy=policy())
    assert exists(workspace)
    assert await workspaces.saved(project) == []


async def test_unknown_task(
    workspaces: WorktreeWorkspaces, project: Project, orch_home: Path
) -> None:
    """A workspace whose task the store does not know is saved and removed."""
    await make(workspaces, project, 1)
    (done,) = await sweep(orch_home, project, policy())
    assert done.removal.why == "its task is unknown"
    assert done.saved[0].ref == "refs/orch/saved/t1/1/1"


async def test_orphans(workspaces: WorktreeWorkspaces, project: Project, orch_home: Path) -> None:
    """A folder that no lease names is saved under attempt 0; the leased one of its task stays."""
    (workspace,) = await make(workspaces, project, 1)
    for name in ("t1-old-name", "strange"):
        folder = orch_home / "workspaces" / "p-test" / name
        folder.mkdir()
        (folder / "precious").write_text("precious")
    ended = {"t1": Ended(NOW, landed=False)}
    done = await sweep(orch_home, project, policy(ended=ended))
    refs = [saved.ref for one in done for saved in one.saved]
    assert refs == ["refs/orch/saved/unknown/0/1", "refs/orch/saved/t1/0/1"]
    assert exists(workspace)


async def test_guard_refuses(
    workspaces: WorktreeWorkspaces, project: Project, orch_home: Path
) -> None:
    """What can't be saved stays, the reason is told, and the rest goes on."""
    one, two = await make(workspaces, project, 1, 2)
    lock = Path(project.hub) / "refs" / "orch" / "saved" / "t1" / "1" / "1.lock"
    lock.parent.mkdir(parents=True)
    lock.touch()
    Repository(Path(project.hub)).git("config", "core.filesRefLockTimeout", "0")
    keep_config(Path(project.hub))
    first, second = await sweep(orch_home, project, policy())
    assert "could not be saved" in first.refused
    assert exists(one)
    assert (second.refused, exists(two)) == ("", False)


async def test_leased_meanwhile(
    workspaces: WorktreeWorkspaces, project: Project, orch_home: Path
) -> None:
    """A workspace that got another attempt after the plan was made stays."""
    (workspace,) = await make(workspaces, project, 1)
    plan = await plan_removals(Home(orch_home), project, policy=policy())
    await workspaces.prepare(order(project, attempt=2, settings=NO_SETTINGS))
    (done,) = await carry_out(Home(orch_home), project, plan=plan, settings=NO_SETTINGS)
    assert done.refused == "attempt 2 of t1 has it now"
    assert exists(workspace)


async def test_quota(workspaces: WorktreeWorkspaces, project: Project, orch_home: Path) -> None:
    """Beyond the quota the oldest ended task's things go first, and no more than needed."""
    await make(workspaces, project, 1, 2, 3)
    ended = {
        "t1": Ended(NOW - 1 * DAY_S, landed=False),
        "t2": Ended(NOW - 3 * DAY_S, landed=False),
        "t3": Ended(NOW - 2 * DAY_S, landed=False),
    }
    plan = await plan_removals(Home(orch_home), project, policy=policy(ended=ended, quota=150_000))
    assert names(plan) == [(Kind.WORKSPACE, "t2")]
    assert "quota" in plan[0].why


async def test_branches(workspaces: WorktreeWorkspaces, project: Project, orch_home: Path) -> None:
    """Branches of tasks that ended go after a week; commits that only they have are saved."""
    hub = Repository(Path(project.hub))
    heads = []
    for n, published in ((1, True), (2, False)):
        workspace = await workspaces.prepare(order(project, n, settings=NO_SETTINGS))
        heads.append(Repository(Path(workspace.path)).commit({"a": str(n)}))
        if published:
            await workspaces.publish(ref(project, workspace, n))
        await workspaces.release(ref(project, workspace, n), settings=NO_SETTINGS)
    ended = {f"t{n}": Ended(NOW - 9 * DAY_S, landed=n == 1) for n in (1, 2)}
    one, two = await sweep(orch_home, project, policy(ended=ended))
    assert (one.removal.where, one.saved) == ("orch/t1-fix-it", ())
    assert [saved.commit for saved in two.saved] == [heads[1]]
    assert hub.git("for-each-ref", "refs/heads") == ""
    (saved,) = await workspaces.saved(project)
    assert (saved.commit, saved.attempt) == (heads[1], 0)


async def test_a_workspace_goes_with_its_branch(
    workspaces: WorktreeWorkspaces, project: Project, orch_home: Path
) -> None:
    """At once, the workspace first: nothing is left for the next time."""
    (workspace,) = await make(workspaces, project, 1)
    wanted = policy(ended={"t1": Ended(NOW - 9 * DAY_S, landed=False)})
    done = await sweep(orch_home, project, wanted)
    assert names([one.removal for one in done]) == [(Kind.WORKSPACE, "t1"), (Kind.BRANCH, "t1")]
    assert [one.refused for one in done] == ["", ""]
    assert not exists(workspace)
    assert await plan_removals(Home(orch_home), project, policy=wanted) == []


async def test_branch_in_use(
    workspaces: WorktreeWorkspaces, project: Project, orch_home: Path
) -> None:
    """A workspace that stays keeps its branch, whatever was planned."""
    (workspace,) = await make(workspaces, project, 1)
    wanted = policy(ended={"t1": Ended(NOW - 9 * DAY_S, landed=False)})
    plan = await plan_removals(Home(orch_home), project, policy=wanted)
    await workspaces.prepare(order(project, attempt=2, settings=NO_SETTINGS))
    done = await carry_out(Home(orch_home), project, plan=plan, settings=NO_SETTINGS)
    assert [one.refused for one in done] == [
        "attempt 2 of t1 has it now",
        "a workspace stands on it",
    ]
    assert exists(workspace)


async def test_logs_and_rest(project: Project, orch_home: Path) -> None:
    """Old logs of ended tasks and what crashes left behind go; logs of others stay."""
    for task in ("t1", "t2", "t3"):
        folder = orch_home / "attempts" / task / "1"
        folder.mkdir(parents=True)
        (folder / "gate.log").write_text("log")
    rest = orch_home / "workspaces" / "p-test" / ".removing-t9-abcd"
    rest.mkdir(parents=True)
    os.utime(rest, (time.time() - 2 * DAY_S,) * 2)
    ended = {"t1": Ended(NOW - 9 * DAY_S, landed=True), "t2": Ended(NOW, landed=True)}
    done = await sweep(orch_home, project, policy(ended=ended))
    assert [one.removal.kind for one in done] == [Kind.LOGS, Kind.REST]
    assert sorted(path.name for path in (orch_home / "attempts").iterdir()) == ["t2", "t3"]
    assert not rest.exists()
