"""How many tokens a session of Codex has used, out of the totals that it tells of a thread."""

from dataclasses import dataclass, field

from orch.adapters.agents.lines import number_at
from orch.core.usage import Usage

_FIELDS = ("inputTokens", "cachedInputTokens", "outputTokens")


@dataclass(slots=True)
class Tokens:
    """Counts from the session's begin: a resumed thread brings the totals of its past along.

    Sub-agents have threads of their own, whose tokens are the session's too.
    """

    model: str = ""
    turns: int = 0
    _before: dict[str, tuple[int, ...]] = field(default_factory=dict, init=False)
    _totals: dict[str, tuple[int, ...]] = field(default_factory=dict, init=False)

    def turn(self) -> None:
        """Count a turn that began."""
        self.turns += 1

    def update(self, thread: str, told: object) -> Usage | None:
        """Take new totals of a thread; None if they are of the past only."""
        total = tuple(number_at(told, "total", name) for name in _FIELDS)
        if not self.turns:
            self._before[thread] = total
            return None
        if thread not in self._before:
            last = tuple(number_at(told, "last", name) for name in _FIELDS)
            self._before[thread] = tuple(a - b for a, b in zip(total, last, strict=True))
        self._totals[thread] = tuple(
            max(a - b, 0) for a, b in zip(total, self._before[thread], strict=True)
        )
        given, cached, out = (sum(one) for one in zip(*self._totals.values(), strict=True))
        return Usage(
            input_tokens=given,
            cached_tokens=cached,
            output_tokens=out,
            turns=self.turns,
            model=self.model,
        )
