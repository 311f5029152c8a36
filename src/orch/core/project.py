"""A project: a git repository under management."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneHold:
    """A lane that begins nothing: `by` whom, since when (epoch seconds), and why."""

    target: str
    why: str
    by: str
    at: float

    @property
    def told(self) -> str:
        """Say it in a sentence."""
        return f"the lane is paused by {self.by}: {self.why}".rstrip(": ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A registered repository.

    `path` is where the person's repository is on host `host_id`; `hub` is orch's own bare
    repository beside it, where task branches, attempt heads and saved refs live. `remote` is
    the address that landings are pushed to, or None when `path` itself is the target. `paused_why`
    is set where orch itself paused it, not a person. Failures up to event `resumed_after` were
    known to who resumed it last, and don't count any more. `holds` are its lanes that stand still.
    """

    id: str
    name: str
    path: str
    hub: str
    host_id: str
    added_at: float
    remote: str | None = None
    paused: bool = False
    paused_why: str = ""
    paused_at: float = 0.0
    resumed_after: int = 0
    holds: tuple[LaneHold, ...] = ()
    version: int = 0

    def hold(self, target: str) -> LaneHold | None:
        """Find what holds a lane."""
        return next((hold for hold in self.holds if hold.target == target), None)
