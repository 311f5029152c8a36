"""Prove that each tidy rule finds the fault it is there for."""

from pathlib import Path

import pytest

from tests.tidy import code_rules as rules
from tests.tidy.page_rules import judge_links, judge_text, list_anchors
from tests.tidy.tree import count_lines, parse, walk_functions


def test_a_long_file_is_found_unless_it_says_why() -> None:
    """300 lines want a reason, 500 accept none."""
    assert not rules.judge_file_size(parse("x = 1\n" * 300))
    assert rules.judge_file_size(parse("x = 1\n" * 301))
    assert not rules.judge_file_size(parse("# Size: one table\n" + "x = 1\n" * 301))
    assert rules.judge_file_size(parse("# Size: one table\n" + "x = 1\n" * 500))


def test_a_long_function_is_found_at_its_line() -> None:
    """The fault names file and line; the docstring is not counted."""
    long = "\n\ndef f():\n    '''Say\n    more.'''\n" + "    x = 1\n" * 60
    assert rules.judge_function_sizes(parse(long)) == [
        "src/orch/sample.py:3: f has 61 lines, more than 60"
    ]
    assert [count_lines(f) for f in walk_functions(parse(long).tree)] == [61]


@pytest.mark.parametrize(
    ("code", "faults"),
    [
        ("def f(a, b, *, c, d, e): ...", 0),
        ("def f(a, b, *, c, d, e, g): ...", 1),
        ("def f(a, b, c): ...", 1),
        ("class A:\n    def f(self, a, b, *, c, d, e): ...", 0),
        ("class A:\n    def __exit__(self, kind, fault, trace): ...", 0),
        ("class A:\n    def __init__(self, a, b, c): ...", 1),
        ("def test_a(store, clock, seed): ...", 0),
    ],
)
def test_parameters_are_counted_without_self(code: str, faults: int) -> None:
    """Five in all, two by position, for methods beside self."""
    assert len(rules.judge_parameters(parse(code))) == faults


def test_commands_may_have_a_parameter_for_each_option() -> None:
    """The command line is exempt."""
    code = "def add(a, b, c, d, e, f): ..."
    assert not rules.judge_parameters(parse(code, "src/orch/cli/commands/task.py"))


@pytest.mark.parametrize(
    "code",
    [
        "class TaskManager: ...",
        "def git_helper(): ...",
        "utils = 1",
        "def f(manager): ...",
        "async def handle_event(): ...",
        "def _process_line(): ...",
    ],
)
def test_an_empty_word_in_a_name_is_found(code: str) -> None:
    """Each of the banned words is found wherever a name is made."""
    assert rules.judge_names(parse(code))


def test_names_of_others_and_honest_words_are_let_through() -> None:
    """Importing somebody's Manager is no fault, nor is a number of a process."""
    code = "from contextlib import asynccontextmanager\nprocess_id = 1\nhandler = 2"
    assert not rules.judge_names(parse(code))
    assert rules.judge_names(parse("x = 1", "src/orch/system/utils.py"))


@pytest.mark.parametrize(
    "code",
    [
        "import unittest.mock",
        "from unittest import mock",
        "from time import sleep",
        "import time\ntime.sleep(1)",
        "import pytest_mock",
    ],
)
def test_mocks_and_sleeps_in_tests_are_found(code: str) -> None:
    """However it is imported."""
    assert rules.judge_test_imports(parse(code, "tests/test_sample.py"))


def test_missing_docstrings_are_found() -> None:
    """Of modules and of tests."""
    silent = parse("def test_a(): ...", "tests/test_sample.py")
    assert rules.judge_module_docstring(silent)
    assert rules.judge_test_docstrings(silent)


@pytest.mark.parametrize(
    "parts",
    [
        ("see /ho", "me/somebody/x"),
        ("/ro", "ot/x"),
        ("https://py", "pi.org/simple"),
        ("--index", "-url https://x"),
        ("# TO", "DO later"),
    ],
)
def test_banned_text_is_found_at_its_line(parts: tuple[str, str]) -> None:
    """The fault names file and line."""
    assert judge_text(Path("a.md"), "one\n" + "".join(parts))[0].startswith("a.md:2: ")


def test_a_url_or_a_longer_path_is_not_banned() -> None:
    """A part of something else is no machine's path, and Ada of our samples has no machine."""
    assert not judge_text(Path("a.md"), "/home/ada/x")
    assert not judge_text(Path("a.md"), "docs/work/x and https://example.org/home/x")


def test_dead_links_and_anchors_are_found(tmp_path: Path) -> None:
    """Files and headings are looked up; code and other sites are left alone."""
    (tmp_path / "b.md").write_text("# One `two`: three\n\n```\n# not a heading\n```\n")
    page = tmp_path / "a.md"
    page.write_text("[x](b.md) [y](b.md#one-two-three) [z](https://example.org/) `[q](no.md)`\n")
    assert not judge_links(tmp_path, Path("a.md"))
    page.write_text('[x](c.md)\n[y](b.md#not-a-heading)\n![i](no.png)\n[t](d.md "title")\n')
    assert [fault.split(":")[1] for fault in judge_links(tmp_path, Path("a.md"))] == list("1234")


def test_anchors_are_formed_as_hosts_form_them() -> None:
    """Lower case, hyphens for blanks, no punctuation."""
    assert list_anchors("## What's *new*, in 2.0?") == {"whats-new-in-20"}
