"""Asks before something is destroyed; without a terminal it wants the word beforehand."""

import sys

from orch.cli.exits import Failed, UsageError


def confirm(what: str, *, yes: bool, again: str) -> None:
    """Return if the person agrees; `again` is the command that would not ask.

    Raises `UsageError` where nobody can be asked, and `Failed` if the answer is not yes.
    """
    if yes:
        return
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError(f"{what}: this wants a confirmation, and nobody can be asked", then=again)
    sys.stderr.write(f"{what}. Go on? [y/N] ")
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
        raise Failed("nothing was done")
