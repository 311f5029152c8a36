"""What was spent is added up, and the cap that it reaches is named; the unknown counts most."""

from dataclasses import replace

import hypothesis.strategies as st
from hypothesis import given

from orch.core.budget import DAY_S, Bill, has_caps, money, room, spent
from orch.core.settings import Caps, Price
from orch.core.usage import Usage
from tests.core.build import attempt

NOW = 10 * DAY_S + 3600.0


def bill(task: str = "t1", *, cost: float | None = None, at: float = NOW - 60) -> Bill:
    """Make the bill of an attempt that ended a minute ago."""
    usage = None if cost is None else Usage(input_tokens=1000, output_tokens=500, cost=cost)
    one = replace(attempt(), started_at=at - 100, ended_at=at, usage=usage)
    return Bill(task, one)


def test_the_agents_own_cost_counts_before_the_price() -> None:
    """Else tokens times price, those from the cache by their own."""
    usage = Usage(input_tokens=1_000_000, cached_tokens=500_000, output_tokens=100_000)
    price = Price(input=2.0, output=10.0, cached=0.2)
    assert money(usage, price) == 1.0 + 0.1 + 1.0
    assert money(usage, Price(input=2.0, output=10.0)) == 3.0
    assert money(usage, None) is None
    assert money(replace(usage, cost=7.0), price) == 7.0


def test_each_scope_has_its_cap() -> None:
    """The attempt, its task, the day, the project: the first that is reached is named."""
    mine = bill(cost=2.0)
    bills = [mine, bill("t1", cost=3.0), bill("t2", cost=5.0), bill("t3", cost=9.0, at=NOW - DAY_S)]
    assert room(bills, mine, caps=Caps(), now=NOW).words == ""
    named = {
        "caps.attempt_cost is reached: $2.00 of $2.00": Caps(attempt_cost=2.0),
        "caps.task_cost is reached: $5.00 of $4.00": Caps(task_cost=4.0),
        "caps.day_cost is reached: $10.00 of $10.00": Caps(day_cost=10.0),
        "caps.project_cost is reached: $19.00 of $19.00": Caps(project_cost=19.0),
        "caps.task_tokens is reached: 3,000 tokens of 2,999 tokens": Caps(task_tokens=2999),
        "caps.attempt_time is reached: 100 s of 60 s": Caps(attempt_time=60.0),
    }
    for words, caps in named.items():
        assert room(bills, mine, caps=caps, now=NOW).words == words
    assert room(bills, mine, caps=Caps(day_cost=10.1, project_cost=20.0), now=NOW).words == ""


def test_what_was_not_measured_counts_as_the_worst_case() -> None:
    """As much as an attempt may use up."""
    unknown = bill(cost=None)
    caps = Caps(attempt_cost=4.0, task_cost=8.0)
    total = spent([unknown, unknown], caps=caps, now=NOW)
    assert (total.cost, total.unmeasured) == (8.0, 2)
    assert room([unknown, unknown], bill(cost=0.0), caps=caps, now=NOW).words


def test_an_attempt_that_has_not_told_yet_is_not_ended_for_it() -> None:
    """Only its time counts until its first word."""
    running = Bill("t1", replace(attempt(), started_at=NOW - 10))
    assert room([running], running, caps=Caps(attempt_cost=1.0), now=NOW).words == ""
    caps = Caps(attempt_time=30.0)
    assert room([running], running, caps=caps, now=NOW).words == ""
    assert room([running], running, caps=caps, now=NOW).full_at == NOW + 20
    assert room([running], running, caps=caps, now=NOW + 20).words


def test_no_caps_are_told_from_some() -> None:
    """So that nothing is added up for nothing."""
    assert not has_caps(Caps())
    assert has_caps(Caps(day_tokens=1))


_COSTS = st.lists(st.one_of(st.none(), st.floats(0, 100)), max_size=6)


@given(costs=_COSTS, more=st.floats(0, 100), cap=st.floats(0.01, 500))
def test_more_bills_never_make_room(costs: list[float | None], more: float, cap: float) -> None:
    """A cap that is reached stays so whatever is added."""
    caps = Caps(project_cost=cap, attempt_cost=10.0)
    bills = [bill(cost=cost) for cost in costs]
    mine = bill("t9", cost=0.0)
    if room([*bills, mine], mine, caps=caps, now=NOW).words:
        assert room([*bills, mine, bill(cost=more)], mine, caps=caps, now=NOW).words
