"""Carries out one landing's intent and may kill itself at a step; started by the crash tests."""

import asyncio
import os
import signal
import sys

import msgspec

from orch.adapters.landers.local import LocalLander
from orch.core.landing import Item
from orch.core.project import Project
from orch.ports.errors import Transient

UNKNOWN = 70
"""Exit code: the lander said that it does not know."""


def main() -> int:
    """Read the order from standard input and push."""
    order = msgspec.json.decode(sys.stdin.buffer.read())
    project = msgspec.convert(order["project"], Project)
    item = msgspec.convert(order["item"], Item)

    def stop(step: str) -> None:
        if step == order["step"]:
            os.kill(os.getpid(), signal.SIGKILL)

    try:
        asyncio.run(LocalLander(step=stop).push(project, item, follow=True))
    except Transient:
        return UNKNOWN
    return 0


if __name__ == "__main__":
    sys.exit(main())
