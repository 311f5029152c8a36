"""Finds what this machine lacks for the work: agents' programs, git, linger, room on the disk."""

import asyncio
import os
import pwd
import shutil
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from orch.adapters.agents.registry import AGENTS
from orch.adapters.session_hosts.tmux.program import REMEDY, Tmux, why_unfit
from orch.core.findings import Finding, Severity
from orch.core.project import Project
from orch.core.settings import ProjectSettings
from orch.daemon.context import Context
from orch.daemon.hosting import TMUX
from orch.ports.errors import Permanent

_LOW_BYTES = 1_000_000_000
_LINGER = Path("/var/lib/systemd/linger")


async def find_missing(context: Context, projects: Sequence[Project]) -> list[Finding]:
    """Look at this machine; nothing of it is changed."""
    found = await asyncio.to_thread(lambda: [*_disk(context), *_linger(context), *_git()])
    found += await _tmux(context)
    for project in projects:
        try:
            settings = await context.configuration.project(project)
        except Permanent:
            continue  # What is wrong with it is told by the configuration's own findings.
        found += await asyncio.to_thread(_programs, project, settings)
    return found


def _programs(project: Project, settings: ProjectSettings) -> list[Finding]:
    """Find the profiles and required tools whose programs are not on the daemon's PATH."""
    wanted = [(tool, f"required tool {tool}") for tool in settings.required_tools]
    for profile in settings.agents:
        agent = AGENTS.get(profile.adapter)
        program = agent.program(profile) if agent else ""
        wanted.append((program, f"agent {profile.name}"))
    return [
        Finding(
            severity=Severity.WARNING,
            subject=f"{what} of {project.name}",
            what=f"there is no program {program} on the daemon's PATH",
            repair=f"install {program}, or run `orch daemon restart` where it is on PATH",
        )
        for program, what in wanted
        if program and shutil.which(program) is None
    ]


def find_left_behind(context: Context, projects: Sequence[Project]) -> list[Finding]:
    """Offer to take the SQLite state along, where a PostgreSQL database has nothing yet."""
    if projects or not context.configuration.host().dsn or not context.home.database.exists():
        return []
    return [
        Finding(
            severity=Severity.WARNING,
            subject="database",
            what="it is empty; what was done until now is in this home's SQLite database",
            repair="orch down && orch state migrate sqlite postgres",
        )
    ]


def _git() -> Iterator[Finding]:
    if shutil.which("git") is None:
        yield Finding(
            severity=Severity.ERROR,
            subject="git",
            what="is not on the daemon's PATH",
            repair="install git 2.39 or newer, then: orch daemon restart",
        )


async def _tmux(context: Context) -> list[Finding]:
    """Find that terminals are to run in tmux, and can't."""
    settings = context.configuration.host()
    if settings.session_host != TMUX:
        return []
    why = why_unfit(await Tmux.of(context.home, socket=settings.tmux_socket).version())
    return [Finding(severity=Severity.ERROR, subject=TMUX, what=why, repair=REMEDY)] if why else []


def _disk(context: Context) -> Iterator[Finding]:
    free = shutil.disk_usage(context.home.root).free
    if free < _LOW_BYTES:
        yield Finding(
            severity=Severity.WARNING,
            subject="disk",
            what=f"only {free // 1_000_000} MB are free where {context.home.root} is",
            repair="orch gc",
        )


def _linger(context: Context) -> Iterator[Finding]:
    """Under systemd, a user's services end at log-out unless the user lingers."""
    del context
    under_systemd = sys.platform == "linux" and os.environ.get("INVOCATION_ID")
    user = pwd.getpwuid(os.getuid()).pw_name
    if under_systemd and os.getuid() != 0 and not (_LINGER / user).exists():
        yield Finding(
            severity=Severity.WARNING,
            subject="service",
            what="the daemon and all sessions end when you log out",
            repair="loginctl enable-linger",
        )
