"""What the verbs of a person's own configuration share: whose it is, and what went wrong."""

import os
from collections.abc import Callable, Sequence
from typing import TypeVar

from orch.cli.exits import Failed, UsageError
from orch.personal.failure import PersonalError
from orch.personal.places import AGENTS, Places
from orch.personal.undo import Undo
from orch.system.paths import Home

T = TypeVar("T")


def person() -> tuple[Places, Undo]:
    """Return the places of whoever runs this, and the memory of their changes."""
    return Places(os.environ), Undo(Home.default())


def chosen(named: Sequence[str], places: Places) -> list[str]:
    """Return the agents that are meant: those that are named, or all that the person has."""
    for name in named:
        if name not in AGENTS:
            raise UsageError(f"orch knows the configuration of {', '.join(AGENTS)}, not of {name}")
    found = list(dict.fromkeys(named)) or places.found()
    if not found:
        raise Failed("none of your agents is found here", then=f"name one: {', '.join(AGENTS)}")
    return found


def attempt(act: Callable[[], T]) -> T:
    """Do it; what stands in the way is told as every failure is."""
    try:
        return act()
    except PersonalError as error:
        raise Failed(str(error), then=error.then) from error
