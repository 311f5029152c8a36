"""What an attempt has used up: tokens, money and turns, as its agent reports them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Totals of one session so far; counts of tokens, and US dollars where the agent tells them.

    `input_tokens` includes `cached_tokens`; `output_tokens` includes reasoning. `cost` is None
    where the agent reports tokens only: a price table turns those into money. `measured` is
    False where nothing was reported, which counts as the worst case, never as nothing.
    """

    input_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0
    cost: float | None = None
    turns: int = 0
    model: str = ""
    measured: bool = True

    @property
    def tokens(self) -> int:
        """Count what went in and came out."""
        return self.input_tokens + self.output_tokens

    def plus(self, other: "Usage") -> "Usage":
        """Add the totals of two sessions; an unknown cost leaves the sum of the known ones."""
        known = [one.cost for one in (self, other) if one.cost is not None]
        return Usage(
            input_tokens=self.input_tokens + other.input_tokens,
            cached_tokens=self.cached_tokens + other.cached_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
            cost=sum(known) if known else None,
            turns=self.turns + other.turns,
            model=other.model or self.model,
            measured=self.measured and other.measured,
        )
