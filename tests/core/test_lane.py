"""The lane's planner, rule by rule: an intent first, proof before a push, no rash ejection."""

from dataclasses import replace

from orch.core.baseline import Known
from orch.core.landing import Bounce, Item, ItemState
from orch.core.lane import PRECHECKED, plan
from orch.core.lane_plan import (
    Build,
    Check,
    CheckBase,
    Eject,
    Plan,
    Precheck,
    Push,
    Rules,
    Settle,
    Snapshot,
    Split,
    Stop,
)
from orch.core.receipt import Outcome
from tests.core.lanes import TIP, an_item, candidate_of

GREEN = Known(outcome=Outcome.PASSED)
RED = Known(outcome=Outcome.RED)
TWICE = Known(outcome=Outcome.RED, runs=2)
FLAKY = Known(outcome=Outcome.FLAKY, runs=2)


def chain(count: int, **fields: object) -> list[Item]:
    """Make items whose candidates stand on each other."""
    items = list[Item]()
    for n in range(1, count + 1):
        onto = items[-1].candidate if items else TIP
        items.append(an_item(n, candidate=candidate_of(onto or "", n), expected_old=onto, **fields))
    return items


def planned(items: list[Item], window: int = 4, batch: int = 1, **more: object) -> Plan:
    """Plan a lane that shows this; `known` says what gates said, by the item's place."""
    known = more.pop("known", {})
    assert isinstance(known, dict)
    commits = {TIP if n == 0 else items[n - 1].candidate or "": said for n, said in known.items()}
    flaky = bool(more.pop("flaky", False))
    rules = Rules(window=window, batch=batch, flaky=flaky, gated=bool(more.pop("gated", True)))
    return plan(Snapshot(tip=TIP, items=items, rules=rules, known=commits, **more))  # type: ignore[arg-type]


def test_an_intent_is_settled_before_anything_else() -> None:
    """Even if it is not the head: what is on the target has to be known first."""
    items = chain(2)
    pushing = replace(items[1], state=ItemState.PUSHING)
    assert planned([items[0], pushing]) == Plan(steps=(Settle((pushing,)),))


def test_candidates_are_built_on_each_other_and_gated_at_once() -> None:
    """As many as the window holds; the next one is built when there is room."""
    items = [*chain(3), an_item(4), an_item(5)]
    found = planned(items)
    assert found.gates == tuple(map(Check, items[:3]))
    assert found.steps == (Build(items[3], items[2].candidate or ""),)
    assert planned(items, window=3).steps == (Precheck((items[3],)),)


def test_the_next_gate_does_not_wait_for_a_push() -> None:
    """What is proven at the front takes no room, so the next is built before that is pushed."""
    items = [*chain(2), an_item(3), an_item(4)]
    front = items[1].candidate or ""
    found = planned(items, known={1: GREEN}, running=frozenset({front}), window=2)
    assert found.steps == (Build(items[2], front), Push((items[0],)))
    assert planned(items, running=frozenset({front}), window=2).steps == (Precheck((items[2],)),)


def test_a_push_that_is_held_up_does_not_let_the_chain_grow_for_ever() -> None:
    """Twice the window at most, of which one half is proven and the other not."""
    items = [*chain(6), an_item(7)]
    green = dict.fromkeys(range(1, 5), GREEN)
    held = [items[1].candidate or ""]
    assert planned(items, known=green, held=held, window=3).steps == (Precheck((items[6],)),)
    green = dict.fromkeys(range(1, 4), GREEN)
    found = planned([*chain(5), an_item(6)], known=green, held=held, window=3)
    assert found.steps[0] == Build(an_item(6), items[4].candidate or "")


