"""Effects: orders in the imperative, committed with the event that caused them (the outbox)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """An order about one attempt of a task. Run at least once; idempotent by its `id`."""

    task_id: str
    attempt: int

    @property
    def id(self) -> str:
        """Derive the id from the attempt, so that deciding twice orders once."""
        return f"{self.task_id}/{self.attempt}/{type(self).__name__}{self.discriminator}"

    @property
    def discriminator(self) -> str:
        """Tell apart two orders of one kind within an attempt."""
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrepareWorkspace(Effect):
    """Make the isolated checkout, or find the one that is there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StartSession(Effect):
    """Start the agent in the workspace."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StopSession(Effect):
    """End the session and prove that nothing is left of it."""

    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectEvidence(Effect):
    """Look at what the session left: commits, clean tree, scope."""

    serial: int = 0

    @property
    def discriminator(self) -> str:
        """A person may ask for another look."""
        return f"-{self.serial}" if self.serial else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunGate(Effect):
    """Check the claimed commit in a clean workspace of the gate's own."""

    head: str
    serial: int = 0

    @property
    def discriminator(self) -> str:
        """Another head, or going on after a hold, is another check."""
        return f"-{self.head[:12]}-{self.serial}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunJudge(Effect):
    """Have an agent that can't write judge the commit, and show it what the gate said.

    What is `required` is waited for; `receipt` is None where no gate ran.
    """

    head: str
    serial: int = 0
    required: bool = True
    receipt: str | None = None

    @property
    def discriminator(self) -> str:
        """Another head, or asking once more, is another judgement."""
        return f"-{self.head[:12]}-{self.serial}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitLanding(Effect):
    """Give the change its place in the lane."""

    head: str
    approved: bool = False
    serial: int = 0

    @property
    def discriminator(self) -> str:
        """Another head, or another time that a person sends it, is another landing."""
        return f"-{self.head[:12]}-{self.serial}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseWorkspace(Effect):
    """Save what is in the workspace, then give it back."""

    serial: int = 0

    @property
    def discriminator(self) -> str:
        """A reopened task is released again."""
        return f"-{self.serial}" if self.serial else ""


EFFECTS: dict[str, type[Effect]] = {
    name: kind
    for name, kind in list(globals().items())
    if isinstance(kind, type) and issubclass(kind, Effect) and kind is not Effect
}
"""Every kind of effect by its name, as it is stored."""
