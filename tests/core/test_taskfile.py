"""Prove how many tasks are read out of one file, and that a fault names its line."""

import pytest

from orch.core.taskfile import TaskFileError, Wanted, order, parse

SECTIONS = """\
# The plan

Some words that are no task.

## Write the library ##
key: LIB-1
priority: 5
labels: core, urgent

Write it.

```
## this is code, no heading
```

## Build with it
After: LIB-1
agent: fixer
"""

LIST = """\
Todo:

- [ ] First thing
  priority: 2

  With more words,
    indented further.
- [x] Done already
* Second thing
  - with a part
1. no bullet of ours
- Third
"""


def test_headings_are_tasks_and_what_follows_their_prompts() -> None:
    """Fields stand directly below the title; code blocks are left alone."""
    first, second = parse(SECTIONS, source="plan.md")
    assert (first.title, first.key, first.priority) == ("Write the library", "LIB-1", 5)
    assert first.labels == ("core", "urgent")
    assert first.prompt.startswith("Write it.\n\n```\n## this is code")
    assert (second.after, second.agent, second.prompt) == (("LIB-1",), "fixer", "")
    assert second.key == "plan.md#build-with-it"
    assert (first.line, second.line) == (5, 16)


def test_bullets_are_tasks_where_there_are_no_headings() -> None:
    """What is indented belongs to them; what is ticked off is left out."""
    found = parse(LIST, source="a list.md")
    assert [one.title for one in found] == ["First thing", "Second thing", "Third"]
    assert found[0].prompt == "With more words,\n  indented further."
    assert found[0].priority == 2
    assert found[1].prompt == "- with a part"
    assert found[2].key == "a-list.md#third"


def test_each_line_of_json_is_a_task() -> None:
    """Lists may be lists or words."""
    text = '{"title": "A", "labels": ["x"], "priority": -1}\n\n{"title": "B", "after": "K, L"}\n'
    first, second = parse(text, source="t.jsonl")
    assert (first.labels, first.priority) == (("x",), -1)
    assert second.after == ("K", "L")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "has no tasks"),
        ("only words", "has no tasks"),
        ('{"title": "A"}\n{bad', "f:2: this is no JSON"),
        ('{"title": "A"}\n[1]', "f:2: a task is one JSON object"),
        ('{"title": ""}', "f:1: a task needs a title"),
        ('{"prompt": "x"}', "f:1: a task needs a title"),
        ('{"title": "A", "prio": 1}', "unknown field 'prio'"),
        ('{"title": "A", "prompt": 1}', "prompt is a text"),
        ('{"title": "A", "priority": true}', "priority is a whole number"),
        ('{"title": "A", "labels": [1]}', "labels is a list of words"),
        ("## A\npriority: high\n", "f:1: priority is a whole number"),
        ("- Same\n- Same\n", "f:2: the task of line 1 has the same key"),
    ],
)
def test_a_fault_names_its_line(text: str, said: str) -> None:
    """And what would be right."""
    with pytest.raises(TaskFileError, match=said):
        parse(text, source="f")


def wanted(key: str, *after: str) -> Wanted:
    """Want a task."""
    return Wanted(title=key, key=key, line=1, after=after)


def test_each_task_comes_behind_what_it_waits_for() -> None:
    """What is not in the file is somebody else's; otherwise the order of the file stays."""
    tasks = [wanted("c", "b"), wanted("b", "a", "t9"), wanted("x"), wanted("a")]
    assert [one.key for one in order(tasks)] == ["x", "a", "b", "c"]


def test_a_circle_is_refused() -> None:
    """Of one task or of several."""
    for tasks in ([wanted("a", "a")], [wanted("a", "b"), wanted("b", "a")]):
        with pytest.raises(TaskFileError, match="wait for itself"):
            order(tasks)