def test_what_waits_is_looked_at_together_and_what_is_new_by_itself() -> None:
    """Whose paths are not known has to be built; others are only asked whether they merge."""
    behind = [replace(an_item(number), paths=("a.txt",)) for number in range(2, 2 + PRECHECKED)]
    items = [*chain(1), *behind]
    assert planned(items, window=1).steps == (Precheck(tuple(behind)),)
    fresh = an_item(90)
    assert planned([*items, fresh], window=1).steps == (Precheck((fresh,)),)
    late = replace(an_item(91), paths=("a.txt",))
    assert planned([*items, late], window=1).steps == (Precheck(tuple(behind)),)


def test_a_candidate_on_an_old_tip_is_built_again() -> None:
    """Somebody else has pushed meanwhile."""
    old = an_item(1, candidate="d" * 40, expected_old="b" * 40)
    assert planned([old]).steps == (Build(old, TIP),)


def test_only_a_passing_receipt_is_pushed_and_only_on_the_tip() -> None:
    """The second is green first and waits; what is proven goes together, each by its own tree."""
    items = chain(3)
    assert planned(items, known={2: GREEN}).steps == ()
    assert planned(items, known={1: GREEN, 3: GREEN}).steps == (Push((items[0],)),)
    assert planned(items, known={1: GREEN, 2: GREEN}).steps == (Push((items[0], items[1])),)
    assert planned(items, gated=False, window=1).steps == (Push((items[0], items[1])),)


def test_an_innocent_item_that_ends_before_the_culprit_ahead_is_not_ejected() -> None:
    """It is left out and waits; those behind it go on without it."""
    one, two, three = chain(3)
    found = planned([one, two, three], known={2: RED})
    assert found.steps == (Build(three, one.candidate or ""),)
    assert found.gates == (Check(one),)
    assert "l1" in found.waits["l2"]


def test_the_base_is_gated_before_anybody_is_ejected() -> None:
    """A red candidate on a base that is not known proves nothing; then it runs once more."""
    (one,) = chain(1)
    assert planned([one], known={1: RED}).gates == (CheckBase(one, TIP),)
    assert planned([one], known={0: RED, 1: RED}).gates == (CheckBase(one, TIP, again=True),)
    assert planned([one], known={0: TWICE, 1: RED}).gates == ()
    assert planned([one], known={0: FLAKY, 1: RED}).gates == (Check(one, again=True),)
    assert planned([one], known={0: GREEN, 1: RED}).gates == (Check(one, again=True),)
    assert planned([one], known={0: GREEN, 1: TWICE}).steps == (Eject(one, Bounce.RED),)


def test_a_red_item_behind_proven_ones_needs_no_control_of_its_base() -> None:
    """What it stands on has a passing receipt."""
    items = chain(2)
    found = planned(items, known={1: GREEN, 2: TWICE})
    assert found.steps == (Eject(items[1], Bounce.RED), Push((items[0],)))


def test_a_red_target_ejects_nobody_and_lets_the_mending_change_through() -> None:
    """The first is left out; the one behind it may be what makes the target green."""
    red, cure = chain(1)[0], an_item(2, candidate="e" * 40, expected_old=TIP)
    assert planned([red], known={0: TWICE, 1: TWICE}).steps == (Precheck((red,)),)
    found = planned([red, cure], known={0: TWICE, 1: RED, 2: GREEN})
    assert found.steps == (Push((cure,)),)
    assert "the target itself" in found.waits["l1"]


def test_what_fails_on_the_base_as_well_does_not_block() -> None:
    """Named failures are held against the base's; a new one sends back also on a red target."""
    base = Known(outcome=Outcome.RED, failures=frozenset({"a", "b"}))
    old = Known(outcome=Outcome.RED, failures=frozenset({"a"}))
    new = Known(outcome=Outcome.RED, runs=2, failures=frozenset({"a", "c"}))
    (one,) = chain(1)
    assert planned([one], known={1: old}).gates == (CheckBase(one, TIP),)
    assert planned([one], known={0: base, 1: old}).steps == (Push((one,)),)
    assert planned([one], known={0: base, 1: new}).steps == (Eject(one, Bounce.RED),)


