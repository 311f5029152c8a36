"""Lists the workspaces that are really there, and who has them."""

from collections.abc import Iterator
from pathlib import Path

from orch.adapters.workspaces.leases import Leases
from orch.core.project import Project
from orch.ports.workspace import Held
from orch.system.paths import Home


def list_held(home: Home, project: Project) -> list[Held]:
    """List what lies in the folders of the workspaces; a lease without a folder counts too."""
    leased = {lease.path: lease for lease in Leases(home, project.id).all()}
    paths = sorted({*leased, *(str(path) for path in _folders(home.workspaces(project.id)))})
    held = [
        Held(
            path=path,
            project_id=project.id,
            task_id=leased[path].task_id if path in leased else None,
            attempt=leased[path].attempt if path in leased else None,
            leased=path in leased,
            warm=False,
        )
        for path in paths
    ]
    warm = (str(path) for path in _folders(home.warm(project.id)))
    return held + [
        Held(path=path, project_id=project.id, task_id=None, attempt=None, leased=False, warm=True)
        for path in warm
    ]


def _folders(folder: Path) -> Iterator[Path]:
    """Yield the folders in a folder; hidden ones are records, or are being deleted."""
    if folder.is_dir():
        for path in sorted(folder.iterdir()):
            if path.is_dir() and not path.is_symlink() and not path.name.startswith("."):
                yield path
