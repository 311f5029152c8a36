"""Decides which configuration of a project holds: what is written, or the last good one."""

import asyncio
from dataclasses import dataclass

from orch.core.project import Project
from orch.daemon.settings.effective import Effective, Layers, lay
from orch.daemon.settings.host_file import HostFile
from orch.daemon.settings.problem import Problem
from orch.daemon.settings.source import Document
from orch.daemon.settings.watched import Watched
from orch.daemon.trust import Trust, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What is written now: its content, whether it is trusted, and what is wrong with it."""

    document: Document
    verdict: Verdict
    problems: tuple[Problem, ...] = ()
    effective: Effective | None = None


@dataclass(frozen=True, slots=True)
class InForce:
    """What holds for a project, beside what is written.

    `effective` is None where nothing good and trusted was ever seen: then nothing may run.
    """

    effective: Effective | None
    written: Written

    @property
    def current(self) -> bool:
        """Tell whether what is written is what holds."""
        return self.effective is not None and self.effective is self.written.effective

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Return what keeps what is written from holding."""
        return self.written.problems


@dataclass(frozen=True, slots=True)
class Choice:
    """Chooses what holds; the files are read at each call."""

    host_file: HostFile
    trust: Trust

    async def choose(self, watched: Watched, before: Written | None) -> InForce:
        """Read what is written; if it is good and trusted it holds, else what held last.

        `before` is what was written at the last look, if the files have not changed since.
        """
        written = await self._read(watched, before)
        if written.effective is not None and not written.problems:
            self.trust.remember(watched.project, written.document)
            return InForce(written.effective, written)
        return InForce(self._last(watched.project), written)

    async def _read(self, watched: Watched, before: Written | None) -> Written:
        content = await watched.read()
        if isinstance(content, Problem):
            nothing = Document(watched.source, b"")
            unknown = Verdict(trusted=False, why=content.what, settled=False)
            return Written(document=nothing, verdict=unknown, problems=(content,))
        document = content or Document(watched.source, b"")
        verdict = await self._judge(watched, document, before=before)
        if not verdict.trusted:
            problem = untrusted(document, verdict)
            return Written(document=document, verdict=verdict, problems=(problem,))
        found = self._lay(document)
        return Written(document=document, verdict=verdict, problems=found.problems, effective=found)

    async def _judge(
        self, watched: Watched, document: Document, *, before: Written | None
    ) -> Verdict:
        """Ask who is trusted; where only `orch trust` can change a verdict, git is not asked."""
        asked = before is not None and before.document.data == document.data
        if before is not None and asked and before.verdict.settled:
            known = await asyncio.to_thread(self.trust.knows, watched.project, document)
            if before.verdict.trusted or not known:
                return before.verdict
        return await self.trust.judge(watched.project, document, bare=watched.is_bare)

    def _last(self, project: Project) -> Effective | None:
        """Return what held last, with the machine's settings as they are now."""
        last = self.trust.last(project)
        found = self._lay(last) if last is not None else None
        return found if found is not None and found.usable else None

    def _lay(self, document: Document) -> Effective:
        good = self.host_file.look()
        return lay(
            Layers(
                host=good.document,
                project=document if document.data else None,
                env=self.host_file.env,
                flags=self.host_file.flags,
            )
        )


def untrusted(document: Document, verdict: Verdict) -> Problem:
    """Say that a content waits for the person, and why."""
    what = f"its commands do not run yet: it is {verdict.why}"
    if not document.data:
        what = f"the configuration is gone, and its removal is {verdict.why}"
    return Problem(source=document.source, what=what, remedy="look at it and run: orch trust")
