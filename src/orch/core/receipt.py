"""A receipt: the results of a gate's commands on one exact tree, kept as proof."""

from dataclasses import dataclass, replace
from enum import StrEnum


class Outcome(StrEnum):
    """How a gate run ended.

    Only `PASSED`, `RED` and `FLAKY` speak of the tree and are kept as receipts: `FLAKY` is a tree
    that passed after it had failed. `UNCLEAN` says that the gate changed what it checked; `INFRA`
    says that it could not be run to its end.
    """

    PASSED = "passed"
    RED = "red"
    FLAKY = "flaky"
    UNCLEAN = "unclean"
    INFRA = "infra"


@dataclass(frozen=True, slots=True)
class CommandResult:
    """What one command of a gate did; `exit_code` is negative for a signal."""

    command: str
    exit_code: int
    duration_s: float


@dataclass(frozen=True, slots=True)
class ReceiptKey:
    """What makes two gate runs the same: the tree, the gate's spec and the environment.

    `tree` is a git tree id; `spec` hashes the commands and the files they name; `environment`
    hashes the set-up's lock files, the tool versions named in the config, and the platform.
    """

    tree: str
    spec: str
    environment: str

    def __str__(self) -> str:
        """Render the key as one word, which is also how it is stored."""
        return f"{self.tree}:{self.spec}:{self.environment}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """Proof of what a gate said about a tree; `runs` counts how often it was asked.

    `failures` names the single tests and findings that failed, None where the gate gives no more
    than an exit code. `log` is that of the last run, `logs` those of the runs before it.
    """

    key: ReceiptKey
    project_id: str
    outcome: Outcome
    results: tuple[CommandResult, ...]
    commit: str
    log: str
    at: float
    runs: int = 1
    excerpt: str = ""
    failures: tuple[str, ...] | None = None
    logs: tuple[str, ...] = ()


def join_runs(earlier: Receipt, later: Receipt) -> Receipt:
    """Make one receipt of two runs on the identical tree; both logs and the number are kept.

    Runs that disagree are flaky: what the red one said stays. Two red runs are red by what failed
    in both of them.
    """
    both = replace(
        later,
        runs=earlier.runs + later.runs,
        logs=(*earlier.logs, *((earlier.log,) if earlier.log != later.log else ()), *later.logs),
    )
    if earlier.outcome is later.outcome is Outcome.PASSED:
        return both
    if earlier.outcome is later.outcome is Outcome.RED:
        return replace(both, failures=_common(earlier.failures, later.failures))
    red = earlier if earlier.outcome is not Outcome.PASSED else later
    return replace(
        both,
        outcome=Outcome.FLAKY,
        results=red.results,
        excerpt=red.excerpt,
        failures=red.failures,
    )


def _common(one: tuple[str, ...] | None, other: tuple[str, ...] | None) -> tuple[str, ...] | None:
    if one is None or other is None:
        return None
    return tuple(failure for failure in one if failure in set(other))
