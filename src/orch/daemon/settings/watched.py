"""Where a project's configuration is read from, and how a change of it is noticed cheaply."""

from dataclasses import dataclass
from pathlib import Path

from orch.core.project import Project
from orch.daemon.settings.effective import CONFIG
from orch.daemon.settings.problem import Problem
from orch.daemon.settings.source import LARGEST_BYTES, Document, load
from orch.system.git import Git, GitError

RACY_NS = 100_000_000
"""A file changed so recently may change again without its times telling: it is not relied on."""

Stamp = tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Watched:
    """A project's configuration: a file of its checkout, or of a bare repository's default branch.

    What decides about a project is never read from a candidate, a task's branch or a workspace.
    """

    project: Project

    @property
    def top(self) -> Path:
        """The folder of the person's repository."""
        return Path(self.project.path)

    @property
    def is_bare(self) -> bool:
        """Tell whether there is no checkout, only the repository itself."""
        return not (self.top / ".git").exists() and (self.top / "objects").is_dir()

    @property
    def source(self) -> str:
        """Name the place for messages."""
        return f"{self.top}:{self.branch}:{CONFIG}" if self.is_bare else str(self.top / CONFIG)

    @property
    def branch(self) -> str:
        """The default branch of a bare repository; "" where it has none."""
        try:
            head = (self.top / "HEAD").read_text(encoding="utf-8", errors="surrogateescape")
        except OSError:
            return ""
        return head.strip().removeprefix("ref: refs/heads/")

    def stamp(self) -> Stamp:
        """Return what changes when the content does; costs a few `stat`, never a process."""
        if not self.is_bare:
            return (identity(self.top / CONFIG),)
        refs = ("HEAD", "packed-refs", f"refs/heads/{self.branch}", "reftable/tables.list")
        return tuple(identity(self.top / name) for name in refs)

    async def read(self) -> Document | Problem | None:
        """Read the content; None if there is none."""
        if not self.top.is_dir():
            return Problem(
                source=self.project.path,
                what=f"the folder of project {self.project.name} is gone",
                remedy=f"bring it back, or run: orch project remove {self.project.id}",
            )
        return await self._committed() if self.is_bare else load(self.top / CONFIG)

    async def _committed(self) -> Document | None:
        git = Git(self.top, git_dir=self.top, as_person=True)
        name = f"refs/heads/{self.branch}:{CONFIG}"
        try:
            size = await git.run("cat-file", "-s", name)
            if size.exit_code or int(size.text) > LARGEST_BYTES:
                return None
            return Document(self.source, await git.raw("cat-file", "blob", name))
        except GitError:
            return None


def identity(path: Path) -> tuple[int, ...]:
    """Return what tells a file's present content from any other: () if there is no file."""
    try:
        found = path.stat()
    except OSError:
        return ()
    return (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


def is_settled(stamp: Stamp, now_ns: int) -> bool:
    """Tell whether a change after this stamp would surely change it."""
    return all(abs(now_ns - part[-1]) > RACY_NS for part in stamp if part)
