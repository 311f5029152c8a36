"""Verbs of what is said: steer, answer, and what an agent reports of itself."""

import os
import sys

from orch.cli.client import Row, call, scope
from orch.cli.render import print_json, words
from orch.cli.text import one_line, plain, style
from orch.cli.verbs import JSON, PROJECT, TASK, Argument, Option, flag, verb


@verb(
    "steer",
    TASK,
    Argument("text", metavar="TEXT"),
    flag("--queue", "Tell it when its turn is over (the default)."),
    flag("--now", "Tell it within its turn, where the program takes that."),
    flag("--interrupt", "Break its turn off, then tell it."),
    Option("--id", "A name of the message: sent twice, it is told once.", metavar="ID"),
    PROJECT,
    JSON,
    aliases=("task steer",),
)
def steer(*, task: str, text: str, project: str | None, as_json: bool, **how: object) -> None:
    """Tell a task's agent something: in its session, or in the next one; - reads the text."""
    urgency = next((one for one in ("interrupt", "now", "queue") if how[one]), "queue")
    said = sys.stdin.read() if text == "-" else text
    found: Row = call(
        "task.steer",
        task=task,
        text=said,
        urgency=urgency,
        message_id=how["id"],
        **scope(project),
    )
    if as_json:
        print_json(found)
    else:
        print(f"{found['id']} is on its way to {found['task']} ({found['urgency']})")


@verb(
    "answer",
    Argument("question", metavar="QUESTION"),
    Argument("answer", metavar="ANSWER", many=True, required=False),
    Option(
        "--text -m", "Words to go with a choice, or instead of one.", metavar="TEXT", default=""
    ),
    PROJECT,
    JSON,
)
def answer(
    *, question: str, answer: tuple[str, ...], text: str, project: str | None, as_json: bool
) -> None:
    """Answer what an agent asks: a choice (its id, number, yes or no) or words.

    QUESTION is its id from `orch inbox`, or a task that asks only one thing.
    """
    said = " ".join(answer)
    asked = _question(question)
    choice, spoken = (said, text) if asked and asked["choices"] else ("", text or said)
    found: Row = call(
        "inbox.answer", question=question, choice=choice, text=spoken, **scope(project)
    )
    if as_json:
        print_json(found)
    else:
        print(f"{found['id']} of {found['task']} is answered")


def _question(name: str) -> Row | None:
    """Find an open question, so that words are told from choices."""
    for one in call("questions.list"):
        if name.lower() in {one["id"], one["task"]}:
            found: Row = one
            return found
    return None


@verb("questions", JSON)
def questions(*, as_json: bool) -> None:
    """Show what agents ask, with the context, the choices, and what happens otherwise."""
    found: list[Row] = call("questions.list")
    if as_json:
        print_json(found)
        return
    if not found:
        print("no agent asks anything")
    for one in found:
        _show(one)


def _show(question: Row) -> None:
    head = f"{question['id']}  {question['task']}  {words(question['kind'])}"
    print(f"{style(head, 'bold')}  {one_line(question['title'])}")
    for line in plain(question["text"]).splitlines():
        print(f"  {line}")
    if question["context"]:
        print(style(f"  it said before: {one_line(question['context'])}", "dim"))
    for number, choice in enumerate(question["choices"], 1):
        print(f"  {number}. {one_line(choice['label'])}  ({one_line(choice['id'])})")
    print(style(f"  otherwise: {one_line(question['otherwise'])}", "dim"))
    example = question["choices"][0]["id"] if question["choices"] else '"…"'
    print(style(f"  next: orch answer {question['id']} {one_line(example)}", "dim"))


@verb("session set", TASK, Argument("conversation", metavar="ID"), PROJECT, JSON)
def session_set(*, task: str, conversation: str, project: str | None, as_json: bool) -> None:
    """Name the agent's own conversation that a task's next attempt goes on with."""
    found: Row = call("session.set", task=task, conversation=conversation, **scope(project))
    if as_json:
        print_json(found)
    else:
        print(found["what"])


@verb(
    "report",
    Argument("word", metavar="done|blocked|ask|heartbeat"),
    Option("--message -m", "What there is to say.", metavar="TEXT", default=""),
    Option("--choice", "A way to answer; may be given again.", kind="texts", metavar="TEXT"),
    JSON,
)
def report(*, word: str, message: str, choice: tuple[str, ...], as_json: bool) -> None:
    """Say, from within a session, how it stands: done, blocked, ask or heartbeat."""
    found: Row = call(
        "session.report",
        word=word,
        text=message,
        choices=list(choice),
        session=os.environ.get("ORCH_SESSION", ""),
        token=os.environ.get("ORCH_TOKEN", ""),
    )
    if as_json:
        print_json(found)
    else:
        print(found["what"])
