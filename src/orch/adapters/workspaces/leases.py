"""Leases: which attempt owns a workspace, and how far the making of it has come."""

from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

from orch.adapters.workspaces.files import read_record, write_record
from orch.system.file_lock import exclusive
from orch.system.paths import Home, boot_id


class Stage(StrEnum):
    """How far a workspace is: nothing of worth is in it while it is `MAKING`.

    `MOVING` says that its branch is being put elsewhere, its work being saved already: files
    that differ from the branch are leftovers of that. `MADE` wants its set-up, `READY` is in use.
    """

    MAKING = "making"
    MOVING = "moving"
    MADE = "made"
    READY = "ready"


UNTOUCHED = frozenset({Stage.MAKING, Stage.MOVING})
"""Stages in which no agent has been in the workspace since it was last guarded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """Who owns a workspace, and all that is needed to give it back.

    `alias` is the path at which a warm workspace was set up and is still reachable. `boot_id` is
    the boot in which the lease was taken.
    """

    task_id: str
    attempt: int
    path: str
    branch: str
    name: str
    stage: Stage = Stage.MAKING
    base_commit: str = ""
    ports: tuple[int, int] = (0, 0)
    note: str = ""
    alias: str = ""
    was_warm: bool = False
    boot_id: str = ""
    at: float = 0.0

    @property
    def environment(self) -> tuple[tuple[str, str], ...]:
        """Compose what the workspace gives to the set-up and to the session."""
        first, size = self.ports
        pair = (("ORCH_PORT", str(first)), ("ORCH_PORT_END", str(first + size - 1)))
        named = (("ORCH_WORKSPACE", self.path), ("ORCH_WORKSPACE_NAME", self.name))
        return (*named, *pair) if size else named


@dataclass(frozen=True, slots=True)
class Leases:
    """The leases of one project on this host, a small file each."""

    home: Home
    project_id: str

    @property
    def folder(self) -> Path:
        """Where the files are: beside the workspaces, and hidden."""
        return self.home.workspaces(self.project_id) / ".leases"

    def lock(self, task_id: str) -> AbstractAsyncContextManager[None]:
        """Keep everybody else from making or removing the workspace of a task."""
        return exclusive(self.folder / f"{task_id}.lock")

    def read(self, task_id: str) -> Lease | None:
        """Read the lease of a task; None if it has none."""
        record = read_record(self.folder / f"{task_id}.json")
        if record is None:
            return None
        first, size = record.pop("ports")
        return Lease(**record | {"stage": Stage(record["stage"]), "ports": (first, size)})

    def write(self, lease: Lease) -> Lease:
        """Write a lease, to be read also after a crash of the machine."""
        record = asdict(lease) | {"boot_id": boot_id()}
        write_record(self.folder / f"{lease.task_id}.json", record)
        return lease

    def end(self, task_id: str) -> None:
        """End a lease."""
        (self.folder / f"{task_id}.json").unlink(missing_ok=True)

    def all(self) -> Iterator[Lease]:
        """Yield every lease."""
        for file in sorted(self.folder.glob("t*.json")):
            if (lease := self.read(file.stem)) is not None:
                yield lease
