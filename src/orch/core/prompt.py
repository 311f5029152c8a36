"""Prompts: what an agent is told at the start of an attempt."""

from dataclasses import dataclass

from orch.core.task import Task

_FEEDBACK_LIMIT = 12_000
_REPORT = (
    "When your work is complete and committed, run `orch report done -m SUMMARY` and end. If you "
    "need a person's answer, run `orch report ask -m QUESTION` and end your turn."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Briefing:
    """What a prompt needs beside the task.

    `checks` are the gate's commands; `diff` is what the branch has so far; `note` tells of
    earlier work that could not be carried over; `messages` is what people said since. All may be
    empty.
    """

    checks: tuple[str, ...] = ()
    diff: str = ""
    note: str = ""
    earlier: tuple[str, ...] = ()
    messages: str = ""


def compose(task: Task, briefing: Briefing) -> str:
    """Write the prompt of the task's current attempt, as Markdown.

    The first attempt gets the task as it was given; a later one also gets why the one before
    was sent back and what the branch has so far.
    """
    parts = [f"# {task.title}", task.prompt.strip(), *_scope(task)]
    if task.attempt and task.attempt.n > 1:
        parts += _history(task, briefing)
    parts += [briefing.note, briefing.messages, _rules(task, briefing)]
    return "\n\n".join(part for part in parts if part) + "\n"


def follow_up(task: Task, briefing: Briefing) -> str:
    """Write what an agent is told whose conversation goes on: only what is new to it."""
    parts = []
    if task.feedback:
        parts.append("Your work was sent back:\n\n" + fenced(task.feedback[-_FEEDBACK_LIMIT:]))
    parts += [briefing.messages, briefing.note]
    parts.append(f"Go on in the same worktree and on the same branch. {_REPORT}")
    return "\n\n".join(part for part in parts if part) + "\n"


def _scope(task: Task) -> list[str]:
    lines = []
    if task.scope.allowed:
        lines.append("ALLOWED FILES (change nothing else):\n" + _listed(task.scope.allowed))
    if task.scope.forbidden:
        lines.append("DO NOT MODIFY:\n" + _listed(task.scope.forbidden))
    return lines


def _history(task: Task, briefing: Briefing) -> list[str]:
    parts = ["## What happened before"]
    if briefing.earlier:
        parts.append(_listed(briefing.earlier))
    if task.feedback:
        parts.append("The last try was sent back:\n\n" + fenced(task.feedback[-_FEEDBACK_LIMIT:]))
    if briefing.diff:
        parts.append("Your branch has this so far:\n\n" + fenced(briefing.diff, "diff"))
    return parts


def _rules(task: Task, briefing: Briefing) -> str:
    lines = [
        f"You work in a git worktree of your own, on branch {task.branch}. Commit your work there.",
        "Don't push, don't merge, don't switch branches: the change is checked and landed for you.",
    ]
    if briefing.checks:
        lines.append(f"It is checked with: {'; '.join(f'`{check}`' for check in briefing.checks)}")
    lines.append(_REPORT)
    return "## How to work\n\n" + _listed(tuple(lines))


def fenced(text: str, language: str = "") -> str:
    """Quote text in a Markdown fence that the text itself can't close."""
    fence = "```"
    while fence in text:
        fence += "`"
    return f"{fence}{language}\n{text.strip()}\n{fence}"


def _listed(lines: tuple[str, ...]) -> str:
    return "\n".join(f"- {line}" for line in lines)
