"""The shapes of landings: the queue, what landed, and the proofs."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class LandingShape:
    """One change in, or through, a merge queue; `old` and `new` are set once it has landed.

    `gated_with` names the others that one run of the gate is for, while it runs or waits for a
    slot. `verdict` is what a judge said of its commit, "approve", "reject" or "unclear", and ""
    where none was asked or has answered; `judged` says it in words, and why one could not judge.
    """

    id: str
    state: str
    old: str | None
    new: str | None
    reason: str
    task: str | None
    project: str
    title: str
    target: str
    source: str
    head: str
    waiting: str
    bounce: str | None
    receipt: str | None
    proof: str | None
    reverts: str | None
    submitted_at: float
    landed_at: float | None
    resolved: str = ""
    gated_with: tuple[str, ...] = ()
    verdict: str = ""
    judged: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueItem:
    """An item that has not left its merge queue; `ahead` counts those before it.

    Programs may rely on `id`, `task`, `state`, `ahead`, `gate`, `started`, `receipt`, `reason`.
    `gate` is what the item's gate does or said: "" (nothing yet), "waiting" (for a slot),
    "running", "passed", "failed", "flaky" (it failed, then passed), "none" (the target has no
    gate). `started` is when it began to run, null until then. `reason` says what the item waits
    for, if it is not its turn or its gate.
    `gate_s` is how long the gate takes, by the median of its last passes, `expected_at` when the
    item may have landed; null where nobody can tell. `resolved` says who resolved a conflict of
    it, "" if there was none. `gated_with` names the others of its batch: while the gate runs, or
    waits for a slot, each of them is "gating", with the same `gate` and `started`. `lane` says
    what holds up all of its lane (a pause, a target that does not answer), "" if nothing does; it
    is the `reason` of who has no other.
    """

    id: str
    task: str | None
    state: str
    ahead: int
    gate: str
    started: float | None
    receipt: str | None
    reason: str
    title: str
    project: str
    target: str
    source: str
    head: str
    waiting: str
    submitted_at: float
    gate_s: float | None = None
    expected_at: float | None = None
    resolved: str = ""
    lane: str = ""
    gated_with: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BeforeLane:
    """A task whose work passed its gate and is held before the lane of `target` by its judge.

    `judge` is the profile that judges, `since` when this began. `state` is "judging" (it reads the
    work, or has yet to begin) or "limit" (it is at its usage limit, as `reason` says). `until` is
    when it is asked again without anybody's doing; null where a person has to say so.
    """

    task: str
    title: str
    project: str
    target: str
    state: str
    judge: str
    since: float
    until: float | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandShape:
    """What one command of a gate did; `exit_code` is negative for a signal."""

    command: str
    exit_code: int
    duration_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptShape:
    """Proof of what a gate said about a tree."""

    key: str
    tree: str
    spec: str
    environment: str
    project: str
    outcome: str
    commit: str
    results: tuple[CommandShape, ...]
    runs: int
    log: str
    excerpt: str
    at: float
