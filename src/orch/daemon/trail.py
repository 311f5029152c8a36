"""Writes what happened in a project where people look: readable files under its `.orch/`.

The history stays the truth. The files follow it, each is written as a whole, and none fails a task.
"""

import asyncio
import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec
import structlog

from orch.core.attempt import Attempt
from orch.core.judgement import Judgement
from orch.core.judging import listed
from orch.core.project import Project
from orch.core.prompt import fenced
from orch.core.task import Task
from orch.core.usage import Usage
from orch.daemon.gatelogs import newest_gate_log
from orch.daemon.git_folders import common_dir
from orch.daemon.initialise.excludes import add_excludes, missing_excludes
from orch.daemon.settings.edit import replace_file
from orch.engine.kept import PROMPT
from orch.engine.parts import Parts
from orch.engine.piece import Piece
from orch.ports.errors import Permanent
from orch.ports.store import EventQuery, Recorded, TaskQuery
from orch.system.paths import Home

log = structlog.get_logger(__name__)

VERDICTS: Final = ("GateBroken", "GateFailed", "GatePassed", "Judged")
KINDS: Final = (
    *VERDICTS,
    *("AgentClaimedDone", "AgentFailed", "AgentHeld", "EffectAbandoned", "Landed"),
    *("LandingBounced", "SessionAbandoned", "SessionEnded", "SessionLost", "SessionRefused"),
    *("SessionStarted", "TaskCancelled", "TaskFailed", "TaskStopped", "WorkspaceFailed"),
)
"""Kinds of events after which there is something to write."""

_PAGE: Final = 500
_EXCERPT_BYTES: Final = 8000


class Trail:
    """Follows the history from where it stopped, also after a restart.

    Where it stopped is kept in a file; without one it begins with what happens from now on.
    """

    def __init__(self, parts: Parts, home: Home) -> None:
        """Follow this engine's history."""
        self._parts, self._home = parts, home
        self._bell = asyncio.Event()

    def hear(self, piece: Piece) -> None:
        """Note that there is something to write."""
        if any(fact.event and type(fact.event).__name__ in KINDS for fact in piece.facts):
            self._bell.set()

    async def run(self) -> None:
        """Write whenever something has happened, until cancelled."""
        self._parts.writer.listen(self.hear)
        cursor = await self.begin()
        while True:
            cursor = await self.catch_up(cursor)
            await self._bell.wait()
            self._bell.clear()

    async def begin(self) -> int:
        """Return the number of the event behind which to go on."""
        cursor = await asyncio.to_thread(self._read_cursor)
        if cursor is None:
            query = EventQuery(last=True, limit=1)
            newest = await asyncio.to_thread(self._parts.store.events, query)
            cursor = newest[-1].seq if newest else 0
            await asyncio.to_thread(self._write_cursor, cursor)
        return cursor

    async def catch_up(self, cursor: int) -> int:
        """Write for all events behind the cursor; return the new one."""
        wanted = await self._wanted()
        while wanted:
            query = EventQuery(after=cursor, kinds=KINDS, limit=_PAGE)
            found = await asyncio.to_thread(self._parts.store.events, query)
            for event in found:
                if event.project_id in wanted:
                    await asyncio.to_thread(self._follow, wanted[event.project_id], event)
            if not found:
                return cursor
            cursor = found[-1].seq
            await asyncio.to_thread(self._write_cursor, cursor)
        return max(cursor, self._parts.writer.seq)

    async def _wanted(self) -> dict[str, Project]:
        """Find the projects that want it, and whose checkout is here."""
        found = {}
        for project in await asyncio.to_thread(self._parts.registry.projects):
            try:
                settings = await self._parts.settings(project)
            except Permanent:
                continue
            if settings.audit.trail and project.host_id == self._parts.host_id:
                found[project.id] = project
        return found

    def _follow(self, project: Project, event: Recorded) -> None:
        """Write all files of the attempt that an event is about; what goes wrong is only told."""
        try:
            tasks = self._parts.store.tasks(TaskQuery(ids=(event.task_id or "",)))
            folder = _folder(project) if tasks else None
            if not tasks or folder is None:
                return
            task, n = tasks[0], event.data.get("attempt")
            attempts = self._parts.store.attempts(task.id)
            chosen = [one for one in attempts if one.n == n] or list(attempts[-1:])
            for attempt in chosen:
                self._write_worker(folder, task, attempt=attempt)
                if event.kind in VERDICTS:
                    _write_verdict(folder, task, attempt=attempt, event=event)
        except OSError as error:
            log.warning("no trail was written", project=project.name, why=str(error))

    def _write_worker(self, folder: Path, task: Task, *, attempt: Attempt) -> None:
        mine = _real(_real(folder / "workers") / attempt.worker)
        kept = self._home.attempt(task.id, attempt.n)
        prompt = kept / PROMPT
        if prompt.is_file():
            _put(mine / "prompt.md", prompt.read_bytes())
        gate = newest_gate_log(kept)
        if gate is not None:
            _put(mine / "gate.log", gate.read_bytes()[-_EXCERPT_BYTES:])
        _put(mine / "outcome.md", _outcome(task, attempt).encode())

    @property
    def _cursor_file(self) -> Path:
        return self._home.audit / "trail.json"

    def _read_cursor(self) -> int | None:
        try:
            return int(json.loads(self._cursor_file.read_bytes())["seq"])
        except (OSError, ValueError, TypeError, KeyError):
            return None

    def _write_cursor(self, seq: int) -> None:
        try:
            self._cursor_file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            replace_file(self._cursor_file, json.dumps({"seq": seq}).encode())
        except OSError as error:
            log.warning("how far the trail came could not be written", why=str(error))


