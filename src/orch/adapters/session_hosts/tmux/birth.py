"""From an order to a window with a running program, in steps that a crash may fall between.

First the record, then the window, whose launcher waits; then the recorder, which lets it go.
"""

import asyncio
import json
import os
import secrets
import shutil
import sys
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from shlex import join

from orch.adapters.session_hosts.tmux.kept import Kept
from orch.adapters.session_hosts.tmux.panes import dress
from orch.adapters.session_hosts.tmux.program import (
    REMEDY,
    SESSION,
    NoServer,
    NoTarget,
    Tmux,
    why_unfit,
)
from orch.ports.errors import Permanent
from orch.ports.session_host import SessionSpec
from orch.session_server.launch import note_identity
from orch.session_server.values import Record
from orch.system.cgroup import make, remove
from orch.system.paths import Home, private
from orch.system.reap import gone, readable

_HERE = Path(__file__).parent
_BARE = (sys.executable, "-I", "-S")
_TRIES = 5
_REPORT_BYTES = 4096

_ROOTS = (
    ("set-option", "-g", "default-terminal", "tmux-256color"),
    ("set-option", "-g", "history-limit", "10000"),
)
"""What orch's own server is told when it starts."""


@dataclass(frozen=True, slots=True)
class Birth:
    """Starts programs in windows of one server. `bell` is where the recorders' news goes."""

    home: Home
    tmux: Tmux
    bell: Path

    def check_place(self, spec: SessionSpec) -> None:
        """Refuse what can't be started before anything is. Raises `Permanent`."""
        program, path = spec.argv[0], dict(spec.env).get("PATH", os.defpath)
        if not os.access(spec.cwd, os.X_OK) or not Path(spec.cwd).is_dir():
            raise _refusal(spec, "its folder is missing or can't be entered", of=spec.cwd)
        found = Path(spec.cwd, program) if "/" in program else shutil.which(program, path=path)
        if found is None or not os.access(found, os.X_OK):
            raise _refusal(spec, "no such program on its PATH", of=program)

    async def check_program(self) -> None:
        """Refuse a machine without tmux, or with one that is too old. Raises `Permanent`."""
        why = why_unfit(await self.tmux.version())
        if why:
            raise Permanent(why, remedy=REMEDY)

    async def begin(self, spec: SessionSpec, record: Record, *, kept: Kept) -> None:
        """Start the program, and write down who it is.

        Raises `Permanent` if it can't be run; then nothing is left. Raises like `Tmux.do`.
        """
        order = self._prepare(spec, record, kept=kept)
        told = os.open(kept.told, os.O_RDONLY | os.O_NONBLOCK)
        try:
            pane, pid = await self._open_window(record, _launcher(order, mark=record.mark))
            note_identity(record, pid)
            kept.save(record)
            await self.record(record, pane, kept=kept)
            await _either(readable(told), gone(pid))
            with suppress(BlockingIOError):
                if why := os.read(told, _REPORT_BYTES):
                    await self._abandon(pane)
                    raise _refusal(spec, **json.loads(why))
        finally:
            os.close(told)
            order.unlink(missing_ok=True)
        record.phase = "running"
        kept.save(record)

    async def record(self, record: Record, pane: str, *, kept: Kept) -> None:
        """Let a pane's output be recorded, and its program go. Raises like `Tmux.do`.

        A window that was recorded before keeps the size that it may have got since.
        """
        argv = (
            *(*_BARE, str(_HERE / "recorder.py")),
            *(str(kept.folder), record.name, str(record.cap_bytes), str(self.bell)),
        )
        # tmux expands formats and times in this command; a path may hold their signs.
        command = "exec " + join(argv).replace("%", "%%").replace("#", "##")
        is_new = kept.recorder() is None
        clothes = dress(pane, rows=record.rows, cols=record.cols) if is_new else ()
        await self.tmux.do(*clothes, ("pipe-pane", "-t", pane, command))

    def forget(self, record: Record) -> None:
        """Take away what was made for a program that did not start, or is gone."""
        if record.cgroup:
            remove(Path(record.cgroup))

    def _prepare(self, spec: SessionSpec, record: Record, *, kept: Kept) -> Path:
        """Make the pipes and write the order, which the launcher takes away again."""
        private(kept.folder)
        for pipe in (kept.gate, kept.told):
            pipe.unlink(missing_ok=True)
            os.mkfifo(pipe, 0o600)
        group = make(f"orch-{self.home.digest}-{record.name}")
        record.cgroup = str(group) if group else ""
        order = kept.folder / f"order-{secrets.token_hex(4)}"
        name, _, value = record.mark.partition("=")
        # Some programs believe $PWD rather than the folder they were started in.
        own = {"PWD": spec.cwd, "ORCH_SESSION": spec.name, name: value}
        content = {
            "argv": spec.argv,
            "cwd": spec.cwd,
            "env": dict(spec.env) | own,
            "cgroup": record.cgroup,
            "gate": str(kept.gate),
            "told": str(kept.told),
        }
        handle = os.open(order, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            json.dump(content, file)
        return order

    async def _open_window(self, record: Record, command: tuple[str, ...]) -> tuple[str, int]:
        """Open a window, with the tmux session and the server if need be."""
        shown = ("-d", "-P", "-F", "#{pane_id} #{pane_pid}", "-n", record.name)
        size = ("-x", str(record.cols), "-y", str(record.rows))
        told = ""
        for _ in range(_TRIES):
            with suppress(NoServer, NoTarget):
                where = ("-t", f"={SESSION}:")
                told = await self.tmux.do(("new-window", *shown, *where, *command))
                break
            # The session ends with its last window, and the server with its last session; it may
            # be going just now.
            with suppress(NoServer):
                named = ("new-session", *shown, "-s", SESSION, *size, *command)
                roots = _ROOTS if self.tmux.is_own else ()
                # Nobody is attached yet, and a person may have said that this ends a session.
                stays = ("set-option", "-t", f"={SESSION}:", "destroy-unattached", "off")
                told = await self.tmux.start(self.home, named, stays, *roots)
                break
        if not told:
            raise NoServer(f"the tmux server at {self.tmux.socket} goes away at every start")
        pane, pid = told.split()
        return pane, int(pid)

    async def _abandon(self, pane: str) -> None:
        with suppress(NoServer, NoTarget):
            await self.tmux.do(("kill-pane", "-t", pane))


def _launcher(order: Path, *, mark: str) -> tuple[str, ...]:
    # With the mark it is found again if the daemon dies before it has noted who it is.
    return ("env", mark, *_BARE, str(_HERE / "launcher.py"), str(order))


async def _either(*waits: Coroutine[None, None, None]) -> None:
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _refusal(spec: SessionSpec, why: str, *, of: str | None, errno: int = 0) -> Permanent:
    del errno
    return Permanent(
        f"{spec.name}: {spec.argv[0]} can't be started in {spec.cwd}: {why}",
        remedy=f"check that {of or spec.argv[0]} exists and may be used",
    )
