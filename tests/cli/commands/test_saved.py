"""Prove that saved work is listed, and that a name of nothing is refused."""

from orch.ports.workspace import Saved
from tests.cli.conftest import Terminal
from tests.daemon.served import Served


async def test_what_was_saved_is_listed(served: Served, orch: Terminal) -> None:
    """By task, or of the whole project."""
    assert "nothing was ever saved" in (await orch.run("saved", "list")).out
    task = await served.add("x")
    one = Saved(
        ref="refs/orch/saved/t1/1/1",
        commit="a" * 40,
        task_id=task,
        attempt=1,
        what="uncommitted: a.txt",
        at=1.0,
    )
    served.engine.workspaces.kept.append(one)
    listed = await orch.run("saved", "list", task)
    assert "refs/orch/saved/t1/1/1" in listed.out
    assert "uncommitted: a.txt" in listed.out
    assert (await orch.run("saved", "list", "--json")).json[0]["ref"] == one.ref


async def test_what_was_not_saved_can_not_be_shown(served: Served, orch: Terminal) -> None:
    """With the list of what was."""
    found = await orch.run("saved", "show", "t9/1/1")
    assert (found.code, "next: orch saved list" in found.err) == (1, True)
    assert served.project.id
