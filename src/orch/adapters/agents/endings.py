"""What endings of all agents have in common: how a process ended, and what it said last."""

from orch.core.signs import Sign, SignKind
from orch.ports.agent import End


def how_it_ended(end: End) -> str:
    """Name the exit code or the signal."""
    return f"signal {end.exit_signal}" if end.exit_signal else f"exit {end.exit_code}"


def last_line(end: End) -> str:
    """Find the last line that says anything."""
    return next((line.strip() for line in reversed(end.tail) if line.strip()), "")


def last_sign(end: End, *kinds: SignKind) -> Sign | None:
    """Find the newest sign of one of these kinds."""
    return next((sign for sign in reversed(end.signs) if sign.kind in kinds), None)
