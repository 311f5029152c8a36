"""Faults of a model's service, each with a budget, so that a test can say that it really fired."""

import time
from dataclasses import dataclass
from enum import StrEnum
from threading import Lock


class FaultKind(StrEnum):
    """What can go wrong with an answer."""

    RATE_LIMIT = "rate_limit"
    """429 with a `retry-after`."""
    USAGE_LIMIT = "usage_limit"
    """429 whose body says that the account's limit is reached and when it is reset."""
    OVERLOADED = "overloaded"
    """529, or 503 where the protocol has no such number."""
    UNAUTHORIZED = "unauthorized"
    """401."""
    SERVER_ERROR = "server_error"
    """500."""
    BAD_REQUEST = "bad_request"
    """400: nothing that a repetition would change."""
    UNKNOWN_MODEL = "unknown_model"
    """404: there is no such model."""
    CONTEXT_FULL = "context_full"
    """400 that says that the conversation is too long for the model."""
    HANG = "hang"
    """No byte of an answer, until the server is closed."""
    HANG_MID_STREAM = "hang_mid_stream"
    """Half a sentence, then nothing, until the server is closed."""
    DROP = "drop"
    """The connection is cut before an answer."""
    DROP_MID_STREAM = "drop_mid_stream"
    """Half a sentence, then the connection is cut."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault and its budget.

    `times` is how often it fires in all, None for always; `at_step` the index of the step (from 0)
    whose answer it replaces, None for any; `script` the name of the script, None for any.
    `retry_after_s` is what a rate limit asks for; `resets_at` the epoch second at which a usage
    limit ends, by default an hour from now. Side requests meet no fault unless `side` is set.
    """

    kind: FaultKind
    times: int | None = 1
    at_step: int | None = None
    script: str | None = None
    retry_after_s: int = 1
    resets_at: int | None = None
    side: bool = False

    def reset_time(self) -> int:
        """Say when a usage limit ends, in seconds since the epoch."""
        return self.resets_at if self.resets_at is not None else int(time.time()) + 3600

    def fits(self, script: str, step: int | None) -> bool:
        """Say whether the fault is meant for this answer; the step is None for a side request."""
        if step is None and not self.side:
            return False
        return self.script in {None, script} and self.at_step in {None, step}


class FaultBudget:
    """What is left of each fault; the first that fits an answer is spent on it."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        self._left: list[tuple[Fault, int | None]] = [(fault, fault.times) for fault in faults]
        self._lock = Lock()

    def add(self, fault: Fault) -> None:
        """Put another fault behind those that there are."""
        with self._lock:
            self._left.append((fault, fault.times))

    def take(self, script: str, step: int | None) -> Fault | None:
        """Spend a fault on this answer, if there is one for it."""
        with self._lock:
            for position, (fault, left) in enumerate(self._left):
                if left != 0 and fault.fits(script, step):
                    self._left[position] = (fault, None if left is None else left - 1)
                    return fault
        return None
