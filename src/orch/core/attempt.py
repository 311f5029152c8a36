"""An attempt: one try at a task by one agent, in one workspace; numbered and fenced."""

from dataclasses import dataclass
from enum import StrEnum

from orch.core.usage import Usage


class Phase(StrEnum):
    """How far an attempt has come."""

    PREPARING = "preparing"
    STARTING = "starting"
    RUNNING = "running"
    CHECKING = "checking"
    CLAIMED = "claimed"
    JUDGING = "judging"
    ENDED = "ended"


class Activity(StrEnum):
    """What a session is doing, as far as the evidence tells."""

    STARTING = "starting"
    WORKING = "working"
    IDLE = "idle"
    ASKING = "asking"
    AWAITING_PERMISSION = "awaiting_permission"
    LIMITED = "limited"
    STUCK = "stuck"
    EXITED = "exited"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why an activity is believed: the rule that chose it, what it saw, and when (epoch)."""

    rule: str = ""
    observation: str = ""
    at: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One session's try at a task.

    `token` is the fencing token: whoever acts for this attempt on a host shows it, and a host
    that comes back with an older one is not believed. `worker` is the name that people see.
    Exactly one of `exit_code` and `exit_signal` is set once the session has ended by itself;
    `cause` is what ended it from outside, such as a lack of memory.
    `conversation` is the agent's own name for what was said; with `resumed` the session went on
    with that of the attempt before. `reported` is the agent's own last word ("done", "blocked")
    and `said` what it told with it. `nudges` counts how often the ladder spoke to it, last at
    `nudged_at`.
    """

    n: int
    agent: str
    host_id: str
    worker: str
    token: str
    started_at: float
    phase: Phase = Phase.PREPARING
    session: str = ""
    workspace: str = ""
    branch: str = ""
    base_commit: str = ""
    head: str | None = None
    exit_code: int | None = None
    exit_signal: int | None = None
    cause: str = ""
    cpu_s: float | None = None
    peak_memory_bytes: int | None = None
    activity: Activity = Activity.UNKNOWN
    evidence: Evidence = Evidence()
    outcome: str = ""
    ended_at: float | None = None
    mode: str = ""
    conversation: str = ""
    resumed: bool = False
    reported: str = ""
    said: str = ""
    usage: Usage | None = None
    nudges: int = 0
    nudged_at: float | None = None

    @property
    def is_over(self) -> bool:
        """Tell whether nothing more is expected of this attempt's session."""
        return self.phase is Phase.ENDED
