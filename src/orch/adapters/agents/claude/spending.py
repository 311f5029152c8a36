"""What a Claude Code session has used: its own totals, and what its messages tell in between."""

import json
from dataclasses import replace
from typing import Final

from orch.adapters.agents.lines import at, number_at, text_at
from orch.core.usage import Usage

_CHARACTERS_PER_TOKEN: Final = 4
"""A message is told before its count is known; this is how much text a token is, about."""


class Spending:
    """Adds up a session; a turn's end tells totals of the whole process, which then count."""

    def __init__(self, *, model: str = "") -> None:
        """Begin with nothing used."""
        self._known = Usage(model=model)
        self._messages: dict[str, Usage] = {}

    @property
    def total(self) -> Usage:
        """Tell the totals so far; money is carried on at the rate that it had, once known."""
        total = self._known
        for message in self._messages.values():
            total = total.plus(replace(message, cost=None))
        known = self._known
        if known.cost is None or not known.tokens:
            return total
        return replace(total, cost=known.cost * total.tokens / known.tokens)

    def message(self, message: object) -> bool:
        """Count a message of the model, of which pieces may come one by one; tell if it counts."""
        ref, model = text_at(message, "id"), text_at(message, "model")
        if not ref or model == "<synthetic>":
            return False
        before = self._messages.get(ref, Usage())
        written = before.output_tokens + _length(at(message, "content")) // _CHARACTERS_PER_TOKEN
        used = _counted(at(message, "usage"), model)
        self._messages[ref] = replace(used, output_tokens=max(used.output_tokens, written))
        return True

    def result(self, result: object) -> None:
        """Take the totals that stand at the end of a turn."""
        cost = at(result, "total_cost_usd")
        self._known = replace(
            self._models(at(result, "modelUsage")),
            cost=float(cost) if isinstance(cost, int | float) else None,
            turns=self._known.turns + number_at(result, "num_turns"),
        )
        self._messages.clear()

    def _models(self, models: object) -> Usage:
        """Add the models up; a session of which nothing was told keeps what it had."""
        if not isinstance(models, dict) or not models:
            return self.total
        found = [
            Usage(
                input_tokens=number_at(used, "inputTokens")
                + number_at(used, "cacheReadInputTokens")
                + number_at(used, "cacheCreationInputTokens"),
                cached_tokens=number_at(used, "cacheReadInputTokens"),
                output_tokens=number_at(used, "outputTokens"),
                model=str(name).partition("[")[0],
            )
            for name, used in models.items()
        ]
        total = Usage(model=max(found, key=lambda one: one.tokens).model)
        for one in found:
            total = total.plus(replace(one, model=""))
        return total


def _counted(usage: object, model: str) -> Usage:
    cached = number_at(usage, "cache_read_input_tokens")
    fresh = number_at(usage, "input_tokens") + number_at(usage, "cache_creation_input_tokens")
    return Usage(
        input_tokens=fresh + cached,
        cached_tokens=cached,
        output_tokens=number_at(usage, "output_tokens"),
        model=model,
    )


def _length(content: object) -> int:
    """Count the characters that the model wrote."""
    pieces = content if isinstance(content, list) else []
    return sum(
        len(text_at(piece, "text") or text_at(piece, "thinking"))
        or len(json.dumps(at(piece, "input") or ""))
        for piece in pieces
    )
