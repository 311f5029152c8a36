"""Runs the set-up and the teardown of a workspace: a project's own commands, logged and bounded."""

import os
import signal
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from orch.core.text import plain
from orch.ports.errors import Permanent, Transient
from orch.system.process import marked
from orch.system.reap import end
from orch.system.run import CannotStart, Completed, Order, run

_TAIL_LINES: Final = 12
_GRACE_S: Final = 2.0
_OUTPUT_CAP_BYTES: Final = 4 * 1024 * 1024
_MARK: Final = "ORCH_SET_UP"
_NOT_FOR_COMMANDS: Final = ("GIT_", "ORCH_")


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """Shell commands for one workspace: each gets `timeout_s`, the output goes to `log`."""

    commands: tuple[str, ...]
    folder: Path
    environment: tuple[tuple[str, str], ...]
    log: Path
    timeout_s: float


async def set_up(script: Script) -> None:
    """Run the commands one after the other.

    Raises `Permanent` with the last lines of the first that fails or takes too long, `Transient`
    if the machine was short of memory or processes.
    """
    for command in script.commands:
        done = await _run(script, command)
        if done.ok:
            continue
        if done.oom or (done.signal == signal.SIGKILL and not done.timed_out):
            raise Transient(f"the set-up was killed: {command} ({done.ending})")
        words = "\n".join(plain(done.stdout).strip().splitlines()[-_TAIL_LINES:])
        raise Permanent(
            f"the set-up failed: {command} ({done.ending}); its last lines:\n{words}",
            remedy=f"correct [workspace] setup in .orch/config.toml; the whole log: {script.log}",
        )


async def end_abandoned(folder: Path) -> None:
    """End what an earlier set-up of this workspace left running when its daemon was killed."""
    await end(lambda: marked(f"{_MARK}={folder}"), grace_s=_GRACE_S)


async def tear_down(script: Script) -> tuple[str, ...]:
    """Run all commands, whatever becomes of each, and return those that failed."""
    failed = []
    for command in script.commands:
        try:
            done = await _run(script, command)
        except Transient as error:
            failed.append(f"{command} ({error.reason})")
            continue
        if not done.ok:
            failed.append(f"{command} ({done.ending})")
    return tuple(failed)


def compose_environment(own: tuple[tuple[str, str], ...]) -> Mapping[str, str]:
    """Compose what the commands see: the daemon's environment without its own affairs."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(_NOT_FOR_COMMANDS)}
    return kept | dict(own)


async def _run(script: Script, command: str) -> Completed:
    script.log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    _write(script.log, f"$ {command}\n".encode())
    order = Order(
        argv=("/bin/sh", "-c", command),
        cwd=script.folder,
        env={**compose_environment(script.environment), _MARK: str(script.folder)},
        timeout_s=script.timeout_s,
        merge=True,
        output_cap_bytes=_OUTPUT_CAP_BYTES,
    )
    try:
        done = await run(order)
    except CannotStart as error:
        raise Transient(str(error)) from error
    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    _write(script.log, done.stdout + f"\n[{done.ending}, {done.duration_s:.1f} s, {at}]\n".encode())
    return done


def _write(log: Path, data: bytes) -> None:
    with log.open("ab") as file:
        file.write(data)
