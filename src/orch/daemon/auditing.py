"""Writes down who changed what: every call of the wire that is not on the list of mere looks."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Mapping

import structlog

from orch.adapters.audit import AuditLog
from orch.core.audit import Command, Entry
from orch.core.findings import Finding, Severity

log = structlog.get_logger(__name__)

LOOKS = frozenset(
    {
        "agents.list",
        "audit.follow",
        "audit.list",
        "audit.verify",
        "config.get",
        "config.show",
        "daemon.status",
        "doctor.run",
        "events.follow",
        "events.list",
        "inbox.list",
        "landing.list",
        "landing.show",
        "landing.wait",
        "plan.parallel",
        "project.list",
        "project.plan",
        "questions.list",
        "queue.list",
        "receipts.list",
        "rpc.discover",
        "saved.list",
        "saved.show",
        "session.follow",
        "session.list",
        "session.logs",
        "session.screen",
        "session.socket",
        "status.get",
        "task.activity",
        "task.diff",
        "task.history",
        "task.list",
        "task.show",
        "task.tree",
        "task.wait",
        "trust.show",
        "workers.list",
        "workspace.path",
    }
)
"""Methods that change nothing. Whatever is not named here is written down: so nothing is missed."""

REPORTS = frozenset({"session.hook"})
"""What sessions tell by themselves, many times a minute: it is no command."""

HELD = 1000
"""So many entries wait in memory for a disk that can be written again; later ones are counted."""


class Auditor:
    """Writes commands down before their callers get an answer; calls that come together share it.

    A log that can't be written stops nobody: what happens meanwhile waits in memory, is complained
    of loudly, and is written later behind an entry that tells of the gap.
    """

    def __init__(self, files: AuditLog) -> None:
        """Write to these files."""
        self.files = files
        self.trouble = ""
        self._waiting: deque[Command] = deque()
        self._lost = 0
        self._since = 0.0
        self._writing = asyncio.Lock()
        self._grown = asyncio.Condition()
        self._seq = 0

    async def note(self, command: Command) -> None:
        """Write a command down; returns when it is on the disk, or can't be written now."""
        if len(self._waiting) < HELD:
            self._waiting.append(command)
        else:
            self._lost += 1
        # A caller that hangs up does not take the lock away from what is being written.
        await asyncio.shield(self._write())

    async def follow(self, after: int | None) -> AsyncIterator[Entry]:
        """Tell the entries behind a number (None: from now on), then each new one, for ever."""
        if after is None:
            newest = await asyncio.to_thread(self.files.tail, 1)
            after = newest[-1].seq if newest else 0
        while True:
            for entry in await asyncio.to_thread(self.files.since, after):
                yield entry
                after = entry.seq
            async with self._grown:
                await self._grown.wait_for(lambda seen=after: self._seq > seen)  # type: ignore[misc]

    def findings(self) -> list[Finding]:
        """Say that nothing can be written, while that is so."""
        if not self.trouble:
            return []
        missing = len(self._waiting) + self._lost
        return [
            Finding(
                severity=Severity.ERROR,
                subject="audit log",
                what=f"{missing} commands are not in it: {self.trouble}",
                repair=f"make room for {self.files.folder}; it is tried again with each command",
            )
        ]

    async def inspect(self) -> list[Finding]:
        """Look whether the newest part of the log holds."""
        if self.trouble:
            await asyncio.shield(self._write())
        found = self.findings()
        try:
            seen = await asyncio.to_thread(self.files.verify, newest_only=True)
        except OSError as error:
            what = f"can't be read: {error.strerror or error}"
            return [*found, _broken(what)]
        if seen.fault is not None:
            where = f"{seen.file} line {seen.line}" if seen.line else seen.file
            found.append(_broken(f"{where}: {seen.fault.why}"))
        return found

    async def _write(self) -> None:
        """Write all that waits, or none of it; whoever had the lock may have taken it along."""
        async with self._writing:
            batch = list(self._waiting)
            if not batch and not self.trouble:
                return
            try:
                link = await asyncio.to_thread(self.files.append, [*self._gap(batch), *batch])
            except OSError as error:
                self._complain(error, batch)
                return
            for _ in batch:
                self._waiting.popleft()
            if self.trouble:
                log.warning("the audit log is written again", late=len(batch), lost=self._lost)
            self.trouble, self._lost = "", 0
        async with self._grown:
            self._seq = link.seq
            self._grown.notify_all()

    def _complain(self, error: OSError, batch: list[Command]) -> None:
        if not self.trouble and batch:
            self._since = batch[0].at
        self.trouble = error.strerror or str(error)
        newest = [f"{one.actor} {one.method} {one.outcome}" for one in batch[-1:]]
        log.error("the audit log can't be written", why=self.trouble, newest=newest)

    def _gap(self, batch: list[Command]) -> list[Command]:
        if not self.trouble:
            return []
        params: dict[str, object] = {
            "why": self.trouble,
            "since": self._since,
            "late": len(batch),
            "lost": self._lost,
        }
        at = batch[-1].at if batch else self._since
        return [Command(at=at, actor="orch", method="audit.gap", outcome="ok", params=params)]


def changes(method: str, params: Mapping[str, object]) -> bool:
    """Tell whether a call may change something."""
    return method not in LOOKS | REPORTS and params.get("dry_run") is not True


def _broken(what: str) -> Finding:
    return Finding(
        severity=Severity.ERROR,
        subject="audit log",
        what=what,
        repair="orch audit verify",
    )
