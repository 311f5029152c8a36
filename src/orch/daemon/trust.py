"""Decides whether the commands of a configuration may run: only if this person knows them."""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from orch.core.project import Project
from orch.daemon.provenance import Hand, whose_hand
from orch.daemon.settings.edit import replace_file
from orch.daemon.settings.effective import CONFIG
from orch.daemon.settings.source import Document, load
from orch.ports.store import Registry
from orch.system.git import GitError
from orch.system.paths import Home

NOTHING = Document("", b"")
"""The content of a configuration that is not there."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a content may be put in force, and why; `settled` says that it will stay so."""

    trusted: bool
    why: str
    settled: bool = True


@dataclass(frozen=True, slots=True)
class Trust:
    """Who is trusted is decided by docs/decisions/0010-config-trust.md.

    A content is trusted by its hash, in the registry; it gets there by `orch trust`, or because
    it is the person's own hand. What was last in force is kept in `$ORCH_HOME/trusted`, so that
    it stays in force until what follows it is trusted.
    """

    registry: Registry
    home: Home
    now: Callable[[], float]

    async def judge(self, project: Project, document: Document, *, bare: bool = False) -> Verdict:
        """Decide on a content that was just read; a content found trusted is remembered as such.

        A file that is gone is the empty content. Blocks on no git command of the person's: while
        one is under way the verdict is "not now" and not settled.
        """
        if document.data == NOTHING.data and self.last(project) is None:
            return Verdict(trusted=True, why="there is no configuration, and there was none")
        if await asyncio.to_thread(self.knows, project, document):
            return Verdict(trusted=True, why="trusted by its hash")
        if bare:
            return Verdict(trusted=False, why="it came by a push, and nobody here has seen it")
        hand = await self._whose(Path(project.path))
        if hand not in (Hand.EDITED, Hand.COMMITTED):
            return Verdict(trusted=False, why=hand.value, settled=hand is Hand.FOREIGN)
        found = load(Path(project.path) / CONFIG)
        if (found.data if isinstance(found, Document) else NOTHING.data) != document.data:
            return Verdict(trusted=False, why="it is changing just now", settled=False)
        await self.trust(project, document)
        return Verdict(trusted=True, why=hand.value)

    def knows(self, project: Project, document: Document) -> bool:
        """Tell whether a content was trusted before. Asks the database."""
        return document.digest in self.registry.trusted(project.id)

    async def trust(self, project: Project, document: Document) -> None:
        """Let the commands of a content run, from now on and on every host.

        The empty content is not recorded: without its last configuration the project is one that
        never had any, and what goes missing later is asked about again.
        """
        if not document.data:
            self.forget(project)
            return
        await asyncio.to_thread(self.registry.trust, project.id, document.digest, at=self.now())

    def last(self, project: Project) -> Document | None:
        """Return the content that was last in force."""
        found = load(self._kept(project))
        return found if isinstance(found, Document) else None

    def remember(self, project: Project, document: Document) -> None:
        """Keep a content that is trusted and good: it stays in force until the next such one."""
        last = self.last(project)
        if document.data and (last is None or last.data != document.data):
            replace_file(self._kept(project), document.data, mode=0o600)
        elif not document.data:
            self.forget(project)

    def forget(self, project: Project) -> None:
        """Drop what was last in force."""
        with contextlib.suppress(FileNotFoundError):
            self._kept(project).unlink()

    def _kept(self, project: Project) -> Path:
        return self.home.root / "trusted" / f"{project.id}.toml"

    async def _whose(self, top: Path) -> Hand:
        """Ask git; a link could lead anywhere, and a git that fails proves nothing."""
        if (top / CONFIG).is_symlink() or (top / CONFIG).parent.is_symlink():
            return Hand.FOREIGN
        try:
            return await whose_hand(top, CONFIG.as_posix())
        except GitError:
            return Hand.FOREIGN
