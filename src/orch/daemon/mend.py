"""Mends what the doctor may mend by itself: nothing of it needs a person's choice."""

from collections.abc import Iterable, Sequence

import structlog

from orch.core.findings import Finding
from orch.core.project import Project
from orch.daemon.context import Context
from orch.daemon.leftovers import clear, find_leftovers
from orch.ports.errors import Permanent, Transient

log = structlog.get_logger(__name__)

_GRACE_S = 5.0


async def mend(
    context: Context, findings: Iterable[Finding], *, projects: Sequence[Project]
) -> None:
    """Repair the findings that are `fixable`; one that can't be is left to the next look."""
    fixable = [finding for finding in findings if finding.fixable]
    for finding in fixable:
        kind, _, name = finding.subject.partition(" ")
        if kind != "session":
            continue
        try:
            await context.sessions.end(name, grace_s=_GRACE_S)
        except (Permanent, Transient) as error:
            log.warning("could not be mended", subject=finding.subject, why=error.reason)
    named = frozenset(finding.subject for finding in fixable)
    await clear(await find_leftovers(context, projects), named=named)
