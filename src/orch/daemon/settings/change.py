"""Carries out what a person asks for: to trust what is written, or to write something else."""

from collections.abc import Mapping
from pathlib import Path

from orch.core.project import Project
from orch.daemon.settings.edit import set_keys
from orch.daemon.settings.in_force import untrusted
from orch.daemon.settings.problem import Problem
from orch.daemon.settings.reload import SettingsCache
from orch.daemon.settings.source import Document
from orch.daemon.settings.watched import Watched
from orch.ports.errors import Permanent


async def approve(cache: SettingsCache, project: Project, *, seen: str = "") -> Document:
    """Trust a project's configuration as it is written now (`orch trust`), and return it.

    `seen` is the hash of what the person was shown. Raises `Permanent` if something else is
    there by now, or if it can't be read; then nothing was trusted.
    """
    watched = Watched(project)
    found = await watched.read()
    if isinstance(found, Problem):
        raise Permanent(f"{found.where}: {found.what}", remedy=found.remedy)
    document = found or Document(watched.source, b"")
    if seen and seen != document.digest:
        raise Permanent(
            f"{document.source} changed since it was shown; nothing was trusted",
            remedy="run orch trust again",
        )
    await cache.trust.trust(project, document)
    cache.forget(project)
    return document


async def change(
    cache: SettingsCache, project: Project | None, *, changes: Mapping[str, str]
) -> tuple[Problem, ...]:
    """Set keys in a project's file, or in the machine's (None); return why it was not done.

    A file that waits for `orch trust` is not changed: it would pass for the person's own then.
    """
    if project is None:
        _, problems = set_keys(cache.home, None, changes=changes)
        cache.host_file.forget()
        return problems
    watched, found = Watched(project), await cache.look(project)
    if watched.is_bare:
        what = "a bare repository has no file to change"
        return (Problem(source=watched.source, what=what, remedy="push a commit that does"),)
    if not found.written.verdict.trusted:
        return (untrusted(found.written.document, found.written.verdict),)
    document, problems = set_keys(cache.home, Path(project.path), changes=changes)
    if not problems:
        await cache.trust.trust(project, document)
        cache.forget(project)
    return problems
