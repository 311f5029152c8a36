"""The one error of this package: what stands in the way, and what to do about it."""


class PersonalError(Exception):
    """A person's file can't be changed as it stands; nothing was changed.

    `then` is the command to run next, or what to do before it.
    """

    def __init__(self, message: str, *, then: str = "") -> None:
        """Keep the message and the remedy."""
        super().__init__(message)
        self.then = then