def test_a_flake_lands_or_waits_for_a_person() -> None:
    """As the project says, or as somebody said who promoted it."""
    (one,) = chain(1)
    assert planned([one], known={1: FLAKY}, flaky=True).steps == (Push((one,)),)
    assert "flaky" in planned([one], known={1: FLAKY}).waits["l1"]
    promoted = replace(one, promoted=True)
    assert planned([promoted], known={1: FLAKY}).steps == (Push((promoted,)),)


def test_a_gate_that_dirties_its_tree_sends_back_only_what_is_proven_to() -> None:
    """Behind something undecided it may be another's doing."""
    unclean = Known(outcome=Outcome.UNCLEAN)
    items = chain(2)
    assert planned(items[:1], known={1: unclean}).steps == (Eject(items[0], Bounce.UNCLEAN),)
    assert planned(items, known={2: unclean}).steps == (Precheck((items[1],)),)


def test_gates_of_what_is_in_the_chain_no_more_are_ended() -> None:
    """A cancelled item's gate, and those of all that stood on it once they stand elsewhere."""
    (one,) = chain(1)
    found = planned([one], running=frozenset({one.candidate, "f" * 40}))
    assert found.gates == (Stop("f" * 40),)


def test_what_does_not_merge_with_those_ahead_waits_for_them() -> None:
    """On the tip itself it would be a conflict; on a candidate nobody knows yet."""
    one, two, three = *chain(1), an_item(2), an_item(3)
    clash = frozenset({("l2", one.candidate)})
    found = planned([one, two, three], clashes=clash)
    assert found.steps == (Build(three, one.candidate or ""),)
    assert found.waits["l2"] == "does not merge with what is ahead of it (l1)"


def test_what_builds_on_another_landing_follows_it() -> None:
    """Never before it; and not at all if that one does not land."""
    second = an_item(2, after=("l3",))
    third = an_item(3)
    found = planned([second, third])
    assert found.steps == (Build(third, TIP),)
    assert found.waits["l2"] == "lands after l3"
    assert planned([second], lost=frozenset({"l3"})).steps == (Eject(second, Bounce.STALE),)


def test_what_a_required_judge_has_not_approved_waits_and_the_others_go_on() -> None:
    """Neither gated nor landed, whatever its gate says; those behind are built without it."""
    items = chain(2)
    found = planned([*items, an_item(3)], known={1: GREEN, 2: GREEN}, unjudged={"l1": "not judged"})
    assert found.waits == {"l1": "not judged"}
    assert found.steps == (Build(items[1], TIP),)
    alone = planned([an_item(1)], unjudged={"l1": "not judged"})
    assert (alone.gates, alone.steps) == ((), (Precheck((an_item(1),)),))


def test_a_conflict_that_voids_a_judgement_may_be_gone_on_what_is_there_now() -> None:
    """Where the candidate has to be built anew anyway it is; where it stands well it waits."""
    old = an_item(1, candidate="x", expected_old="before", resolved="rerere")
    void = {"l1": "resolved after it was judged"}
    assert planned([old], unjudged=void).steps == (Build(old, TIP),)
    built = replace(old, expected_old=TIP, checked_on=TIP)
    assert planned([built], unjudged=void) == Plan(waits=void)
    by_agent = replace(old, resolved="agent", checked_on=TIP)
    assert planned([by_agent], unjudged=void) == Plan(waits=void)


def test_who_stands_behind_a_full_chain_waits_for_nothing_but_its_turn() -> None:
    """That is said once nothing is left to be built: before that nobody knows who it is."""
    items = chain(3)
    last = an_item(4, checked_on=TIP)
    assert planned([*items, last], window=3).waits == {"l4": ""}
    assert planned([*items, last]).waits == {}
    assert planned([*items, last], window=3, barred={"l2": "it hangs"}).waits == {"l2": "it hangs"}


def test_a_paused_lane_begins_nothing() -> None:
    """But it settles what was begun."""
    items = chain(2)
    found = planned(items, known={1: GREEN}, paused="paused by ada")
    assert (found.gates, found.steps) == ((), ())
    assert set(found.waits.values()) == {"paused by ada"}


