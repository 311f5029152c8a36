"""Prove the page that people look at most."""

from dataclasses import replace

from orch.core.findings import Finding, Severity
from tests.cli.commands.test_logs import follow, line, stop
from tests.cli.conftest import Terminal
from tests.daemon.served import Served


async def test_an_empty_status_says_what_to_do(served: Served, orch: Terminal) -> None:
    """First a task; without a project, first that."""
    assert 'next: orch add "' in (await orch.run("status")).out
    served.engine.registry.remove_project(served.project.id)
    assert "next: orch init" in (await orch.run("status")).out


async def test_the_status_is_one_page(served: Served, orch: Terminal) -> None:
    """Tasks, queue, what waits; as JSON the same."""
    for number in range(3):
        await served.add(f"Task {number}")
    await served.call("task.mark", task="t3", mark="fail", reason="hopeless")
    await served.enqueue("topic")
    page = (await orch.run("status", "--limit", "1")).out
    for part in ("2 new", "1 failed", "Land topic", "1 waiting for you", "and 2 more"):
        assert part in page
    found = (await orch.run("status", "--json")).json
    assert (found["counts"], found["inbox"]) == ({"new": 2, "failed": 1}, 1)
    assert found["installed"] == found["daemon"]["version"]


async def test_the_status_of_several_projects_is_in_columns(served: Served, orch: Terminal) -> None:
    """Their folders stand below each other, and the queue says whose change it is."""
    await served.enqueue("topic")
    longer = replace(served.project, id="p-2", name="a-longer-name", path="/elsewhere")
    served.engine.registry.save_project(longer)
    lines = (await orch.run("status")).out.splitlines()
    folders = {
        path: at
        for line in lines
        for path in (served.project.path, "/elsewhere")
        if (at := line.find(f" {path}")) > 0
    }
    assert len(folders) == 2
    assert len(set(folders.values())) == 1
    (change,) = [line for line in lines if "Land topic" in line]
    assert served.project.name in change.split()


async def test_the_status_can_be_watched(served: Served, orch: Terminal) -> None:
    """It is written again at each event."""
    process = await follow(orch, "status", "--watch")
    while "no tasks yet" not in await line(process):
        pass
    await served.add("Appears by itself")
    while "Appears by itself" not in await line(process):
        pass
    assert await stop(process) == 130


async def test_what_waits_is_listed_with_its_command(served: Served, orch: Terminal) -> None:
    """Nothing waits: that is said too."""
    assert (await orch.run("inbox")).out == "nothing waits for you\n"
    await served.add("x")
    await served.call("task.mark", task="t1", mark="fail", reason="hopeless")
    shown = await orch.run("inbox")
    assert "hopeless" in shown.out
    assert "orch task retry t1" in shown.out
    assert (await orch.run("inbox", "--json")).json[0]["why"] == "failed"


async def test_workers_are_listed_under_two_verbs(served: Served, orch: Terminal) -> None:
    """`task live` is the same."""
    assert (await orch.run("workers")).out == "nobody is at work\n"
    await served.begin(await served.add("x"), worker="bodu")
    assert "bodu" in (await orch.run("task", "live")).out
    assert (await orch.run("workers", "--json")).json[0]["worker"] == "bodu"


async def test_the_doctor_is_a_check_for_scripts(served: Served, orch: Terminal) -> None:
    """Exit 1 if a promise does not hold, with the repair."""
    well = await orch.run("doctor")
    assert well.code == 0
    served.engine.findings = [
        Finding(severity=Severity.ERROR, subject="I3", what="no receipt", repair="git show abc")
    ]
    ill = await orch.run("doctor")
    assert ill.code == 1
    assert "next: git show abc" in ill.out
    found = await orch.run("doctor", "--json")
    assert (found.code, found.json["ok"]) == (1, False)
