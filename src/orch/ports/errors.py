"""The two failures that a port may raise; anything else that leaves an adapter is a bug."""


class Transient(Exception):
    """Say that the same call may succeed later; `retry_after_s` is the world's own hint, if any."""

    def __init__(self, reason: str, *, retry_after_s: float | None = None) -> None:
        """Keep the reason, one sentence for a person."""
        super().__init__(reason)
        self.reason = reason
        self.retry_after_s = retry_after_s


class Permanent(Exception):
    """Say that trying again won't help; `remedy` is the command to run or the thing to change."""

    def __init__(self, reason: str, *, remedy: str = "") -> None:
        """Keep the reason, one sentence for a person."""
        super().__init__(reason)
        self.reason = reason
        self.remedy = remedy
