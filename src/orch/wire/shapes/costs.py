"""The shapes of what was spent."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class CostLine:
    """What one task, agent, model or day has spent.

    `cost` is in US dollars. `unpriced` counts attempts whose tokens have no price, `unmeasured`
    those that reported nothing: both are missing in the sums.
    """

    name: str
    title: str
    attempts: int
    input_tokens: int
    cached_tokens: int
    output_tokens: int
    cost: float
    seconds: float
    unpriced: int
    unmeasured: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CostShape:
    """What a project has spent, line by line and in all; `caps` are those that are set."""

    project: str
    by: str
    lines: tuple[CostLine, ...]
    total: CostLine
    caps: dict[str, float]
