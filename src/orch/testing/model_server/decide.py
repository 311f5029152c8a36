"""Decide what to answer: which script, which step of it, and that step in the agent's own tools."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from orch.testing.model_server.answer import Answer, ToolCall, fresh
from orch.testing.model_server.conversation import Conversation
from orch.testing.model_server.progress import call_id, next_step, sum_up
from orch.testing.model_server.script import SIDE_USAGE, Script, Step
from orch.testing.model_server.tools import can_work, instance, instance_json, place

SIDE_WORDS = "Scripted work"
"""What a side request without a schema is answered: it does as a title, a topic, a summary."""
OVER = "The script is over: there is nothing left to do."

_MARK = re.compile(r"\bscript:([\w.-]+)")
_SUMMARY = re.compile(
    r"your task is to create a detailed summary|CONTEXT CHECKPOINT COMPACTION|"
    r"<state_snapshot>|Provide a detailed prompt for continuing",
    re.IGNORECASE,
)
# An agent asks these with its tools at hand, but it is no turn of its work.
_ASIDE = re.compile(r"^\[?SUGGESTION MODE|generate (?:a |an )?(?:\w+ ){0,4}title\b", re.IGNORECASE)


class UnknownScript(Exception):
    """No script has the name that the request asks for."""


@dataclass(frozen=True, slots=True)
class Decided:
    """An answer and where it comes from; `step` is None for a side request."""

    script: str
    index: int | None
    step: Step
    answer: Answer


def choose_script(
    scripts: Mapping[str, Script], conversation: Conversation, *, named: str | None
) -> str:
    """Choose by `script:NAME` in the first message, then the URL, then the model's name.

    UnknownScript if there is none of that name: a test must not pass with the wrong one.
    """
    marked = _MARK.search(conversation.opening())
    model = conversation.model.rpartition("/")[2].removeprefix("scripted-")
    name = marked[1].rstrip(".") if marked else named or model
    if name not in scripts:
        known = ", ".join(sorted(scripts)) or "none"
        raise UnknownScript(f"no script {name!r}; known: {known}")
    return name


def decide(name: str, script: Script, *, conversation: Conversation) -> Decided:
    """Decide the answer to one request; NoTool if the agent lacks a tool that the step needs."""
    if is_side(conversation):
        return Decided(name, None, Step(), _side_answer(conversation, script))
    index = next_step(script, conversation.turns)
    step = script[index] if index < len(script) else Step(say=OVER)
    placed = [place(call, conversation) for call in step.calls]
    waiting = step.until_user is not None
    calls = tuple(
        ToolCall(call_id("call", index, waiting=waiting), tool.name, arguments, tool.shape)
        for tool, arguments in placed
    )
    said = step.say or ("" if calls else "(nothing to say)")
    answer = Answer(
        model=conversation.model,
        text=said,
        thinking=step.thinking,
        calls=calls,
        usage=step.usage,
    )
    return Decided(name, index, step, answer)


def is_side(conversation: Conversation) -> bool:
    """Say whether the agent asks for something beside its work: a title, a topic, a summary."""
    last = conversation.last_user()
    aside = _ASIDE.search(last[:2000]) or _SUMMARY.search(last[:2000])
    return bool(aside) or not can_work(conversation.tools)


def _side_answer(conversation: Conversation, script: Script) -> Answer:
    model = conversation.model
    tool = next((t for t in conversation.tools if t.name == conversation.forced), None)
    if tool is not None:
        filled = instance(tool.schema)
        arguments = filled if isinstance(filled, dict) else {}
        calls = (ToolCall(fresh("call_"), tool.name, arguments),)
        return Answer(model=model, calls=calls, usage=SIDE_USAGE)
    text = SIDE_WORDS
    if conversation.schema is not None:
        text = instance_json(conversation.schema)
    elif _SUMMARY.search(conversation.last_user()[:2000]):
        text = sum_up(next_step(script, conversation.turns))
    return Answer(model=model, text=text, usage=SIDE_USAGE)
