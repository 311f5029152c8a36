"""Prove that the code keeps the house rules that no linter knows."""

from collections.abc import Callable
from statistics import median

import pytest

from tests.tidy import code_rules as rules
from tests.tidy.tree import Source, count_lines, read_sources, walk_functions

Rule = Callable[[Source], list[str]]

MAX_MEDIAN_LINES = 12
IN_SRC = [
    rules.judge_file_size,
    rules.judge_function_sizes,
    rules.judge_parameters,
    rules.judge_names,
    rules.judge_module_docstring,
]
IN_TESTS = [
    rules.judge_names,
    rules.judge_module_docstring,
    rules.judge_test_docstrings,
    rules.judge_test_imports,
]


def find_faults(rule: Rule, *folders: str) -> str:
    """Collect what a rule finds in every file of these folders."""
    return "\n".join(fault for source in read_sources(*folders) for fault in rule(source))


@pytest.mark.parametrize("rule", IN_SRC, ids=lambda rule: rule.__name__)
def test_the_source_keeps_the_rule(rule: Rule) -> None:
    """No file of the product breaks the rule."""
    faults = find_faults(rule, "src")
    assert not faults, f"\n{faults}"


@pytest.mark.parametrize("rule", IN_TESTS, ids=lambda rule: rule.__name__)
def test_the_tests_keep_the_rule(rule: Rule) -> None:
    """No test breaks the rule."""
    faults = find_faults(rule, "tests")
    assert not faults, f"\n{faults}"


def test_functions_are_short_in_the_median() -> None:
    """Half of all functions can be read at one glance."""
    functions = (f for source in read_sources("src") for f in walk_functions(source.tree))
    lines = [count_lines(function) for function in functions] or [0]
    assert median(lines) <= MAX_MEDIAN_LINES
