"""Prove that verbs which move a task say what became of it, and ask before they destroy."""

import pytest

from tests.cli.conftest import Terminal
from tests.daemon.served import Served


@pytest.mark.parametrize(
    ("words", "status"),
    [
        ("task cancel t1 --yes --reason wrong", "cancelled"),
        ("task close t1 -y --note done-by-hand", "done"),
        ("task fail t1 -y -m hopeless", "failed"),
        ("task stop t1", "needs review"),
    ],
)
async def test_a_task_is_moved_and_the_new_status_told(
    served: Served, orch: Terminal, words: str, status: str
) -> None:
    """In one line, with the reason."""
    await served.add("x")
    found = await orch.run(*words.split())
    assert found.code == 0, found.err
    assert found.out.startswith(f"t1 is {status}: ")


@pytest.mark.parametrize("words", ["task cancel t1", "task close t1", "task fail t1"])
async def test_without_a_terminal_a_destroying_verb_wants_its_word(
    served: Served, orch: Terminal, words: str
) -> None:
    """Exit 2, the line that would do it, and nothing done."""
    await served.add("x")
    found = await orch.run(*words.split())
    assert found.code == 2
    assert f"next: orch {words} --yes" in found.err
    assert (await served.call("task.show", task="t1"))["status"] == "new"


async def test_a_task_is_edited_by_its_options(served: Served, orch: Terminal) -> None:
    """Also to nothing."""
    await served.add("x", labels=["a"])
    await orch.run("task", "edit", "t1", "--title", "New", "--prompt", "Words", "--label", "")
    shown = await served.call("task.show", task="t1")
    assert (shown["title"], shown["prompt"], shown["labels"]) == ("New", "Words", [])


async def test_drafts_start_by_name_or_as_the_next(served: Served, orch: Terminal) -> None:
    """`task run` without a name takes the next one."""
    await served.add("a", draft=True)
    await served.add("b", draft=True)
    assert (await orch.run("task", "start", "t2")).out.startswith("t2 is new")
    assert (await orch.run("task", "run")).out.startswith("t1 is new")
    none = await orch.run("task", "run")
    assert (none.code, "no draft waits" in none.err) == (1, True)


async def test_a_retry_takes_words_for_the_next_agent(served: Served, orch: Terminal) -> None:
    """And a budget."""
    await served.add("x")
    await orch.run("task", "cancel", "t1", "--yes")
    await orch.run("task", "retry", "t1", "--feedback", "the other way", "--attempts", "2")
    shown = await served.call("task.show", task="t1")
    assert (shown["status"], shown["feedback"]) == ("new", "the other way")


async def test_unblock_all_says_if_nothing_was(served: Served, orch: Terminal) -> None:
    """It is no failure."""
    await served.add("x")
    found = await orch.run("task", "unblock", "all")
    assert (found.code, found.out) == (0, "nothing is blocked\n")


async def test_a_refusal_names_the_way_out(served: Served, orch: Terminal) -> None:
    """From the transition table's own words."""
    await served.add("x")
    for words in ("task reviewed t1", "task idle t1", "task complete t1", "task unblock t1"):
        found = await orch.run(*words.split())
        assert found.code == 1
        assert found.err.startswith("orch: ")
        assert "next: " in found.err or "t1" in found.err
