"""What the results of a tree say of a change, given the results of the tree that it stands on."""

from dataclasses import dataclass

from orch.core.receipt import Outcome, Receipt


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What a gate has said of a tree: `failures` is None where it gives no more than an exit code.

    `runs` counts how often it was asked.
    """

    outcome: Outcome
    runs: int = 1
    failures: frozenset[str] | None = None

    @property
    def is_named(self) -> bool:
        """Tell whether it is red, and all that failed is named: only then a base can excuse it.

        A gate that failed while its reports show no failure is red as such.
        """
        return self.outcome is Outcome.RED and bool(self.failures)


def known_of(receipt: Receipt) -> Known:
    """Return what a receipt proves."""
    failures = None if receipt.failures is None else frozenset(receipt.failures)
    return Known(outcome=receipt.outcome, runs=receipt.runs, failures=failures)


@dataclass(frozen=True, slots=True)
class Delta:
    """What a change has broken and mended, and what failed before it and still does."""

    new: frozenset[str]
    fixed: frozenset[str]
    old: frozenset[str]


def compare(known: Known, base: Known) -> Delta:
    """Tell what differs; where only an exit code is known, nothing is told to differ."""
    now, before = _failing(known), _failing(base)
    return Delta(new=now - before, fixed=before - now, old=now & before)


def verdict(known: Known, base: Known | None) -> Outcome | None:
    """Say what is to be held against a change; None if that can't be told without its base.

    A tree that fails in nothing that its base does not fail in as well has passed; if it took a
    second run to come to that, it is flaky. Where one of the two has only an exit code, red is red.
    """
    if not known.is_named:
        return known.outcome
    if base is None:
        return None
    if not base.is_named or compare(known, base).new:
        return Outcome.RED
    return Outcome.PASSED if known.runs == 1 else Outcome.FLAKY


def is_red_target(base: Known, known: Known) -> bool:
    """Tell whether a base is itself at fault, so that nobody is sent back for failing on it.

    Where both say which tests failed, the change is only held to what it adds.
    """
    if base.outcome is Outcome.UNCLEAN:
        return True
    return base.outcome is Outcome.RED and not (base.is_named and known.is_named)


def tell_new(delta: Delta, *, most: int = 30) -> str:
    """List what a change has broken, for whoever is to mend it."""
    new = sorted(delta.new)
    lines = [f"- {one}" for one in new[:most]]
    lines += [f"- and {len(new) - most} more"] if len(new) > most else []
    if delta.old:
        lines.append(f"{len(delta.old)} more failed before this change as well: leave them alone.")
    return "\n".join(lines)


def _failing(known: Known) -> frozenset[str]:
    return known.failures or frozenset() if known.is_named else frozenset()
