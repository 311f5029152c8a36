"""What a lane's planner is shown, and what it answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from orch.core.baseline import Known
from orch.core.landing import Bounce, Item


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """How a lane works now.

    `window` gates run at once, each for `batch` changes; `flaky` lets a pass after a failure land.
    """

    window: int = 1
    batch: int = 1
    flaky: bool = False
    gated: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A lane as it is: its tip, and its open items in order.

    `known` says what gates have said of commits (candidates and the tip), `running` of which
    commits they are being asked. `held` are commits that nothing can be done with just now (a gate
    that could not be run, a checkout in the way). `clashes` are pairs of an item's id and a commit
    that it does not merge onto; `lost` the ids of landings that were sent back or taken out.
    `unjudged` says, by an item's id, why it lacks the judgement that its project requires.
    `barred` says of items that are to be left out of the chain for a while why. `under` are commits
    below the tip on which the lane has landed something itself. `doubted` are failed commits that
    may be asked once more, for the last time was long ago. `paused` says why nothing is to begin.
    """

    tip: str
    items: Sequence[Item]
    rules: Rules = Rules()
    known: Mapping[str, Known] = field(default_factory=dict)
    running: frozenset[str] = frozenset()
    held: frozenset[str] = frozenset()
    clashes: frozenset[tuple[str, str]] = frozenset()
    lost: frozenset[str] = frozenset()
    unjudged: Mapping[str, str] = field(default_factory=dict)
    barred: Mapping[str, str] = field(default_factory=dict)
    under: frozenset[str] = frozenset()
    doubted: frozenset[str] = frozenset()
    paused: str = ""


@dataclass(frozen=True, slots=True)
class Settle:
    """Find out what became of an intent that was written before a crash."""

    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Push:
    """Write the intent and move the target, once, to the last of these."""

    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Eject:
    """Send an item back: everything ahead of it is decided, and its base is not at fault."""

    item: Item
    bounce: Bounce


@dataclass(frozen=True, slots=True)
class Split:
    """Give up the candidates of a batch that failed; it comes back in batches of `share` at most.

    All keep their places: built again they are the very same commits, of which the last is known to
    fail. So only the half in question is gated, and what is behind the batch stands on that.
    """

    items: tuple[Item, ...]
    share: int


@dataclass(frozen=True, slots=True)
class Build:
    """Build the candidate on a commit."""

    item: Item
    onto: str


@dataclass(frozen=True, slots=True)
class Check:
    """Gate the candidate's exact tree; `again` for the one rerun of a tree that failed."""

    item: Item
    again: bool = False

    @property
    def commit(self) -> str:
        """The candidate."""
        return self.item.candidate or ""


@dataclass(frozen=True, slots=True)
class CheckBase:
    """Gate what the item stands on: a red candidate on a base that is not known proves nothing.

    Once more with `again`: a flake of the target must not stop its lane for good.
    """

    item: Item
    commit: str
    again: bool = False


@dataclass(frozen=True, slots=True)
class Stop:
    """End a gate whose answer nobody waits for any more."""

    commit: str


@dataclass(frozen=True, slots=True)
class Precheck:
    """Look which of the items that wait for their turn still merge onto the tip."""

    items: tuple[Item, ...]


Step = Settle | Push | Eject | Split | Build | Precheck
"""What is done at once, one after the other; the rows are read anew after each."""

GateChange = Check | CheckBase | Stop
"""What begins or ends beside the lane."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to be done now, the chain of candidates, and why each other item waits.

    `gates` come first: they run beside the lane. `green` names the items of the chain whose own
    tree has passed. In `waits` "" stands for an item that waits for its turn only; while something
    is to be done at once nobody knows yet who does.
    """

    gates: tuple[GateChange, ...] = ()
    steps: tuple[Step, ...] = ()
    chain: tuple[Item, ...] = ()
    green: frozenset[str] = frozenset()
    waits: Mapping[str, str] = field(default_factory=dict)
