"""How many tokens a session of Codex has used, out of the totals that it tells of a thread."""

from dataclasses import dataclass, field

from orch.adapters.agents.lines import number_at
from orch.core.usage import Usage

_FIELDS = ("inputTokens", "cachedInputTokens", "outputTokens")


@dataclass(slots=True)
class Tokens:
    """Counts from the session's begin: a resumed thread brings the totals of its past along."""

    model: str = ""
    turns: int = 0
    _before: tuple[int, ...] | None = field(default=None, init=False)

    def turn(self) -> None:
        """Count a turn that began."""
        self.turns += 1

    def update(self, told: object, *, running: bool) -> Usage | None:
        """Take new totals; None if they are of the past only."""
        total = tuple(number_at(told, "total", name) for name in _FIELDS)
        if not running and not self.turns:
            self._before = total
            return None
        if self._before is None:
            last = tuple(number_at(told, "last", name) for name in _FIELDS)
            self._before = tuple(a - b for a, b in zip(total, last, strict=True))
        given, cached, out = (a - b for a, b in zip(total, self._before, strict=True))
        return Usage(
            input_tokens=max(given, 0),
            cached_tokens=max(cached, 0),
            output_tokens=max(out, 0),
            turns=self.turns,
            model=self.model,
        )
