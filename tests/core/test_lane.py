"""The lane's planner: an intent first, nobody ejected for a fault of the target."""

import hypothesis.strategies as st
from hypothesis import given

from orch.core.landing import Item, ItemState, Person
from orch.core.lane import (
    Build,
    Check,
    CheckBase,
    Eject,
    Push,
    Seen,
    Settle,
    Snapshot,
    is_held,
    plan,
)
from orch.core.receipt import Outcome

TIP = "a" * 40


def item(position: int, **fields: object) -> Item:
    """Make an item whose candidate stands on the tip, unless the fields say otherwise."""
    wanted: dict[str, object] = {
        "id": f"l{position}",
        "project_id": "p",
        "target": "main",
        "source_ref": "refs/orch/attempts/t1/1",
        "source_head": "c" * 40,
        "title": "A change",
        "submitted_at": 1.0,
        "position": position,
        "author": Person("A", "a@example.org"),
        "candidate": "d" * 40,
        "expected_old": TIP,
    }
    return Item(**(wanted | fields))  # type: ignore[arg-type]


def planned(*seen: Seen, gated: bool = True) -> object:
    """Plan a lane that shows this."""
    return plan(Snapshot(tip=TIP, items=seen, gated=gated))


def test_an_intent_is_settled_before_anything_else() -> None:
    """Even if it is not the head: what is on the target has to be known first."""
    pushing = item(2, state=ItemState.PUSHING)
    assert planned(Seen(item=item(1)), Seen(item=pushing)) == Settle(pushing)


def test_a_candidate_on_an_old_tip_is_built_again() -> None:
    """Somebody else has pushed meanwhile."""
    old = item(1, expected_old="b" * 40)
    assert planned(Seen(item=old)) == Build(old)


def test_only_a_passing_receipt_is_pushed() -> None:
    """Without one the tree is gated; without a gate there is nothing to wait for."""
    one = item(1)
    assert planned(Seen(item=one)) == Check(one)
    assert planned(Seen(item=one, verdict=Outcome.PASSED)) == Push(one)
    assert planned(Seen(item=one), gated=False) == Push(one)


def test_the_base_is_gated_before_anybody_is_ejected() -> None:
    """A red candidate on a base that is not known proves nothing."""
    one = item(1)
    assert planned(Seen(item=one, verdict=Outcome.RED)) == CheckBase(one)
    green = Seen(item=one, verdict=Outcome.RED, base=Outcome.PASSED)
    assert planned(green) == Eject(one)


def test_a_red_target_ejects_nobody_and_lets_the_mending_change_through() -> None:
    """The first is held; the one behind it may be what makes the target green."""
    red = Seen(item=item(1), verdict=Outcome.RED, base=Outcome.RED)
    cure = item(2)
    assert planned(red) is None
    assert planned(red, Seen(item=cure, verdict=Outcome.PASSED)) == Push(cure)


_outcomes = st.sampled_from([None, Outcome.PASSED, Outcome.RED])


@given(
    lane=st.lists(st.tuples(st.booleans(), _outcomes, _outcomes, st.booleans()), max_size=6),
    gated=st.booleans(),
)
def test_a_lane_with_work_always_has_a_next_step(
    lane: list[tuple[bool, Outcome | None, Outcome | None, bool]], *, gated: bool
) -> None:
    """Unless every item is held by a red target; and nothing unproven is ever pushed."""
    seen = [
        Seen(
            item=item(
                n, expected_old=TIP if fresh else "b" * 40, candidate="d" * 40 if built else None
            ),
            verdict=verdict,
            base=base,
        )
        for n, (fresh, verdict, base, built) in enumerate(lane)
    ]
    action = planned(*seen, gated=gated)
    held = gated and all(is_held(one) and one.item.expected_old == TIP for one in seen)
    assert (action is None) == (not seen or (held and all(one.item.candidate for one in seen)))
    if isinstance(action, Push) and gated:
        chosen = next(one for one in seen if one.item == action.item)
        assert chosen.verdict is Outcome.PASSED
    if isinstance(action, Eject):
        chosen = next(one for one in seen if one.item == action.item)
        assert (chosen.verdict, chosen.base) == (Outcome.RED, Outcome.PASSED)
