"""Money, tokens and time: what attempts have spent, and which cap that reaches.

What was not measured counts as the worst case, never as nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from orch.core.attempt import Attempt
from orch.core.settings import Caps, Price
from orch.core.usage import Usage

DAY_S: Final = 86_400
_MILLION: Final = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What was spent; `unmeasured` counts the attempts whose share is not known."""

    cost: float = 0.0
    tokens: int = 0
    seconds: float = 0.0
    attempts: int = 0
    unpriced: int = 0
    unmeasured: int = 0


@dataclass(frozen=True, slots=True)
class Bill:
    """One attempt as it is counted: whose it is, and the price of its agent's tokens."""

    task_id: str
    attempt: Attempt
    price: Price | None = None


def money(usage: Usage, price: Price | None) -> float | None:
    """Tell what a session has cost: as its agent says, else by the price of its tokens."""
    if usage.cost is not None:
        return usage.cost
    if price is None:
        return None
    cached = min(usage.cached_tokens, usage.input_tokens)
    rate = price.input if price.cached is None else price.cached
    fresh = usage.input_tokens - cached
    return (fresh * price.input + cached * rate + usage.output_tokens * price.output) / _MILLION


def spent(bills: Iterable[Bill], *, caps: Caps, now: float) -> Spent:
    """Add up attempts.

    One that reported nothing counts as much as an attempt may use up; where that has no cap it is
    counted among the unmeasured.
    """
    cost, tokens, seconds, n, unpriced, unmeasured = 0.0, 0, 0.0, 0, 0, 0
    for bill in bills:
        n += 1
        seconds += worked(bill.attempt, now=now)
        usage = bill.attempt.usage
        if usage is None or not usage.measured:
            cost += caps.attempt_cost or 0.0
            tokens += caps.attempt_tokens or 0
            unmeasured += 1
            continue
        tokens += usage.tokens
        paid = money(usage, bill.price)
        unpriced += paid is None
        cost += (caps.attempt_cost or 0.0) if paid is None else paid
    return Spent(
        cost=cost,
        tokens=tokens,
        seconds=seconds,
        attempts=n,
        unpriced=unpriced,
        unmeasured=unmeasured,
    )


def worked(attempt: Attempt, *, now: float) -> float:
    """Tell for how many seconds an attempt was at work; a clock that went back takes none off."""
    end = attempt.ended_at if attempt.ended_at is not None else now
    return max(0.0, end - attempt.started_at)


@dataclass(frozen=True, slots=True)
class Room:
    """What caps leave to a running attempt.

    `words` say which cap is reached, and are empty if there is room. `until` is when that ends by
    itself: only the cap of a day does, at midnight UTC. `full_at` is when time alone would reach a
    cap; None if never.
    """

    words: str = ""
    until: float | None = None
    full_at: float | None = None


def room(bills: Sequence[Bill], bill: Bill, *, caps: Caps, now: float) -> Room:
    """Measure an attempt against its own caps, its task's, the day's and the project's.

    `bills` are all of the project, with this one among them.
    """
    totals = {
        name: spent(some, caps=caps, now=now)
        for name, some in _scopes(bills, bill, now=now).items()
    }
    over = (_over(name, total, caps=caps, running=bill) for name, total in totals.items())
    left = [
        cap - total.seconds
        for name, total in totals.items()
        if (cap := getattr(caps, f"{name}_time")) is not None
    ]
    words = next((words for words in over if words), "")
    return Room(
        words,
        until=now - now % DAY_S + DAY_S if words.startswith("caps.day_") else None,
        full_at=now + max(0.0, min(left)) if left else None,
    )


def _scopes(bills: Sequence[Bill], bill: Bill, *, now: float) -> dict[str, Sequence[Bill]]:
    """Say whose bills count together with an attempt's, by the names that caps begin with."""
    today = now - now % DAY_S
    return {
        "attempt": [bill],
        "task": [one for one in bills if one.task_id == bill.task_id],
        "day": [one for one in bills if _ends(one.attempt, now) >= today],
        "project": bills,
    }


def _ends(attempt: Attempt, now: float) -> float:
    return attempt.ended_at if attempt.ended_at is not None else now


def _over(scope: str, total: Spent, *, caps: Caps, running: Bill) -> str:
    measures = (
        ("cost", total.cost, "${:.2f}"),
        ("tokens", total.tokens, "{:,.0f} tokens"),
        ("time", total.seconds, "{:,.0f} s"),
    )
    for measure, value, form in measures:
        cap = getattr(caps, f"{scope}_{measure}")
        if cap is None:
            continue
        if value >= cap and not (scope == "attempt" and _says_nothing_yet(running, measure)):
            said, most = form.format(value), form.format(cap)
            return f"caps.{scope}_{measure} is reached: {said} of {most}"
    return ""


def _says_nothing_yet(bill: Bill, measure: str) -> bool:
    """Tell whether an attempt that runs has merely not told yet what it used up."""
    return measure != "time" and bill.attempt.usage is None


def has_caps(caps: Caps) -> bool:
    """Tell whether anything is capped at all."""
    return caps != Caps()
