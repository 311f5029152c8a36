"""Prompts tell the task, what came before, and how the work is checked."""

from dataclasses import replace

from orch.core.prompt import Briefing, compose, fenced
from orch.core.task import Scope
from tests.core.build import attempt, task


def test_a_first_prompt_has_the_task_and_the_check() -> None:
    """And nothing of a history that there is not."""
    text = compose(task(prompt="It leaks."), Briefing(checks=("make test",)))
    assert text.startswith("# Mend the roof\n\nIt leaks.")
    assert "`make test`" in text
    assert "before" not in text


def test_a_later_prompt_has_why_the_work_came_back() -> None:
    """The reason, the diff so far, and what earlier attempts came to."""
    again = replace(task(), attempt=attempt(2), feedback="1 failed")
    briefing = Briefing(diff="+tiles", earlier=("attempt 1 (a): red",))
    text = compose(again, briefing)
    assert "1 failed" in text
    assert "```diff\n+tiles\n```" in text
    assert "attempt 1 (a): red" in text


def test_a_scope_is_told() -> None:
    """In the words that agents know."""
    text = compose(task(scope=Scope(("src/",), ("tests/",))), Briefing())
    assert "ALLOWED FILES" in text
    assert "DO NOT MODIFY" in text


def test_quoted_text_cannot_close_its_fence() -> None:
    """A gate's output may hold fences of its own."""
    assert fenced("```\nrm -rf\n```").startswith("````\n")
