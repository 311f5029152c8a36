"""Which changes share a run of the gate."""

from orch.core.batches import Batches, find_mates
from orch.core.landing import Item
from tests.core.lanes import an_item


def items(count: int, share: int = 0) -> list[Item]:
    """Make items with candidates."""
    return [an_item(n, candidate=f"c{n}", share=share) for n in range(1, count + 1)]


def asked(batches: Batches, *, settled: bool = True) -> list[str]:
    """Name who is gated."""
    return [item.id for item in batches.asked(settled=settled)]


def test_a_full_batch_is_asked_by_its_last() -> None:
    """One with room is only asked when nobody comes to fill it."""
    batches = Batches(2, frozenset())
    for item in items(3):
        batches.join(item)
    assert asked(batches, settled=False) == ["l2"]
    assert asked(batches) == ["l2", "l3"]


def test_what_is_asked_already_is_a_batch() -> None:
    """Whoever comes later shares with others."""
    batches = Batches(3, frozenset({"c1"}))
    for item in items(3):
        batches.join(item)
    assert asked(batches, settled=False) == ["l1"]
    assert [mate.id for mate in batches.mates(an_item(4))] == ["l2", "l3"]


def test_items_of_a_batch_that_failed_keep_to_themselves() -> None:
    """Also two parts of different size."""
    batches = Batches(4, frozenset())
    whole, halves = items(1), items(3, share=2)
    for item in (*whole, *halves):
        batches.join(item)
    assert asked(batches) == ["l1", "l2", "l3"]


def test_behind_a_proof_all_begins_anew() -> None:
    """And a batch that is taken apart is asked nothing."""
    batches = Batches(1, frozenset())
    batches.join(items(1)[0])
    batches.forget()
    assert asked(batches) == []
    wide = Batches(4, frozenset())
    wide.join(items(1)[0])
    wide.leave()
    assert asked(wide) == []


def chained(count: int) -> list[Item]:
    """Make items whose candidates stand on each other."""
    return [
        an_item(n, candidate=f"c{n}", expected_old=f"c{n - 1}" if n > 1 else "tip")
        for n in range(1, count + 1)
    ]


def test_the_mates_of_a_gate_are_those_below_it_down_to_the_next_that_was_asked() -> None:
    """Whatever their order; those above it, and what stands on something else, have no part."""
    line = [*reversed(chained(7)), an_item(8, candidate="c8", expected_old="elsewhere"), an_item(9)]
    found = find_mates(line, running={"c3", "c6", "gone"}, asked={"c1"})
    named = {whose: [mate.id for mate in mates] for whose, mates in found.items()}
    first, second = ["l2", "l3"], ["l4", "l5", "l6"]
    assert named == {**dict.fromkeys(first, first), **dict.fromkeys(second, second)}


def test_one_that_is_asked_by_itself_has_no_mates() -> None:
    """It is alone with its gate."""
    assert [
        len(mates) for mates in find_mates(chained(1), running={"c1"}, asked=set()).values()
    ] == [1]
    assert find_mates(chained(2), running=set(), asked={"c1"}) == {}
