"""Looks for the repository that `orch init` is about, or says why there is none to use."""

from pathlib import Path

from orch.daemon.git_folders import repositories_around
from orch.daemon.projects import Projects
from orch.daemon.settings.effective import CONFIG
from orch.daemon.settings.problem import Problem
from orch.system.git import Git, GitError
from orch.system.repository import Repository, look


async def find_repository(projects: Projects, path: Path) -> Repository | Problem | None:
    """Return the repository that `path` lies in, None if in none, or why it can't be used.

    From a linked worktree the main checkout is found, where there is one: a project is one
    repository, and its configuration stands in one place.
    """
    if (problem := _misplaced(projects, path)) is not None:
        return problem
    try:
        found = await look(path)
        if found is None:
            return await _refused(path)
        main = found.common_dir.parent
        if found.common_dir.name == ".git" and not found.bare and main != found.top:
            found = await look(main) or found
    except GitError as error:
        return Problem(source=str(path), what=error.stderr, remedy="mend the repository first")
    return _unfit(projects, found) or found


def _misplaced(projects: Projects, path: Path) -> Problem | None:
    if not path.is_dir():
        what = "this is a file" if path.exists() else "there is no such folder"
        return Problem(source=str(path), what=what, remedy="name the folder of a repository")
    if projects.belongs_to_orch(path):
        what = "this folder is orch's own: a workspace, or its copy of a repository"
        return Problem(source=str(path), what=what, remedy="run orch init in your own checkout")
    return None


async def _refused(path: Path) -> Problem | None:
    """Tell a repository that git refuses to use from no repository at all."""
    if next(repositories_around(path), None) is None:
        return None
    out = await Git(path, as_person=True).run("rev-parse", "--git-dir")
    said = out.stderr.decode("utf-8", "replace").strip().split("\n")
    what = f"git refuses this repository: {said[0].removeprefix('fatal: ')}"
    commands = [line.strip() for line in said if line.strip().startswith("git config")]
    return Problem(source=str(path), what=what, remedy=next(iter(commands), "mend it first"))


def _unfit(projects: Projects, found: Repository) -> Problem | None:
    folder = found.top / CONFIG.parent
    if folder.resolve() == projects.home.root.resolve():
        what = f"{folder} is $ORCH_HOME itself, and can't hold a project's configuration as well"
        return Problem(source=str(found.top), what=what, remedy="set ORCH_HOME to another folder")
    if folder.exists() and not folder.is_dir():
        what = "this is a file; the project's configuration belongs into a folder of that name"
        return Problem(source=str(folder), what=what, remedy="move it away")
    return None
