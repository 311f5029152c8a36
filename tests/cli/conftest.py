"""Fixtures of the command line: the real program, against a daemon that serves from memory."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from orch.system.paths import Home
from tests.daemon.served import Served, serving


@dataclass
class Said:
    """What a run of `orch` left."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:  # noqa: ANN401 - each verb has its own shape
        """Read standard output as JSON."""
        return json.loads(self.out)


@dataclass
class Terminal:
    """Runs `orch` as a person does: as a program, in a folder, without a terminal."""

    home: Path
    cwd: Path
    extra: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """The environment of what is run: nothing of the tests' own."""
        kept = {name: os.environ[name] for name in ("PATH", "TMPDIR") if name in os.environ}
        return kept | {"ORCH_HOME": str(self.home), "HOME": str(self.home.parent)} | self.extra

    async def run(self, *words: str | bytes, stdin: bytes = b"") -> Said:
        """Run a command line to its end."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "orch.cli.main",
            *words,
            cwd=self.cwd,
            env=self.environment,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await process.communicate(stdin)
        return Said(process.returncode or 0, out.decode(), err.decode())


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    """Give a daemon that serves the wire, over memory."""
    home = Home(tmp_path / "home")
    home.root.mkdir(mode=0o700)
    async with serving(home, tmp_path) as running:
        yield running


@pytest.fixture
def orch(served: Served) -> Terminal:
    """Give a terminal in the project's folder, whose daemon is the one that serves.

    The socket is named, so that no daemon is started when the test's own one ends.
    """
    socket = str(served.home.daemon_socket)
    return Terminal(served.home.root, served.repository.path, {"ORCH_SOCKET": socket})
