"""What `orch doctor` and `orch status` say about the configuration."""

from collections.abc import Sequence

from orch.core.findings import Finding, Severity
from orch.core.project import Project
from orch.daemon.settings.in_force import InForce
from orch.daemon.settings.problem import Problem
from orch.daemon.settings.reload import SettingsCache
from orch.ports.errors import Permanent

KEPT = "; the last good one stays in force"


async def config_findings(cache: SettingsCache, projects: Sequence[Project]) -> list[Finding]:
    """Find what keeps the configurations, as they are written now, from being in force."""
    try:
        cache.host()
    except Permanent as error:
        return [_finding("configuration", error.reason, repair=error.remedy)]
    findings = [_of_problem("configuration", p, kept=KEPT) for p in cache.host_file.problems]
    for project in projects:
        found = await cache.look(project)
        kept = KEPT if found.effective is not None else "; tasks of this project wait"
        findings += [_of_problem(project.name, problem, kept=kept) for problem in found.problems]
        findings += _ungated(project, found)
    return findings


def _ungated(project: Project, found: InForce) -> list[Finding]:
    """Tell where work lands unchecked, since that may not be meant."""
    if found.effective is None or found.effective.project.landing.quality_gate:
        return []
    return [
        Finding(
            severity=Severity.INFO,
            subject=project.name,
            what="it has no quality gate: what lands was not checked",
            repair='orch config set landing.quality_gate "make test"',
        )
    ]


def _of_problem(subject: str, problem: Problem, *, kept: str) -> Finding:
    what = f"{problem.where}: {problem.what}{kept}"
    return _finding(subject, what, repair=problem.remedy)


def _finding(subject: str, what: str, *, repair: str) -> Finding:
    return Finding(severity=Severity.ERROR, subject=subject, what=what, repair=repair)
