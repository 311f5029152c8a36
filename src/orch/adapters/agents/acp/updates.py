"""What an agent tells during a turn over ACP: words, tools, plans, and what it cost."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final

from acp import schema

from orch.adapters.agents.json_reader import one_line
from orch.adapters.agents.lines import at, number_at, text_at
from orch.core.signs import SignKind
from orch.core.usage import Usage

Told = tuple[SignKind, str, str, bool]
"""A kind of sign, its words, its ref, and whether it is of success."""

_ENDED: Final = {"completed": True, "failed": False}


class Tools:
    """Which tool calls run; agents tell of each in several messages, not always of its begin."""

    def __init__(self) -> None:
        """Begin with none."""
        self._running: dict[str, str] = {}
        self._ended: set[str] = set()

    def update(self, call: schema.ToolCall | schema.ToolCallUpdate) -> Iterator[Told]:
        """Take what was told of a call."""
        ref, words = call.tool_call_id, tool_words(call)
        if ref in self._ended:
            return
        began = ref not in self._running
        self._running[ref] = words or self._running.get(ref, "")
        if call.status in _ENDED:
            self._ended.add(ref)
            ended = self._running.pop(ref)
            yield SignKind.TOOL_ENDED, ended, ref, _ENDED[call.status]
        elif began:
            yield SignKind.TOOL_BEGAN, words, ref, True


def tool_words(call: schema.ToolCall | schema.ToolCallUpdate) -> str:
    """Say in a line what a tool does: its title, and its command if that is not in it."""
    title, command = call.title or "", text_at(call.raw_input, "command")
    words = title if not command or command in title else f"{title}: {command}".lstrip(": ")
    return one_line(words)[:300]


def plan_words(plan: schema.Plan) -> str:
    """Name the entry of a plan that is being done."""
    return next((one_line(one.content) for one in plan.entries if one.status == "in_progress"), "")


def chunk_text(chunk: schema.ContentChunk) -> str:
    """Take the text of a piece; pictures and files have none."""
    return chunk.content.text if isinstance(chunk.content, schema.TextContentBlock) else ""


class Spending:
    """Adds up what the turns used; agents tell it in different places, or not at all."""

    def __init__(self, model: str) -> None:
        """Begin with nothing spent."""
        self.usage = Usage(model=model)

    def cost(self, update: schema.UsageUpdate) -> Usage | None:
        """Take the money spent so far; None if it was not told, or not in dollars."""
        if update.cost is None or update.cost.currency != "USD":
            return None
        self.usage = replace(self.usage, cost=update.cost.amount)
        return self.usage

    def turn(self, result: object) -> Usage:
        """Add a turn. One of which nothing was told leaves the sum unmeasured."""
        used = next((found for read in _READINGS if (found := read(result))), None)
        turns = self.usage.turns + 1
        if used is None:
            measured = self.usage.measured and self.usage.cost is not None
            self.usage = replace(self.usage, turns=turns, measured=measured)
            return self.usage
        total = self.usage.plus(used)
        self.usage = replace(total, turns=turns, model=used.model or self.usage.model)
        return self.usage


def _told_usage(result: object) -> Usage | None:
    told = at(result, "usage")
    if not isinstance(told, dict):
        return None
    cached = number_at(told, "cachedReadTokens")
    given = number_at(told, "inputTokens") + number_at(told, "cachedWriteTokens")
    out = number_at(told, "outputTokens")
    return Usage(input_tokens=given + cached, cached_tokens=cached, output_tokens=out)


def _told_quota(result: object) -> Usage | None:
    told = at(result, "_meta", "quota", "token_count")
    if not isinstance(told, dict):
        return None
    models = at(result, "_meta", "quota", "model_usage")
    model = text_at(models[0], "model") if isinstance(models, list) and models else ""
    given, out = number_at(told, "input_tokens"), number_at(told, "output_tokens")
    return Usage(input_tokens=given, output_tokens=out, model=model)


_READINGS: Final[tuple[Callable[[object], Usage | None], ...]] = (_told_usage, _told_quota)
"""Where the tokens of a turn may stand in the answer to its prompt."""
