"""Merges that an agent left uncommitted, in a real worktree: finished, or known to be open."""

from dataclasses import replace
from pathlib import Path

import pytest

from orch.adapters.workspaces.worktree import WorktreeWorkspaces
from orch.core.landing import Person
from orch.core.project import Project
from orch.core.task import Scope
from orch.ports.workspace import PrepareOrder, WorkspaceRef, WorkspaceSettings
from orch.system.paths import Home
from orch.testing.repositories import Repository

AGENT = Person("agent", "agent@example.invalid")


class Merging:
    """A workspace in which the merge of the base is under way."""

    def __init__(self, orch_home: Path, project: Project, *, person: Repository) -> None:
        """Know the person's repository; nothing is made yet."""
        self.workspaces = WorktreeWorkspaces(Home(orch_home))
        self.person = person
        self.order = PrepareOrder(
            project=project,
            task_id="t1",
            slug="fix-it",
            attempt=1,
            branch="orch/t1-fix-it",
            base="main",
            settings=WorkspaceSettings(),
            identity=AGENT,
        )

    async def begin(self, mine: dict[str, str], theirs: dict[str, str], *, gone: str = "") -> None:
        """Let both sides change files; the person removes one, if it is named."""
        first = await self.workspaces.prepare(self.order)
        self.agent = Repository(Path(first.path))
        self.mine = self.agent.commit(mine)
        if gone:
            self.person.git("rm", "-q", gone)
        self.theirs = self.person.commit(theirs)
        order = replace(self.order, attempt=2, renew=True, merge=True)
        second = await self.workspaces.prepare(order)
        self.ref = WorkspaceRef(
            project=order.project,
            task_id="t1",
            attempt=2,
            path=second.path,
            branch=second.branch,
            base_commit=second.base_commit,
        )

    async def untouched(self) -> tuple[str, ...]:
        """Look which conflicts nobody has touched."""
        return (await self.workspaces.inspect(self.ref, scope=Scope())).untouched

    async def finish(self) -> str:
        """Commit what is left over, and return the parents of what came of it."""
        head = await self.workspaces.commit_leftovers(self.ref, author=AGENT, message="Merge it")
        return self.agent.git("log", "-1", "--format=%P %an %s", head)

    @property
    def finished(self) -> str:
        """What is to come of it."""
        return f"{self.mine} {self.theirs} agent Merge it"


@pytest.fixture
def merging(orch_home: Path, project: Project, person: Repository) -> Merging:
    """Give one that has not begun."""
    return Merging(orch_home, project, person=person)


async def test_a_resolved_merge_gets_both_parents(merging: Merging) -> None:
    """An edited file need not be added; the merge is committed for the agent."""
    await merging.begin({"README.md": "mine\n"}, {"README.md": "theirs\n", "new": "new\n"})
    merging.agent.write({"README.md": "mine\ntheirs\n"})
    assert await merging.untouched() == ()
    assert await merging.finish() == merging.finished
    assert merging.agent.git("show", "HEAD:README.md") == "mine\ntheirs"
    assert merging.agent.git("status", "--porcelain") == ""


async def test_one_that_takes_nothing_is_a_merge_too(merging: Merging) -> None:
    """Where all stays as it was there is nothing to commit but the merge itself."""
    await merging.begin({"README.md": "mine\n"}, {"README.md": "theirs\n"})
    merging.agent.write({"README.md": "mine\n"})
    assert await merging.untouched() == ()
    assert await merging.finish() == merging.finished


async def test_markers_show_themselves(merging: Merging) -> None:
    """They are for those to find who look at the change."""
    await merging.begin({"README.md": "mine\n"}, {"README.md": "theirs\n"})
    assert await merging.untouched() == ()


@pytest.mark.parametrize("settle", ["add", "rm", "edit", "remove"])
async def test_a_file_that_one_side_removed(merging: Merging, settle: str) -> None:
    """It lies there without a marker until somebody decides."""
    await merging.begin({"README.md": "mine\n"}, {"other": "x\n"}, gone="README.md")
    assert await merging.untouched() == ("README.md",)
    if settle == "edit":
        merging.agent.write({"README.md": "mine, still\n"})
    elif settle == "remove":
        (merging.agent.path / "README.md").unlink()
    else:
        merging.agent.git(settle, "README.md")
    assert await merging.untouched() == ()
    assert await merging.finish() == merging.finished
    kept = merging.agent.git("ls-tree", "--name-only", "HEAD").split()
    assert ("README.md" in kept) == (settle in {"add", "edit"})


async def test_files_that_are_no_text(merging: Merging) -> None:
    """Git leaves ours; that nobody looked at it is known."""
    await merging.begin({"logo": "\0mine"}, {"logo": "\0theirs"})
    assert await merging.untouched() == ("logo",)
    merging.agent.write({"logo": "\0theirs"})
    assert await merging.untouched() == ()
