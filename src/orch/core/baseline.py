"""What the results of a tree say of a change, given the results of the tree that it stands on."""

from dataclasses import dataclass

from orch.core.receipt import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What a gate has said of a tree: `failures` is None where it gives no more than an exit code.

    `runs` counts how often it was asked.
    """

    outcome: Outcome
    runs: int = 1
    failures: frozenset[str] | None = None


def verdict(known: Known, base: Known | None) -> Outcome | None:
    """Say what is to be held against a change; None if that can't be told without its base.

    A tree that fails in nothing that its base does not fail in as well has passed. Where one of
    the two has only an exit code, red is red.
    """
    if known.outcome is not Outcome.RED or known.failures is None:
        return known.outcome
    if base is None:
        return None
    before = base.failures
    if base.outcome is not Outcome.RED or before is None:
        return Outcome.RED
    return Outcome.PASSED if known.failures and known.failures <= before else Outcome.RED
