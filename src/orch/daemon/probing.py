"""Asks agent programs about themselves, once for each version of the file that is there."""

import asyncio
import contextlib
import os
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import msgspec

from orch.adapters.agents.capabilities import (
    ASKED,
    Asked,
    Capabilities,
    read_capabilities,
    signed_in,
)
from orch.adapters.agents.registry import AGENTS
from orch.system.paths import Home
from orch.system.run import CannotStart, Order, run
from orch.wire.shapes.settings import AgentShape

_TIMEOUT_S = 30.0
_CAP_BYTES = 1024 * 1024
_AT_ONCE = 2


class Prober:
    """Keeps what programs answered under the home, by their path, size and time of change."""

    def __init__(self, home: Home) -> None:
        """Keep it in this home."""
        self._path = home.root / "cache" / "agents.json"
        self._gate = asyncio.Semaphore(_AT_ONCE)

    async def ask(self, name: str, path: str) -> Capabilities | None:
        """Find out what the program at a path can do; None for one that is not known at all."""
        asked = ASKED.get(name)
        if asked is None or not path:
            return None
        known = await asyncio.to_thread(self._known)
        key = await asyncio.to_thread(_key, path)
        if key in known:
            return known[key]
        async with self._gate:
            found = await _probe(asked, path)
        await asyncio.to_thread(self._keep, key, found)
        return found

    def _known(self) -> dict[str, Capabilities]:
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=dict[str, Capabilities])
        except (OSError, msgspec.DecodeError):
            return {}

    def _keep(self, key: str, value: Capabilities) -> None:
        kept = self._known() | {key: value}
        with contextlib.suppress(OSError):  # It is only asked again then.
            self._path.parent.mkdir(mode=0o700, exist_ok=True)
            draft = self._path.with_suffix(".new")
            draft.write_bytes(msgspec.json.encode(kept))
            draft.replace(self._path)


async def probed(home: Home, shape: AgentShape) -> AgentShape:
    """Add to an agent what its program answers, what orch can drive, and what is to be done."""
    name = Path(shape.program).name
    asked = ASKED.get(name)
    adapter = AGENTS.get(shape.adapter or _adapter(name))
    if asked is None:
        return replace(shape, modes=tuple(adapter.modes) if adapter else ())
    found = await Prober(home).ask(name, shape.path) or Capabilities()
    shown = sign_in(name, os.environ)
    return replace(
        shape,
        version=found.version,
        can=found.can,
        modes=tuple(adapter.modes) if adapter else (),
        signed_in=shown,
        verified=asked.verified,
        remedy=_remedy(shape, found, oldest=asked.oldest, shown=shown),
    )


def _adapter(program: str) -> str:
    return {"cursor-agent": "cursor"}.get(program, program)


def _remedy(shape: AgentShape, found: Capabilities, *, oldest: tuple[int, ...], shown: str) -> str:
    if not shape.path:
        return f"install {shape.program}, or run `orch daemon restart` where it is on PATH"
    if found.too_old:
        least = ".".join(map(str, oldest))
        return f"it is older than {least}, which orch knows: update it"
    return "" if shown else f"sign in to {shape.program}, or give its key in the profile's env"


def sign_in(name: str, environment: Mapping[str, str]) -> str:
    """Say how the person is signed in to a program, as far as variables and files show it."""
    asked = ASKED.get(name)
    if asked is None:
        return ""
    home = Path(environment.get("HOME", "~")).expanduser()
    there = [file for file in asked.files if (home / file).exists()]
    return signed_in(asked, environment=environment, files=there)


def _key(path: str) -> str:
    real = os.path.realpath(path)
    try:
        about = Path(real).stat()
    except OSError:
        return real
    return f"{real}:{about.st_size}:{about.st_mtime_ns}"


async def _probe(asked: Asked, path: str) -> Capabilities:
    """Run it in a home that is thrown away: some write files at their first start."""
    with tempfile.TemporaryDirectory(prefix="orch-probe-", ignore_cleanup_errors=True) as home:
        version = await _said(path, "--version", home=home)
        help_text = await _said(path, "--help", home=home)
    return read_capabilities(asked, version=version, help_text=help_text)


async def _said(path: str, argument: str, *, home: str) -> str:
    environment = {
        "HOME": home,
        "PATH": f"{Path(path).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "NO_COLOR": "1",
        "TERM": "dumb",
    }
    order = Order(
        argv=(path, argument),
        cwd=home,
        env=environment,
        timeout_s=_TIMEOUT_S,
        merge=True,
        output_cap_bytes=_CAP_BYTES,
    )
    try:
        done = await run(order)
    except CannotStart:
        return ""
    return done.stdout.decode(errors="replace")
