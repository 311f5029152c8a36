"""Prove that what is cleaned up is nobody's, also while tasks go on being filed."""

import pytest

from orch.adapters.workspaces.gc import Kind, Policy, Removal, plan_removals
from orch.core.project import Project
from orch.daemon import cleaning
from orch.system.paths import Home
from tests.daemon.served import Served


async def test_a_task_that_is_filed_meanwhile_keeps_its_workspace(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tasks were read before it was there, and its folder is found after."""
    lost = served.home.workspaces(served.project.id) / "t99-lost"
    lost.mkdir(parents=True)
    begun = []

    async def plan_late(home: Home, project: Project, *, policy: Policy) -> list[Removal]:
        begun.append(await served.begin_in_worktree(await served.add("Filed meanwhile")))
        return await plan_removals(home, project, policy=policy)

    monkeypatch.setattr(cleaning, "plan_removals", plan_late)
    planned = await cleaning.plan(served.context, served.project)
    assert [one.where for one in planned] == [str(lost)]
    assert begun[0].exists()


async def test_nothing_of_a_task_goes_that_is_begun_again_after_the_plan(served: Served) -> None:
    """To carry a plan out may take minutes."""
    task = await served.add("Begun again")
    logs = served.home.attempt(task, 0).parent
    (logs / "1").mkdir(parents=True)
    planned = [Removal(kind=Kind.LOGS, where=str(logs), why="its task ended", task_id=task)]
    (kept,) = await cleaning.remove(served.context, served.project, planned=planned)
    assert (kept.refused, logs.exists()) == ("its task goes on", True)
