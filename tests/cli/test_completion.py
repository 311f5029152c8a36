"""Prove that a shell is offered verbs, tasks and projects."""

from tests.cli.conftest import Terminal
from tests.daemon.served import Served


async def complete(orch: Terminal, *words: str) -> list[str]:
    """Ask as fish does, and return what is offered."""
    *before, begun = words
    line = " ".join(["orch", *before, begun])
    orch.extra |= {"_ORCH_COMPLETE": "fish_complete", "COMP_WORDS": line, "COMP_CWORD": begun}
    found = await orch.run()
    return [row.partition(",")[2].partition("\t")[0] for row in found.out.splitlines() if row]


async def test_verbs_are_offered(orch: Terminal) -> None:
    """By their beginning."""
    assert "status" in await complete(orch, "sta")
    assert "show" in await complete(orch, "task", "sh")


async def test_tasks_are_offered_by_any_of_their_names(served: Served, orch: Terminal) -> None:
    """Those that are open."""
    await served.add("Mend the pump", key="LAB-1")
    await served.call("task.cancel", task=await served.add("Gone"))
    assert await complete(orch, "task", "show", "t") == ["t1"]
    assert await complete(orch, "task", "show", "lab") == ["LAB-1"]
    assert await complete(orch, "attach", "mend") == ["mend-the-pump"]


async def test_projects_are_offered(served: Served, orch: Terminal) -> None:
    """By name."""
    assert await complete(orch, "status", "--project", "") == [served.project.name]


async def test_without_a_daemon_nothing_is_offered(served: Served, orch: Terminal) -> None:
    """And none is started for that."""
    await served.server.close()
    assert await complete(orch, "task", "show", "t") == []
