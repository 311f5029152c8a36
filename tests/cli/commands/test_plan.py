"""Prove that the plan shows what can go at once, and what nobody can say."""

from tests.cli.conftest import Terminal
from tests.daemon.served import Served


async def test_tasks_are_shown_in_batches(served: Served, orch: Terminal) -> None:
    """By scope, by the paths that the words name, and behind what they wait for."""
    assert (await orch.run("plan", "--parallel")).out == "no open tasks\n"
    await orch.run("add", "One", "--allow", "src/a/")
    await orch.run("add", "Two", "--prompt", "Mend src/a/x.py")
    await orch.run("add", "Three", "--allow", "docs/", "--after", "t1")
    await orch.run("add", "Four")
    found = (await orch.run("plan", "--parallel", "--json")).json
    batches = [(one["task"], one["batch"], one["files"], one["named"]) for one in found]
    assert batches == [
        ("t1", 1, ["src/a/"], False),
        ("t2", 2, ["src/a/x.py"], True),
        ("t3", 2, ["docs/"], False),
        ("t4", None, [], True),
    ]
    shown = (await orch.run("plan", "--parallel")).out.splitlines()
    assert shown[0].split() == ["BATCH", "TASK", "STATUS", "AFTER", "FILES", "TITLE"]
    assert shown[3].split()[:2] == ["2", "t3"]
    assert "orch add --allow GLOB" in shown[-1]
    assert {one["project"] for one in found} == {served.project.name}
