"""Prove what may be asked for, and that what is wrong changes nothing."""

from pathlib import Path

import pytest

from orch.ports.store import TaskQuery
from orch.wire.codes import Code, WireError
from tests.daemon.served import Served


async def tasks(served: Served) -> int:
    """Count the tasks that there are."""
    return len(served.engine.memory.tasks(TaskQuery()))


async def test_a_task_is_added_to_the_project_around_the_folder(served: Served) -> None:
    """The answer has its id, its slug and its branch."""
    folder = served.repository.path / "src"
    added = await served.call("task.add", title="Mend the Ölpumpe", cwd=str(folder))
    assert added["id"] == "t1"
    assert added["slug"] == "mend-the-olpumpe"
    assert added["branch"] == "orch/t1-mend-the-olpumpe"
    assert added["project"] == served.project.name
    assert added["created"] is True


async def test_who_asked_is_in_the_history(served: Served) -> None:
    """With the words that were asked for."""
    task = await served.add("Mend it", prompt="all of it", labels=["a", "b", "a"], priority=3)
    (event,) = await served.call("task.history", task=task)
    assert event["kind"] == "TaskSubmitted"
    assert event["actor"].startswith("person:")
    shown = await served.call("task.show", task=task)
    assert (shown["prompt"], shown["labels"], shown["priority"]) == ("all of it", ["a", "b"], 3)


async def test_the_same_key_again_is_the_same_task(served: Served) -> None:
    """Whatever else is asked for the second time."""
    first = await served.call("task.add", title="A", key="LAB-1", project=served.project.id)
    again = await served.call("task.add", title="B", key="LAB-1", project=served.project.id)
    assert again["id"] == first["id"]
    assert (again["title"], again["created"]) == ("A", False)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"title": "  "}, "needs a title"),
        ({"title": "two\nlines"}, "one line"),
        ({"title": "x" * 301}, "301 characters"),
        ({"title": "a\x1b[31mred"}, r"control character U\+001B at line 1, column 2"),
        ({"title": "x", "prompt": "fine\nbut\x00"}, r"U\+0000 at line 2, column 4"),
        ({"title": "x", "prompt": "y" * 1_000_000}, "1,000,000 bytes"),
        ({"title": "x", "prompt": "\u202eevil"}, r"U\+202E"),
        ({"title": "x", "key": "a b"}, "is no key"),
        ({"title": "x", "slug": "Not a slug"}, "is no slug"),
        ({"title": "x", "labels": ["two words"]}, "is no label"),
        ({"title": "x", "attempts": 0}, "at least one attempt"),
        ({"title": "x", "priority": "high"}, "priority"),
        ({"title": "x", "after": ["t99"]}, "no task 't99'"),
        ({"title": "x", "parent": "t99"}, "no task 't99'"),
    ],
)
async def test_what_is_wrong_is_refused_with_its_place(
    served: Served, wrong: dict[str, object], said: str
) -> None:
    """And nothing is stored."""
    with pytest.raises(WireError, match=said):
        await served.call("task.add", project=served.project.id, **wrong)
    assert await tasks(served) == 0


async def test_line_ends_and_tabs_are_no_control_characters(served: Served) -> None:
    """Those of Windows become plain ones."""
    task = await served.add("x", prompt="a\r\n\tb\n")
    assert (await served.call("task.show", task=task))["prompt"] == "a\n\tb\n"


async def test_a_folder_of_no_project_names_the_remedy(served: Served, tmp_path: Path) -> None:
    """Instead of guessing."""
    with pytest.raises(WireError) as told:
        await served.call("task.add", title="x", cwd=str(tmp_path))
    assert told.value.code is Code.NOT_FOUND
    assert "orch project list" in told.value.next


