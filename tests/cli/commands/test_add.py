"""Prove where a prompt may come from, and what `orch add` prints."""

import pytest

from tests.cli.conftest import Terminal
from tests.daemon.served import Served


async def prompt(served: Served, task: str) -> str:
    """Return what the agent will be told."""
    return str((await served.call("task.show", task=task))["prompt"])


async def test_the_id_is_all_that_is_printed(served: Served, orch: Terminal) -> None:
    """So that a script can take it; with --json it is an object."""
    plain = await orch.run("add", "Mend it")
    assert (plain.code, plain.out, plain.err) == (0, "t1\n", "")
    assert (await orch.run("add", "Mend more", "--json")).json["id"] == "t2"
    assert (await served.call("task.show", task="t1"))["title"] == "Mend it"


async def test_a_prompt_comes_from_wherever_it_is(served: Served, orch: Terminal) -> None:
    """An argument, a file, standard input in both spellings, words of `spawn`."""
    file = orch.cwd / "words.md"
    file.write_bytes(b"\xef\xbb\xbffrom a file \xc3\xa4")
    await orch.run("add", "a", "--prompt", "from an argument")
    await orch.run("add", "b", "--prompt-file", str(file))
    await orch.run("add", "c", "-", stdin=b"from a pipe")
    await orch.run("add", "d", "--prompt-file", "-", stdin=b"from another")
    await orch.run("spawn", "First line\nand more")
    found = [await prompt(served, f"t{n}") for n in range(1, 6)]
    assert found[:4] == ["from an argument", "from a file ä", "from a pipe", "from another"]
    assert found[4] == "First line\nand more"
    assert (await served.call("task.show", task="t5"))["title"] == "First line"


@pytest.mark.parametrize(
    ("words", "stdin", "said"),
    [
        (["a", "--prompt", "x", "--prompt-file", "y"], b"", "name one prompt"),
        (["a", "-"], b"\xff\xfe", "standard input is not UTF-8 (byte 1)"),
        (["a", "-"], b"x" * 1_000_001, "too long for a prompt"),
        (["a", "-"], b"x" * 999_999, "999,999 bytes"),
        (["a", "-"], b"fine\n\x1b[2J", "control character U+001B at line 2"),
        (["two", "words"], b"", "one word too many"),
        ([b"bad \xff title"], b"", "title is not UTF-8"),
        (["a", "--prompt", b"bad \xff"], b"", "--prompt is not UTF-8"),
        (["a", "--file", "x"], b"", "--file brings its own titles"),
        ([""], b"", "needs a title"),
        ([], b"", "no terminal"),
    ],
)
async def test_a_bad_prompt_is_refused_and_nothing_is_added(
    served: Served, orch: Terminal, words: list[str | bytes], stdin: bytes, said: str
) -> None:
    """Exit 2, with the place and the remedy."""
    found = await orch.run("add", *words, stdin=stdin)
    assert found.code == 2
    assert said in found.err
    assert await served.call("task.list") == []


async def test_a_file_that_is_not_there_is_an_expected_failure(
    served: Served, orch: Terminal
) -> None:
    """Exit 1."""
    found = await orch.run("add", "a", "--prompt-file", "no such file")
    assert found.code == 1
    assert "No such file" in found.err
    assert await served.call("task.list") == []


async def test_all_that_a_task_can_have_is_passed_on(served: Served, orch: Terminal) -> None:
    """Labels with commas or one by one."""
    await orch.run("add", "first")
    added = await orch.run(
        "add", "second", "--priority", "-2", "--after", "t1", "--label", "a,b", "-l", "c",
        "--key", "K-1", "--slug", "mine", "--parent", "t1", "--base", "next", "--allow", "src/**",
        "--attempts", "1", "--draft",
    )  # fmt: skip
    assert added.out == "t2\n"
    shown = await served.call("task.show", task="t2")
    assert (shown["priority"], shown["after"], shown["labels"]) == (-2, ["t1"], ["a", "b", "c"])
    assert (shown["key"], shown["slug"], shown["parent"]) == ("K-1", "mine", "t1")
    assert (shown["base"], shown["allowed_files"], shown["status"]) == ("next", ["src/**"], "draft")


async def test_an_outside_issue_is_assigned_once(served: Served, orch: Terminal) -> None:
    """The second time prints the same id."""
    first = await orch.run("assign", "#12", "--prompt", "Mend the pump.\nIt leaks.")
    again = await orch.run("assign", "#12", "--prompt", "anything")
    assert first.out == again.out == "t1\n"
    shown = await served.call("task.show", task="#12")
    assert (shown["title"], shown["key"]) == ("Mend the pump.", "#12")


async def test_a_new_draft_has_the_name_that_was_given(served: Served, orch: Terminal) -> None:
    """It waits for `task start`."""
    await orch.run("new", "mend-the-pump")
    shown = await served.call("task.show", task="mend-the-pump")
    assert (shown["title"], shown["status"]) == ("mend the pump", "draft")


async def test_a_file_of_tasks_prints_their_ids(served: Served, orch: Terminal) -> None:
    """The same ids when it is added again; `task add` is the same verb."""
    served.repository.write({"tasks.md": "- One\n- Two\n"})
    first = await orch.run("task", "add", "--file", "tasks.md")
    again = await orch.run("add", "--file", "tasks.md")
    assert first.out == again.out == "t1\nt2\n"
    assert len(await served.call("task.list")) == 2


async def test_a_prompt_is_written_in_an_editor(served: Served, orch: Terminal) -> None:
    """Only where there is a terminal: a pipe must never wait for one."""
    orch.extra["EDITOR"] = "false"
    found = await orch.run("add", "x", "--edit")
    assert found.code == 2
    assert "no terminal" in found.err
    assert await served.call("task.list") == []
