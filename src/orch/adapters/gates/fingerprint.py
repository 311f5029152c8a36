"""The key of a receipt: what makes two gate runs the same."""

import asyncio
import hashlib
import json
import os
import platform
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from orch.adapters.gates.contents import Reader
from orch.adapters.gates.environment import compose_environment
from orch.adapters.hub import Hub
from orch.core.receipt import ReceiptKey
from orch.ports.gate import GateSpec
from orch.system.run import CannotStart, Order, run

_TOOL_TIMEOUT_S: Final = 30.0
_TOOL_AGE_S: Final = 60.0
_DIGEST_CHARS: Final = 24


class Fingerprints:
    """Computes keys; what a tool said of its version is believed for a minute."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self._reader = Reader()
        self._versions: dict[str, tuple[float, str]] = {}

    async def key(self, hub: Hub, commit: str, *, spec: GateSpec) -> ReceiptKey:
        """Compute the key for a commit. Runs git and the tools' version commands, no gate.

        Files count by what they hold in the tree. Lock files count whether or not there is a
        set-up: the gate's commands may install by themselves. That they run side by side counts:
        what passed in turn may fail beside others, with which it shares files, ports and
        processors. Raises `GitError`.
        """
        found = await self._reader.read(hub, commit, commands=spec.commands)
        tools = {tool: await self._version(tool) for tool in spec.tools}
        machine = (platform.system(), platform.machine())
        beside = "parallel" if spec.parallel and len(spec.commands) > 1 else None
        return ReceiptKey(
            tree=found.tree,
            spec=_digest([spec.commands, found.named, *filter(None, [spec.reports, beside])]),
            environment=_digest([spec.setup, found.locks, tools, machine]),
        )

    async def _version(self, tool: str) -> str:
        now = asyncio.get_running_loop().time()
        at, known = self._versions.get(tool, (-_TOOL_AGE_S, ""))
        if now - at >= _TOOL_AGE_S:
            at, known = now, await ask_version(tool, os.environ)
            self._versions[tool] = (at, known)
        return known


async def ask_version(tool: str, given: Mapping[str, str]) -> str:
    """Run a version command as a gate would, and return what it said, or how it failed.

    A single word is a program that is asked for `--version`.
    """
    command = tool if len(tool.split()) > 1 else f"{tool} --version"
    scratch = Path(tempfile.gettempdir())
    order = Order(
        argv=("sh", "-c", command),
        cwd="/",
        env=compose_environment(given, scratch=scratch),
        timeout_s=_TOOL_TIMEOUT_S,
        merge=True,
    )
    try:
        done = await run(order)
    except CannotStart as error:
        return str(error)
    said = done.stdout.decode("utf-8", "replace").strip()
    return said if done.ok else f"{done.ending}: {said}"


def _digest(value: object) -> str:
    text = json.dumps(value, sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGEST_CHARS]