async def test_an_agent_that_is_not_configured_is_refused(served: Served) -> None:
    """With those that are; the configuration is the person's own, so it is in force."""
    config = served.repository.path / ".orch" / "config.toml"
    config.parent.mkdir()
    config.write_text('[agents.fixer]\nadapter = "command"\nstart_command = "true"\n')
    with pytest.raises(WireError) as told:
        await served.add("x", agent="fixr")
    assert told.value.candidates == ("fixer",)
    assert await served.add("x", agent="fixer") == "t1"


async def test_limits_of_the_project_are_the_budget_unless_told(served: Served) -> None:
    """A task may ask for its own."""
    plain = await served.call("task.show", task=await served.add("x"))
    own = await served.call("task.show", task=await served.add("y", attempts=1, rounds=0))
    assert (plain["budget"]["attempts"], plain["budget"]["rounds"]) == (3, 3)
    assert (own["budget"]["attempts"], own["budget"]["rounds"]) == (1, 0)


async def test_a_file_of_tasks_is_added_once(served: Served) -> None:
    """In the order of their dependencies; the second time nothing is new."""
    text = "## Build\nafter: LIB\n\nBuild it.\n\n## Library\nkey: LIB\nlabels: core\n\nWrite it.\n"
    query = {"text": text, "source": "tasks.md", "project": served.project.id}
    added = await served.call("task.import", **query)
    assert [(row["title"], row["created"]) for row in added] == [("Library", True), ("Build", True)]
    build = await served.call("task.show", task="tasks.md#build")
    assert build["after"] == [added[0]["id"]]
    assert build["prompt"] == "Build it."
    again = await served.call("task.import", **query)
    assert [row["created"] for row in again] == [False, False]
    assert await tasks(served) == 2


@pytest.mark.parametrize(
    "text",
    [
        "nothing here",
        '{"title": "a"}\n{"title": 3}',
        "## A\nkey: K\nafter: L\n\n## B\nkey: L\nafter: K\n",
        "## A\n\nfine\n\n## B\n\nbad \x07 bell\n",
        "## A\nafter: t77\n",
    ],
)
async def test_of_a_file_with_a_fault_nothing_is_added(served: Served, text: str) -> None:
    """All is checked before the first task is made."""
    with pytest.raises(WireError):
        await served.call("task.import", text=text, source="t.md", project=served.project.id)
    assert await tasks(served) == 0


async def test_what_is_wanted_can_be_changed_until_work_begins(served: Served) -> None:
    """What is left out stays."""
    task = await served.add("Old", prompt="stays")
    changed = await served.call("task.edit", task=task, title="New", priority=7)
    assert (changed["title"], changed["priority"]) == ("New", 7)
    assert (await served.call("task.show", task=task))["prompt"] == "stays"
    await served.begin(task)
    with pytest.raises(WireError) as told:
        await served.call("task.edit", task=task, title="Too late")
    assert told.value.code is Code.REFUSED


async def test_no_task_waits_for_itself(served: Served) -> None:
    """Neither directly nor round a corner; the way is shown."""
    first = await served.add("A")
    second = await served.add("B", after=[first])
    third = await served.add("C", after=[second])
    with pytest.raises(WireError, match="can't wait for itself"):
        await served.call("task.edit", task=first, after=[first])
    with pytest.raises(WireError, match="t1 waits for t3 waits for t2 waits for t1"):
        await served.call("task.edit", task=first, after=[third])


async def test_a_slug_may_be_shared_but_then_it_names_nobody(served: Served) -> None:
    """Ambiguity is an error that lists the candidates."""
    await served.add("Same title")
    await served.add("Same title")
    with pytest.raises(WireError) as told:
        await served.call("task.show", task="same-title")
    assert told.value.code is Code.AMBIGUOUS
    assert len(told.value.candidates) == 2


async def test_the_event_is_what_was_asked(served: Served) -> None:
    """Scope included, for orch enforces it later."""
    await served.add("x", allowed_files=["src/**"], forbidden_files=["docs/"])
    task = served.engine.memory.tasks(TaskQuery())[0]
    assert task.scope.allowed == ("src/**",)
    assert task.scope.forbidden == ("docs/",)