def test_a_commit_that_is_held_is_neither_gated_nor_pushed() -> None:
    """Its gate could not be run, or a checkout is in the way; those behind it go on."""
    items = chain(2)
    held = frozenset({items[0].candidate})
    assert planned(items, held=held).gates == (Check(items[1]),)
    assert planned(items, held=held, known={1: GREEN}).steps == ()


def test_a_batch_is_gated_by_its_last_and_pushed_at_once() -> None:
    """The others are covered by it."""
    items = chain(4)
    assert planned(items, window=2, batch=2).gates == (Check(items[1]), Check(items[3]))
    found = planned(items, window=2, batch=2, known={2: GREEN})
    assert found.steps == (Push((items[0], items[1])),)


def test_a_red_batch_leaves_the_chain_and_comes_back_in_halves() -> None:
    """Those behind it go on as if it had not been there."""
    items = [*chain(3), an_item(4)]
    found = planned(items, window=2, batch=3, known={3: RED})
    assert found.steps == (Split(tuple(items[:3]), share=2), Build(items[3], TIP))
    assert not found.chain


def test_a_narrower_window_lets_a_batch_end_that_is_gated() -> None:
    """All of it, though only its last is asked."""
    items = chain(4)
    running = frozenset({items[1].candidate or "", items[3].candidate or ""})
    found = planned(items, window=1, batch=2, running=running)
    assert found.chain == tuple(items)
    assert not found.gates


def test_who_failed_on_what_has_landed_is_judged_there() -> None:
    """Others have landed meanwhile; it is asked again on the same tree, and not built anew."""
    old = "e" * 40
    red = an_item(1, candidate="d" * 40, expected_old=old, checked_on=TIP)
    seen = Snapshot(tip=TIP, items=[red], under=frozenset({old}))
    known = {old: GREEN, TIP: GREEN, "d" * 40: RED}
    assert plan(replace(seen, known=known)).gates == (Check(red, again=True),)
    known["d" * 40] = TWICE
    assert plan(replace(seen, known=known)).steps == (Eject(red, Bounce.RED),)
    unknown = {TIP: GREEN, "d" * 40: TWICE}
    assert plan(replace(seen, known=unknown)).steps == (Build(red, TIP),)
    elsewhere = replace(seen, known=known, under=frozenset())
    assert plan(elsewhere).steps == (Build(red, TIP),)


def test_a_red_batch_behind_an_undecided_one_waits() -> None:
    """The fault may be ahead of it; those behind it stand on what is ahead."""
    items = [*chain(4), an_item(5)]
    running = frozenset({items[1].candidate or ""})
    found = planned(items, window=3, batch=2, known={4: RED}, running=running)
    assert found.steps == (Build(items[4], items[1].candidate or ""),)
    assert set(found.waits) == {"l3", "l4"}
    found = planned(items[:4], window=3, batch=2, known={2: GREEN, 4: RED})
    assert found.steps == (Split(tuple(items[2:4]), share=1), Push(tuple(items[:2])))


def test_halves_of_a_batch_share_no_gate_with_others() -> None:
    """Nor do the two halves with each other."""
    items = chain(3, share=2)
    assert planned(items, window=3, batch=4).gates == (Check(items[1]), Check(items[2]))
    mixed = [*items[:1], replace(items[1], share=0), replace(items[2], share=0)]
    assert planned(mixed, window=3, batch=4).gates == (Check(mixed[0]), Check(mixed[2]))


def test_who_fails_alone_in_a_lane_of_batches_is_decided_on_as_ever() -> None:
    """With its base known, and asked a second time, it is sent back."""
    items = chain(2, share=1)
    lane = {"window": 2, "batch": 4}
    assert planned(items, known={0: GREEN, 1: RED}, **lane).gates[0] == Check(items[0], again=True)
    assert Eject(items[0], Bounce.RED) in planned(items, known={0: GREEN, 1: TWICE}, **lane).steps