@dataclass(frozen=True, slots=True)
class _Page:
    """A page of facts with a title."""

    title: str
    facts: tuple[tuple[str, object], ...]
    text: str = ""

    def __str__(self) -> str:
        rows = [f"- {name}: {value}" for name, value in self.facts if value not in (None, "")]
        tail = f"\n\n{fenced(self.text)}" if self.text.strip() else ""
        return f"# {self.title}\n\n" + "\n".join(rows) + tail + "\n"


def _outcome(task: Task, attempt: Attempt) -> str:
    usage = attempt.peak_memory_bytes
    facts = (
        ("task", f"{task.id}, {task.status.value}"),
        ("attempt", attempt.n),
        ("agent", attempt.agent),
        ("branch", attempt.branch),
        ("began", _clock(attempt.started_at)),
        ("ended", _clock(attempt.ended_at)),
        ("outcome", attempt.outcome or attempt.phase.value),
        ("exit code", attempt.exit_code),
        ("signal", attempt.exit_signal),
        ("ended from outside", attempt.cause),
        ("processor time", None if attempt.cpu_s is None else f"{attempt.cpu_s:.1f} s"),
        ("memory at most", None if usage is None else f"{usage / 1e6:.0f} MB"),
        ("commit", attempt.head),
        ("landed as", task.landed_commit if attempt.n == _newest(task) else None),
    )
    return str(_Page(f"{attempt.worker}: {task.title}", facts))


def _write_verdict(folder: Path, task: Task, *, attempt: Attempt, event: Recorded) -> None:
    page = _of_judge if event.kind == "Judged" else _of_gate
    text = str(page(task, attempt, event=event))
    _put(_real(folder / "verdicts") / f"{task.id}-{attempt.n}-{event.seq}.md", text.encode())


def _of_gate(task: Task, attempt: Attempt, *, event: Recorded) -> _Page:
    said = {"GatePassed": "passed", "GateFailed": "failed", "GateBroken": "could not be run"}
    facts = (
        ("task", f"{task.id}: {task.title}"),
        ("worker", attempt.worker),
        ("verdict", said[event.kind]),
        ("why", event.data.get("reason")),
        ("commit", event.data.get("head")),
        ("receipt", event.data.get("receipt")),
        ("at", _clock(event.at)),
    )
    return _Page(f"Verdict on {task.id}", facts, str(event.data.get("excerpt") or ""))


def _of_judge(task: Task, attempt: Attempt, *, event: Recorded) -> _Page:
    judgement = msgspec.convert(event.data["judgement"], Judgement)
    usage = event.data.get("usage")
    facts = (
        ("task", f"{task.id}: {task.title}"),
        ("worker", attempt.worker),
        ("judge", judgement.agent),
        ("session", judgement.session),
        ("verdict", judgement.ruling.value),
        ("why", " ".join(judgement.summary.split())),
        ("commit", judgement.bound.head),
        ("counts", "for the landing" if event.data.get("required") else "as advice"),
        ("tokens", msgspec.convert(usage, Usage).tokens if usage else None),
        ("at", _clock(event.at)),
    )
    return _Page(f"Judgement of {task.id}", facts, listed(judgement))


def _newest(task: Task) -> int:
    return task.attempt.n if task.attempt else 0


def _clock(at: float | None) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(at)) if at else ""


def _folder(project: Project) -> Path | None:
    """Return the project's `.orch`, kept out of git; None where there is no checkout."""
    top = Path(project.path)
    common = common_dir(top) if (top / ".git").exists() else None
    if common is None:
        return None
    if missing_excludes(common):
        add_excludes(common)
    return _real(top / ".orch")


def _put(path: Path, content: bytes) -> None:
    if path.is_symlink():
        path.unlink()
    replace_file(path, content, mode=0o600)


def _real(folder: Path) -> Path:
    """Make a folder; one that is a link could lead anywhere, and is refused."""
    if folder.is_symlink():
        raise OSError(f"{folder} is a link")
    folder.mkdir(mode=0o700, exist_ok=True, parents=True)
    return folder
